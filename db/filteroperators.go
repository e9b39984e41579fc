package db

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// comparisons are the operators that compare a column with one value.
var comparisons = map[string]string{
	"Eq": "= ?", "Ne": "IS DISTINCT FROM ?", "Gt": "> ?", "Gte": ">= ?", "Lt": "< ?", "Lte": "<= ?",
}

// operator translates one operator, by its Go name, on a column.
func (t *filterer) operator(c filterColumn, name, field string, operand reflect.Value) cond {
	switch name {
	case "In":
		return t.in(c, field, operand)
	case "NotIn":
		return not(t.in(c, field, operand))
	}
	if c.is != nil && name == "Eq" {
		return c.is(t.scope, operand.Elem().String())
	}
	if c.is != nil && name == "Ne" {
		return not(c.is(t.scope, operand.Elem().String()))
	}
	if c.isPhone && isSearch(name) {
		return t.phone(c, name, field, operand.Elem().String())
	}
	value := t.value(c, field, operand.Elem())
	if comparison, ok := comparisons[name]; ok {
		return t.compare(c, comparison, value).countedBy(c.factOf(name, operand)).withPlan(c.planOf(name))
	}
	switch name {
	case "IsNull":
		if value == true {
			return t.compare(c, "IS NULL")
		}
		return t.compare(c, "IS NOT NULL")
	case "Contains":
		return t.contains(c, field, value.(string))
	case "StartsWith":
		if c.fold == "" {
			return t.prefix(c, value.(string))
		}
		return t.begins(c, field, value.(string))
	}
	panic("db: no SQL for the filter operator " + name)
}

// factOf returns the fact by which a summary counts the rows that an operator chooses, nil where none does.
func (c filterColumn) factOf(name string, operand reflect.Value) *fact {
	if name != "Eq" || c.counted == "" {
		return nil
	}
	return &fact{c.counted, operand.Elem().String()}
}

// planOf returns the steadiness of the condition that an operator makes.
func (c filterColumn) planOf(name string) steadiness {
	if name == "Eq" {
		return c.plan
	}
	return unsteady
}

// isSearch reports whether an operator, by its Go name, searches text.
func isSearch(name string) bool { return name == "Contains" || name == "StartsWith" }

// isBlank reports whether the operand of a search is blank, as an empty search box sends it: that is no condition.
func isBlank(operand reflect.Value) bool { return strings.TrimSpace(operand.Elem().String()) == "" }

// compare returns the condition that a column compares with operands.
func (t *filterer) compare(c filterColumn, operator string, operands ...any) cond {
	args := t.scope.clockArguments(c.expr)
	if c.ofTenant {
		args = []any{t.scope.tenant()}
	}
	return expr("("+c.expr+" "+operator+")", append(args, operands...)...)
}

// clockArguments returns the arguments of an expression in which ? stands for now.
func (s scope) clockArguments(expr string) (args []any) {
	for range strings.Count(expr, "?") {
		args = append(args, s.now)
	}
	return args
}

// in returns the condition that a column has one of the values of a list; of none it holds for no row.
func (t *filterer) in(c filterColumn, field string, list reflect.Value) cond {
	if list.Len() == 0 {
		return never
	}
	if t.values += list.Len(); t.values > maxFilterValues {
		return never // refused at the end
	}
	if c.is != nil {
		return c.isOneOf(t.scope, list)
	}
	values := make([]any, list.Len())
	for i := range values {
		values[i] = t.value(c, fmt.Sprintf("%s.%d", field, i), list.Index(i))
	}
	return t.compare(c, "IN (?)", bun.List(values))
}

// value returns the value as which an operand is compared.
func (t *filterer) value(c filterColumn, field string, operand reflect.Value) any {
	if c.convert != nil && operand.Kind() == reflect.String {
		v, err := c.convert(operand.String())
		if err != nil {
			t.fail(model.InField(err, field))
		}
		return v
	}
	if operand.Kind() == reflect.String {
		return operand.String()
	}
	return operand.Interface()
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// contains returns the condition that the folded text contains a search. The companion column is null where folding
// changes nothing. It uses a function, not LIKE, which takes far longer on long texts that repeat themselves.
func (t *filterer) contains(c filterColumn, field, search string) cond {
	if !t.checkSearch(field, search) {
		return never
	}
	position := t.scope.dialect.position
	if c.isShort {
		position = t.scope.dialect.shortPosition
	}
	term := text.Fold(search)
	contains := expr("("+position+"(COALESCE("+c.fold+", "+c.expr+"), ?) > 0)", term)
	if !t.scope.canSearch(c.lines, term) {
		return contains
	}
	inBlocks := textSearch{c.lines, term}
	table, _, _ := strings.Cut(c.expr, ".")
	return t.scope.byFound(contains, table+".id", t.scope.foundKeys(inBlocks)).countedBy(&fact{c.lines, term})
}

// begins returns the condition that the folded text begins with a search.
func (t *filterer) begins(c filterColumn, field, search string) cond {
	if !t.checkSearch(field, search) {
		return never
	}
	pattern := escapeLike.Replace(text.Fold(search)) + "%"
	return expr(`(COALESCE(`+c.fold+`, `+c.expr+`) LIKE ? ESCAPE '\')`, pattern)
}

// phone returns the condition that a telephone number contains, or starts with, the digits of a search.
func (t *filterer) phone(c filterColumn, name, field, search string) cond {
	piece := text.Digits(search)
	if piece == "" || len(piece) > maxPhoneDigits {
		return t.fail(model.BadInput(field, "must have 1 to %d digits", maxPhoneDigits))
	}
	if name == "StartsWith" {
		digits := text.PhoneDigits(search)
		if digits == "" { // +86 or 0: the beginning of any number, so no condition
			return cond{}
		}
		return t.compare(c, "LIKE ?", digits+"%")
	}
	contains := expr("("+t.scope.dialect.shortPosition+"("+c.expr+", ?) > 0)", piece)
	// A search may have what is not stored: +86, or the 0 of an area code.
	if begins := text.PhoneDigits(search); begins != piece && begins != "" && !strings.HasPrefix(piece, "00") {
		contains = anyOf(contains, t.compare(c, "LIKE ?", begins+"%"))
	}
	return contains
}

// checkSearch counts a search, and reports whether it is not too long.
func (t *filterer) checkSearch(field, search string) bool {
	t.searches++
	n := utf8.RuneCountInString(search)
	if n > maxSearchLength {
		t.fail(model.BadInput(field, "has %d characters; at most %d", n, maxSearchLength))
	}
	return n <= maxSearchLength
}

// prefix returns the condition that a text begins with prefix, as a range that an index can serve: columns collate by
// code point.
func (t *filterer) prefix(c filterColumn, prefix string) cond {
	from := t.compare(c, ">= ?", prefix)
	runes := []rune(prefix)
	for i, r := range slices.Backward(runes) {
		if next, ok := nextRune(r); ok {
			return allOf(from, t.compare(c, "< ?", string(append(runes[:i], next))))
		}
	}
	return from
}

// nextRune returns the code point after r, false where there is none.
func nextRune(r rune) (rune, bool) {
	switch r {
	case utf8.MaxRune:
		return 0, false
	case 0xD7FF: // surrogates follow, which are not characters
		return 0xE000, true
	}
	return r + 1, true
}

// digits converts a telephone number to the digits that are stored.
func digits(written string) (any, error) {
	if d := text.PhoneDigits(written); d != "" && len(d) <= maxPhoneDigits {
		return d, nil
	}
	return "", model.BadInput("", "must have 1 to %d digits", maxPhoneDigits)
}

// seconds converts a duration, such as 01:30, to seconds.
func seconds(written string) (any, error) {
	n, err := model.ParseDuration(written)
	return n, err
}

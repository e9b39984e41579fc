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

// Limits of a filter. The depth and the number of conditions keep clear of SQLite's limit on the depth of an expression.
const (
	maxFilterConditions = 500
	maxFilterValues     = 10000
	maxFilterDepth      = 20
	maxSearchLength     = 1000
	maxFilterErrors     = 20
	maxPhoneDigits      = 30
	maxSearches         = 50 // each looks through whole texts
	maxListConditions   = 20 // planning that many semi-joins takes milliseconds, 200 of them minutes
)

// cond is a condition on a row. The zero value holds for every row.
// Its SQL may be NULL, which counts as false; not makes a true complement of it.
type cond struct {
	sql   string
	args  []any
	never bool // holds for no row
}

var never = cond{never: true}

func (c cond) always() bool { return c.sql == "" && !c.never }

func expr(sql string, args ...any) cond { return cond{sql: sql, args: args} }

func allOf(conds ...cond) cond {
	var parts []cond
	for _, c := range conds {
		if c.never {
			return never
		}
		if !c.always() {
			parts = append(parts, c)
		}
	}
	return join(parts, " AND ")
}

func anyOf(conds ...cond) cond {
	var parts []cond
	for _, c := range conds {
		if c.always() {
			return c
		}
		if !c.never {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return never
	}
	return join(parts, " OR ")
}

func join(conds []cond, operator string) cond {
	if len(conds) == 1 {
		return conds[0]
	}
	var joined cond
	var parts []string
	for _, c := range conds {
		parts = append(parts, c.sql)
		joined.args = append(joined.args, c.args...)
	}
	if len(parts) > 0 {
		joined.sql = "(" + strings.Join(parts, operator) + ")"
	}
	return joined
}

func not(c cond) cond {
	switch {
	case c.never:
		return cond{}
	case c.always():
		return never
	}
	return cond{sql: "((" + c.sql + ") IS NOT TRUE)", args: c.args}
}

func where(q *bun.SelectQuery, c cond) *bun.SelectQuery {
	switch {
	case c.never:
		return q.Where("FALSE")
	case c.always():
		return q
	}
	return q.Where(c.sql, c.args...)
}

// filterColumn says how the conditions of one filter field become SQL.
type filterColumn struct {
	expr    string                               // the value; ? stands for now
	fold    string                               // its folded companion, where people search it
	convert func(text string) (any, error)       // operand to stored value, where they differ
	isPhone bool                                 // digits of telephone numbers
	list    func(*filterer, listOperators) cond  // for lists
	text    func(*filterer, string, string) cond // for a field that is text itself: its path, and the text
	nested  map[string]filterColumn              // of another table, for a filter on it
}

// filterer turns a GraphQL filter into a condition and collects what is wrong with it.
type filterer struct {
	scope      scope
	columns    map[string]filterColumn // by Go name of the filter's field
	conditions int
	values     int
	lists      int
	searches   int
	forWrite   bool // a blank search is no condition
	errs       model.Errors
}

// filter translates f, a pointer to one of the schema's filter inputs.
func (s scope) filter(f any, columns map[string]filterColumn) (cond, error) {
	return s.translate(&filterer{scope: s, columns: columns}, f)
}

// selectionFilter is filter for a write: a blank search, as an empty search box sends it, is no condition there.
func (s scope) selectionFilter(f any, columns map[string]filterColumn) (cond, error) {
	return s.translate(&filterer{scope: s, columns: columns, forWrite: true}, f)
}

func (s scope) translate(t *filterer, f any) (cond, error) {
	c := t.translate(reflect.ValueOf(f), "filter", 0)
	if t.conditions > maxFilterConditions {
		return never, model.LimitExceeded("filter", "has %d conditions; at most %d", t.conditions, maxFilterConditions)
	}
	if t.values > maxFilterValues {
		return never, model.LimitExceeded("filter", "has %d list values; at most %d", t.values, maxFilterValues)
	}
	if t.searches > maxSearches {
		return never, model.LimitExceeded("filter", "has more than %d searches (contains, startsWith)", maxSearches)
	}
	if t.lists > maxListConditions {
		return never, model.LimitExceeded("filter", "has more than %d conditions on lists; hasAny and hasAll take many values in one", maxListConditions)
	}
	return c, t.errs.Err()
}

func (t *filterer) fail(err *model.Error) cond {
	if len(t.errs) < maxFilterErrors {
		t.errs = append(t.errs, err)
	}
	return never
}

func (t *filterer) translate(f reflect.Value, path string, depth int) cond {
	if f.IsNil() {
		return cond{}
	}
	if depth > maxFilterDepth {
		return t.fail(model.LimitExceeded("filter", "is nested more than %d deep", maxFilterDepth))
	}
	var all []cond
	f = f.Elem()
	for i := range f.NumField() {
		value := f.Field(i)
		if value.IsNil() {
			continue
		}
		name := f.Type().Field(i).Name
		inSchema, _, _ := strings.Cut(f.Type().Field(i).Tag.Get("json"), ",")
		field := path + "." + inSchema
		switch name {
		case "And":
			all = append(all, allOf(t.each(value, field, depth)...))
		case "Or":
			all = append(all, anyOf(t.each(value, field, depth)...))
		case "Not":
			all = append(all, not(t.translate(value, field, depth+1)))
		default:
			typeName := strings.TrimSuffix(f.Type().Name(), "Filter")
			isMasked := t.scope.actor.Visibility.Hides(typeName, inSchema)
			all = append(all, t.field(t.columns[name], field, value, isMasked, depth))
		}
	}
	return allOf(all...)
}

func (t *filterer) each(list reflect.Value, path string, depth int) []cond {
	if t.conditions += list.Len(); t.conditions > maxFilterConditions {
		return []cond{never} // refused at the end
	}
	conds := make([]cond, list.Len())
	for i := range conds {
		conds[i] = t.translate(list.Index(i), fmt.Sprintf("%s.%d", path, i), depth+1)
	}
	return conds
}

// listOperators are the operators of TagsFilter, ListFilter and EmptyFilter.
type listOperators struct {
	field    string
	Has      *string
	HasAny   []string // nil where absent
	HasAll   []string
	Contains *string
	IsEmpty  *bool
}

// field translates one field of a filter.
func (t *filterer) field(c filterColumn, path string, value reflect.Value, isMasked bool, depth int) cond {
	switch {
	case c.text != nil:
		t.conditions++
		return c.text(t, path, value.Elem().String())
	case c.nested == nil:
		return t.column(c, path, value.Elem(), isMasked)
	}
	if t.lists++; t.lists > maxListConditions {
		return never // refused at the end
	}
	if !t.scope.actor.May(model.PermissionCustomerPersonRead) {
		return t.fail(model.Forbidden(path, "to filter by customers takes the permission %s", model.PermissionCustomerPersonRead))
	}
	outer := t.columns
	t.columns = c.nested
	inner := t.translate(value, path, depth+1)
	t.columns = outer
	if inner.always() || inner.never {
		return inner
	}
	return t.ofCustomer(inner)
}

// ofCustomer holds for records of customers that meet a condition.
func (t *filterer) ofCustomer(c cond) cond {
	return expr("call_record.customer_person_id IN (?)", where(t.scope.selectFrom((*model.CustomerPerson)(nil)).Column("id"), c))
}

func (t *filterer) column(c filterColumn, field string, operators reflect.Value, isMasked bool) cond {
	if c.list != nil {
		return t.listColumn(c, field, operators)
	}
	var all []cond
	for i := range operators.NumField() {
		operand := operators.Field(i)
		if operand.IsNil() {
			continue
		}
		t.conditions++
		name := operators.Type().Field(i).Name
		if name != "IsNull" && isMasked {
			return t.fail(model.Forbidden(field, "is masked for you, so no filter goes by it"))
		}
		all = append(all, t.operator(c, name, field+"."+strings.ToLower(name[:1])+name[1:], operand))
	}
	return allOf(all...)
}

func (t *filterer) operator(c filterColumn, name, field string, operand reflect.Value) cond {
	switch name {
	case "In":
		return t.in(c, field, operand)
	case "NotIn":
		return not(t.in(c, field, operand))
	}
	if c.isPhone && (name == "Contains" || name == "StartsWith") {
		return t.phone(c, name, field, operand.Elem().String())
	}
	value := t.value(c, field, operand.Elem())
	switch name {
	case "Eq":
		return t.compare(c, "= ?", value)
	case "Ne":
		return t.compare(c, "IS DISTINCT FROM ?", value)
	case "Gt":
		return t.compare(c, "> ?", value)
	case "Gte":
		return t.compare(c, ">= ?", value)
	case "Lt":
		return t.compare(c, "< ?", value)
	case "Lte":
		return t.compare(c, "<= ?", value)
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

func (t *filterer) compare(c filterColumn, operator string, operands ...any) cond {
	return expr("("+c.expr+" "+operator+")", append(t.scope.nows(c.expr), operands...)...)
}

// nows are the arguments of an expression of a column, in which ? stands for now.
func (s scope) nows(expr string) (args []any) {
	for range strings.Count(expr, "?") {
		args = append(args, s.now)
	}
	return args
}

func (t *filterer) in(c filterColumn, field string, list reflect.Value) cond {
	if list.Len() == 0 {
		return never
	}
	if t.values += list.Len(); t.values > maxFilterValues {
		return never // refused at the end
	}
	values := make([]any, list.Len())
	for i := range values {
		values[i] = t.value(c, fmt.Sprintf("%s.%d", field, i), list.Index(i))
	}
	return t.compare(c, "IN (?)", bun.List(values))
}

// value is what an operand is compared as.
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

// contains searches the folded text; the companion column is null where folding changes nothing. A function finds it, not
// LIKE, which takes far longer on long texts that repeat themselves.
func (t *filterer) contains(c filterColumn, field, search string) cond {
	if !t.checkSearch(field, search) {
		return never
	}
	if t.forWrite && search == "" {
		return cond{}
	}
	return expr("("+t.scope.dialect.position+"(COALESCE("+c.fold+", "+c.expr+"), ?) > 0)", text.Fold(search))
}

// begins searches the beginning of the folded text.
func (t *filterer) begins(c filterColumn, field, search string) cond {
	if !t.checkSearch(field, search) {
		return never
	}
	if t.forWrite && search == "" {
		return cond{}
	}
	return expr(`(COALESCE(`+c.fold+`, `+c.expr+`) LIKE ? ESCAPE '\')`, escapeLike.Replace(text.Fold(search))+"%")
}

// phone searches telephone numbers by their digits.
func (t *filterer) phone(c filterColumn, name, field, search string) cond {
	if name == "StartsWith" {
		return t.compare(c, "LIKE ?", text.PhoneDigits(search)+"%")
	}
	piece := text.Digits(search)
	if piece == "" || len(piece) > maxPhoneDigits {
		return t.fail(model.BadInput(field, "must have 1 to %d digits", maxPhoneDigits))
	}
	contains := t.compare(c, "LIKE ?", "%"+piece+"%")
	if begins := text.PhoneDigits(search); begins != piece && begins != "" && !strings.HasPrefix(piece, "00") { // with what is not kept: +86, or an area code's 0
		contains = anyOf(contains, t.compare(c, "LIKE ?", begins+"%"))
	}
	return contains
}

func (t *filterer) checkSearch(field, search string) bool {
	t.searches++
	n := utf8.RuneCountInString(search)
	if n > maxSearchLength {
		t.fail(model.BadInput(field, "has %d characters; at most %d", n, maxSearchLength))
	}
	return n <= maxSearchLength
}

// prefix finds text that begins with prefix, by a range that an index can serve: columns collate by code point.
func (t *filterer) prefix(c filterColumn, prefix string) cond {
	if t.forWrite && prefix == "" {
		return cond{}
	}
	from := t.compare(c, ">= ?", prefix)
	runes := []rune(prefix)
	for i := len(runes) - 1; i >= 0; i-- {
		if next, ok := nextRune(runes[i]); ok {
			return allOf(from, t.compare(c, "< ?", string(append(runes[:i], next))))
		}
	}
	return from
}

func nextRune(r rune) (rune, bool) {
	switch r {
	case utf8.MaxRune:
		return 0, false
	case 0xD7FF: // the surrogates that follow are no characters
		return 0xE000, true
	}
	return r + 1, true
}

func (t *filterer) listColumn(c filterColumn, field string, operators reflect.Value) cond {
	var o listOperators
	o.field = field
	for i := range operators.NumField() {
		if operand := operators.Field(i); !operand.IsNil() {
			t.conditions++
			reflect.ValueOf(&o).Elem().FieldByName(operators.Type().Field(i).Name).Set(operand)
		}
	}
	t.values += len(o.HasAny) + len(o.HasAll)
	if t.lists++; t.lists > maxListConditions {
		return never // refused at the end
	}
	return c.list(t, o)
}

// listConds combines the operators of a list column from three conditions: one of these is in it, all of these are, it is empty.
func listConds(o listOperators, hasAny, hasAll func(values []string) cond, empty cond) cond {
	var all []cond
	if o.Has != nil {
		all = append(all, hasAny([]string{*o.Has}))
	}
	if o.HasAny != nil && len(o.HasAny) == 0 {
		return never
	}
	if len(o.HasAny) > 0 {
		all = append(all, hasAny(o.HasAny))
	}
	if len(o.HasAll) > 0 {
		all = append(all, hasAll(slices.Compact(slices.Sorted(slices.Values(o.HasAll)))))
	}
	if o.IsEmpty != nil {
		if *o.IsEmpty {
			all = append(all, empty)
		} else {
			all = append(all, not(empty))
		}
	}
	return allOf(all...)
}

// jsonList is a column that keeps a list of texts as JSON.
func jsonList(column string) filterColumn {
	return filterColumn{expr: column, list: func(t *filterer, o listOperators) cond {
		elements := strings.Replace(t.scope.dialect.jsonElements, "?", column, 1)
		hasAny := func(values []string) cond {
			return expr("EXISTS (SELECT 1 FROM "+elements+" WHERE element.value IN (?))", bun.List(values))
		}
		hasAll := func(values []string) cond {
			return expr("((SELECT COUNT(DISTINCT element.value) FROM "+elements+" WHERE element.value IN (?)) = ?)", bun.List(values), len(values))
		}
		return listConds(o, hasAny, hasAll, expr("("+column+" = '[]')"))
	}}
}

func digits(written string) (any, error) {
	if d := text.PhoneDigits(written); d != "" && len(d) <= maxPhoneDigits {
		return d, nil
	}
	return "", model.BadInput("", "must have 1 to %d digits", maxPhoneDigits)
}

func seconds(written string) (any, error) {
	n, err := model.ParseDuration(written)
	return n, err
}

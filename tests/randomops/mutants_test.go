package randomops

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// mutants makes documents and variables that are mostly not valid, of valid ones.
type mutants struct {
	*operations
	names []string // of types, fields, arguments, enum values and directives
	types []string
}

func newMutants(o *operations) *mutants {
	m := &mutants{operations: o, names: []string{"on", "true", "null", "query", "mutation", "subscription", "fragment"}}
	for _, name := range sortedKeys(o.schema.Types) {
		definition := o.schema.Types[name]
		m.types = append(m.types, name)
		m.names = append(m.names, name)
		for _, field := range definition.Fields {
			m.names = append(m.names, field.Name)
			for _, argument := range field.Arguments {
				m.names = append(m.names, argument.Name)
			}
		}
		for _, value := range definition.EnumValues {
			m.names = append(m.names, value.Name)
		}
	}
	slices.Sort(m.names)
	m.names = slices.Compact(m.names)
	return m
}

// tokens are the parts of a document: block strings, strings, comments, white space, names, numbers and punctuators.
var tokens = regexp.MustCompile(`"""(?s:\\"""|.)*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|[\s,]+|` +
	`[_A-Za-z]\w*|-?[0-9][0-9.eE+-]*|\.{3}|(?s:.)`)

var (
	name       = regexp.MustCompile(`^[_A-Za-z]\w*$`)
	whitespace = regexp.MustCompile(`^[\s,]+$`)
	text       = regexp.MustCompile(`^".*"$`)
	digits     = regexp.MustCompile(`^[0-9]+$`)
	literal    = regexp.MustCompile(`^(-?[0-9].*|".*|true|false|null|[A-Z][A-Z0-9_]*)$`)
)

// oddLiterals are values of any kind, some past the range of a scalar, some in forms that lexers read differently.
var oddLiterals = []string{
	"0", "-0", "00", "1.0", "1.", ".5", "1e3", "1E+3", "1e", "-", "2147483647", "2147483648", "-2147483648", "-2147483649",
	"9223372036854775807", "9223372036854775808", "1e400", `"x"`, `""`, `"1"`, `" 7"`, `"٣"`, `"1e3"`, "true", "false",
	"null", "{}", "[]", "[[]]", "[null]", "[1]", "{a: 1}", "{eq: 1}", "INBOUND", "inbound", "Inbound", `"INBOUND"`, "$v1",
	"$v2", "$undefined", `"""b"""`, `"""a""""`, `""""""`, "\"\"\"\u0001\"\"\"",
	`"\u0041"`, `"\u{41}"`, `"\u{110000}"`, `"\uD83D"`, `"\x"`,
	"\"a\tb\"", "\"\u0001\"", `"2024-02-29T00:00:00Z"`, `"2023-02-29T00:00:00Z"`, `"2024-01-01t00:00:00z"`,
	`"2024-01-01T00:00:60Z"`, `"2024-01-01T00:00:00"`, `"2024-01-01 00:00:00Z"`, `"2024-01-01T24:00:00Z"`, "0x1F", "1a",
	"1_000", "+1", "'x'", "NaN",
}

// snippets are put anywhere.
var snippets = []string{
	"@skip(if: true)", "@include(if: $v1)", "@skip", "@deprecated", "@unknown", "@oneOf", "@permission(allOf: [])",
	"@include(if: true) @include(if: true)", "... on Query {__typename}", "... on Call {id}", "...F1", "...F9", "... {id}",
	"a: __typename", "__typename", "id: name", "id", "__schema {queryType {name}}", `__type(name: "Call") {name}`,
	`"description"`, `"""description"""`, "{", "}", "(", ")", "[", "]", ":", "=", "!", "|", "&", "$", "@", "...", "..",
	"#",
	"# comment\n", "# \u0001\n", "\ufeff", "\u00a0", "\u200b", "\v", "\f", "\u0000", ",", ",,", "{}", "()", "é", "?", "%",
	"fragment F9 on Call {id}", "query Op {__typename}", "query {__typename}", "mutation {__typename}",
	"subscription {callChanged {version}}", "type T {a: Int}", "extend type Query {a: Int}", "{viewer {name}}",
}

// document returns a document with one to three changes, mostly one: of several, one is often plainly wrong.
func (m *mutants) document(source string) string {
	for range oneOf(m.operations, 1, 1, 1, 1, 2, 3) {
		parts := tokens.FindAllString(source, -1)
		if len(parts) == 0 {
			return source
		}
		source = strings.Join(m.change(parts), "")
	}
	return source
}

func (m *mutants) change(parts []string) []string {
	at := m.IntN(len(parts))
	switch n := m.IntN(22); {
	case n < 2:
		return slices.Delete(parts, at, at+1)
	case n < 3:
		return slices.Insert(parts, at, parts[at])
	case n < 4 && at > 0:
		parts[at-1], parts[at] = parts[at], parts[at-1]
	case n < 7:
		return m.replace(parts, name, func() string { return oneOf(m.operations, m.names...) })
	case n < 12:
		return m.replace(parts, literal, func() string { return oneOf(m.operations, oddLiterals...) })
	case n < 13:
		return m.replace(parts, whitespace, func() string { return oneOf(m.operations, "", ",", "\r", "\ufeff", "#\n") })
	case n < 14:
		return m.runOn(parts)
	case n < 16:
		return slices.Insert(parts, at, oneOf(m.operations, snippets...))
	case n < 17:
		return m.declaration(parts)
	case n < 18: // a name of the document in another place of it
		other := parts[m.IntN(len(parts))]
		return m.replace(parts, name, func() string { return other })
	}
	return m.fieldTwice(parts)
}

// replace replaces one of the parts that match.
func (m *mutants) replace(parts []string, pattern *regexp.Regexp, by func() string) []string {
	var places []int
	for i, part := range parts {
		if pattern.MatchString(part) {
			places = append(places, i)
		}
	}
	if len(places) > 0 {
		parts[oneOf(m.operations, places...)] = by()
	}
	return parts
}

// runOn takes away what stands between a number or a string and what follows it.
func (m *mutants) runOn(parts []string) []string {
	var places []int
	for i, part := range parts {
		if i > 0 && whitespace.MatchString(part) && literal.MatchString(parts[i-1]) {
			places = append(places, i)
		}
	}
	if len(places) > 0 {
		parts[oneOf(m.operations, places...)] = ""
	}
	return parts
}

// declaration changes the type of a variable, or gives it a default.
func (m *mutants) declaration(parts []string) []string {
	for i := range parts {
		if parts[i] != "$" || i+1 >= len(parts) {
			continue
		}
		at := i + 2
		for at < len(parts) && (parts[at] == ":" || whitespace.MatchString(parts[at])) {
			at++
		}
		if at >= len(parts) || !slices.Contains(parts[i:at], ":") || m.chance(50) {
			continue
		}
		switch m.IntN(4) {
		case 0:
			return slices.Insert(parts, at+1, oneOf(m.operations, "!", "]", " = "+oneOf(m.operations, oddLiterals...)))
		case 1:
			parts[at] = "[" + parts[at] + "]"
		case 2:
			parts[at] = oneOf(m.operations, m.types...)
		default:
			parts[at] = oneOf(m.operations, "Int", "Int!", "ID", "String", "Boolean", "[ID!]", "CallFilter", "[[Int]]", "Float")
		}
		return parts
	}
	return parts
}

// fieldTwice selects a field with arguments twice, the second time with one of its values changed.
func (m *mutants) fieldTwice(parts []string) []string {
	var opening []int
	for i, part := range parts {
		if part == "(" && i > 0 && name.MatchString(parts[i-1]) {
			opening = append(opening, i)
		}
	}
	if len(opening) == 0 {
		return parts
	}
	from := oneOf(m.operations, opening...)
	end := closing(parts, from)
	for next := end + 1; next < len(parts); next++ {
		if parts[next] == "{" {
			end = closing(parts, next)
		} else if whitespace.MatchString(parts[next]) {
			continue
		}
		break
	}
	if end >= len(parts) {
		return parts
	}
	again := slices.Clone(parts[from-1 : end+1])
	switch n := m.IntN(10); {
	case n < 5: // another value of the same kind
		again = m.replace(again, text, func() string { return `"other"` })
	case n < 7:
		again = m.replace(again, digits, func() string { return "3" })
	case n < 9:
		again = m.replace(again, literal, func() string { return oneOf(m.operations, oddLiterals...) })
	}
	return slices.Insert(parts, end+1, append([]string{" "}, again...)...)
}

// closing returns where the bracket closes that opens at a place.
func closing(parts []string, from int) int {
	depth := 0
	for i := from; i < len(parts); i++ {
		switch parts[i] {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(parts)
}

// oddValues are values of variables of any kind.
var oddValues = []any{
	nil, true, false, number("0"), number("1"), number("-1"), number("1.5"), number("2147483647"), number("2147483648"),
	number("-2147483648"), number("-2147483649"), number("9007199254740993"), number("1.0"), number("1e3"),
	number("9223372036854775808"), number("-0"), "", "x", "1", " 7", "٣", "true", "INBOUND",
	"inbound", "NAME", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123456789+05:45", "2024-02-30T00:00:00Z",
	"2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "0000-12-31T23:00:00-02:00", []any{}, []any{nil}, []any{number("1")},
	[]any{[]any{}}, object{}, object{{"eq", "x"}}, object{{"eq", nil}}, object{{"__typename", "CallFilter"}},
	object{{"ids", []any{"a"}}}, object{{"ids", nil}}, object{{"ids", []any{}}, {"versions", []any{}}},
}

// values returns variables with a change.
func (m *mutants) values(variables vars) vars {
	changed := maps.Clone(variables)
	if changed == nil {
		changed = vars{}
	}
	if len(changed) == 0 || m.chance(5) {
		changed[fmt.Sprintf("v%d", 1+m.IntN(3))] = plain(oneOf(m.operations, oddValues...))
		return changed
	}
	key := oneOf(m.operations, sortedKeys(changed)...)
	if m.chance(10) {
		delete(changed, key)
		return changed
	}
	changed[key] = m.value(changed[key])
	return changed
}

// value returns a value that is changed somewhere within.
func (m *mutants) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && m.chance(75) {
			return m.member(v)
		}
	case []any:
		if len(v) > 0 && m.chance(75) {
			list := slices.Clone(v)
			at := m.IntN(len(list))
			list[at] = m.value(list[at])
			return list
		}
	}
	return plain(oneOf(m.operations, oddValues...))
}

func (m *mutants) member(v map[string]any) any {
	object := maps.Clone(v)
	key := oneOf(m.operations, sortedKeys(object)...)
	switch m.IntN(6) {
	case 0:
		delete(object, key)
	case 1:
		object[oneOf(m.operations, m.names...)] = plain(oneOf(m.operations, oddValues...))
	case 2:
		object["__typename"] = "Call"
	default:
		object[key] = m.value(object[key])
	}
	return object
}

// subscriptions are valid ones, for the generator makes none.
var subscriptions = []string{
	"subscription {callChanged {version kind call {id name}}}",
	"subscription Op($v1: ID) {callChanged(id: $v1) {version call {tags}}}",
	`subscription {changed: callChanged(kinds: [CREATED], id: "a") {version ...F1}} fragment F1 on CallChange {kind}`,
}

// subscription makes a subscription.
func (m *mutants) subscription() request {
	return request{root: ast.Subscription, document: oneOf(m.operations, subscriptions...), variables: vars{"v1": "a"}}
}

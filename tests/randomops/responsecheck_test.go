package randomops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// responseCheck holds a response against the schema and the operation that was sent, as the GraphQL specification has it
// (Response, Executing Selection Sets). It shares no code with the executor but the parser.
type responseCheck struct {
	schema    *ast.Schema
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	variables vars // with their defaults
	errors    []responseError
	problems  []string
	seen      []func(*pool) // what the pool may learn from it
	told      []string      // what every engine must answer alike: all but keys and cursors the server makes

	rootFields, rootNulls int
}

// orderedObject is a JSON object with its keys in the order in which they came.
type orderedObject struct {
	keys   []string
	values map[string]any
}

// responseError is one of a response's errors.
type responseError struct {
	message, code string
	path          []any
}

func newResponseCheck(schema *ast.Schema, r request) (*responseCheck, error) {
	document, err := parser.ParseQuery(&ast.Source{Input: r.parsable()})
	if err != nil {
		return nil, err
	}
	c := &responseCheck{schema: schema, document: document, variables: vars{}}
	if c.operation = document.Operations.ForName(r.operationName); c.operation == nil {
		return nil, fmt.Errorf("no operation %q", r.operationName)
	}
	for _, v := range c.operation.VariableDefinitions {
		if value, ok := r.variables[v.Variable]; ok {
			c.variables[v.Variable] = value
		} else if v.DefaultValue != nil {
			c.variables[v.Variable], _ = v.DefaultValue.Value(nil)
		}
	}
	return c, nil
}

var codePoints = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

// parsable is the document without the escapes \u{…}, which gqlparser does not know.
func (r request) parsable() string {
	return codePoints.ReplaceAllStringFunc(r.document, func(escape string) string {
		n, _ := strconv.ParseInt(escape[3:len(escape)-1], 16, 32)
		return string(rune(n))
	})
}

func (c *responseCheck) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// body checks a whole response.
func (c *responseCheck) body(text []byte) {
	if !utf8.Valid(text) {
		c.say("invalid UTF-8")
	}
	parsed, err := readOrdered(text)
	response, ok := parsed.(orderedObject)
	if err != nil || !ok {
		c.say("no JSON object: %v", err)
		return
	}
	for _, key := range response.keys {
		if key != "data" && key != "errors" && key != "extensions" {
			c.say("the response has %q", key)
		}
	}
	data, hasData := response.values["data"]
	if list, ok := response.values["errors"]; ok {
		c.errorList(list, data, hasData)
	} else if !hasData {
		c.say("neither data nor errors")
	}
	if root, ok := data.(orderedObject); ok {
		c.rootFields = len(root.keys)
		for _, v := range root.values {
			if v == nil {
				c.rootNulls++
			}
		}
		c.object(root, c.rootType(), []ast.SelectionSet{c.operation.SelectionSet}, nil, nil)
	} else if hasData {
		c.say("data is %v, but no root field is non-null", data)
	}
}

func (c *responseCheck) rootType() *ast.Definition {
	if c.operation.Operation == ast.Mutation {
		return c.schema.Mutation
	}
	return c.schema.Query
}

// readOrdered reads JSON, keeping the order of keys and refusing any that comes twice.
func readOrdered(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	v, err := orderedValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows: %v", err)
	}
	return v, nil
}

func orderedValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return orderedMembers(decoder)
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			v, err := orderedValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

func orderedMembers(decoder *json.Decoder) (any, error) {
	out := orderedObject{values: map[string]any{}}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string)
		if _, twice := out.values[key]; twice {
			return nil, fmt.Errorf("the key %q comes twice", key)
		}
		out.keys = append(out.keys, key)
		if out.values[key], err = orderedValue(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return out, err
}

// errorList checks the errors. A request without data may have failed as a whole; else each error has the path of its field.
func (c *responseCheck) errorList(v, data any, hasData bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		c.say("errors is no list, or an empty one: %v", v)
	}
	for i, element := range list {
		if e, ok := element.(orderedObject); ok {
			c.error(fmt.Sprintf("errors.%d", i), e, data, hasData)
		} else {
			c.say("errors.%d is no object", i)
		}
	}
}

func (c *responseCheck) error(at string, e orderedObject, data any, hasData bool) {
	message, _ := e.values["message"].(string)
	if message == "" {
		c.say("%s has no message", at)
	}
	for _, key := range e.keys {
		if !slices.Contains([]string{"message", "locations", "path", "extensions"}, key) {
			c.say("%s has %q", at, key)
		}
	}
	c.locations(at, e)
	extensions, _ := e.values["extensions"].(orderedObject)
	code, _ := extensions.values["code"].(string)
	if c.schema.Types["ErrorCode"].EnumValues.ForName(code) == nil {
		c.say("%s has the code %q", at, code)
	}
	if id, _ := extensions.values["requestId"].(string); id == "" {
		c.say("%s has no request id", at)
	}
	path, hasPath := e.values["path"].([]any)
	if hasPath != hasData {
		c.say("%s has a path: %v; the response has data: %v", at, hasPath, hasData)
	}
	if hasPath {
		c.pathLeads(at, path, data)
	}
	c.errors = append(c.errors, responseError{message, code, path})
	c.told = append(c.told, fmt.Sprint(path, " ", code, " ", extensions.values["field"]))
}

func (c *responseCheck) locations(at string, e orderedObject) {
	v, given := e.values["locations"]
	list, ok := v.([]any)
	if given && (!ok || len(list) == 0) {
		c.say("%s.locations is %v", at, v)
	}
	for _, l := range list {
		location, _ := l.(orderedObject)
		for _, key := range []string{"line", "column"} {
			if n, ok := intOf(location.values[key]); !ok || n < 1 || len(location.keys) != 2 {
				c.say("%s.locations: %v", at, l)
			}
		}
	}
}

// pathLeads checks that a path leads to a null in the data, or to one above it.
func (c *responseCheck) pathLeads(at string, path []any, data any) {
	for i, step := range path {
		switch v := data.(type) {
		case nil:
			return
		case orderedObject:
			key, _ := step.(string)
			next, ok := v.values[key]
			if !ok {
				c.say("%s: the path %v leads nowhere at %d", at, path, i)
				return
			}
			data = next
		case []any:
			n, ok := intOf(step)
			if !ok || n < 0 || n >= int64(len(v)) {
				c.say("%s: the path %v leads out of a list at %d", at, path, i)
				return
			}
			data = v[n]
		default:
			c.say("%s: the path %v goes into a leaf at %d", at, path, i)
			return
		}
	}
	if data != nil {
		c.say("%s: the path %v leads to a value that is not null", at, path)
	}
}

func intOf(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}

// collected is what is selected under one response key.
type collected struct {
	key   string
	field *ast.Field
	sets  []ast.SelectionSet
}

// collect is CollectFields of the specification.
func (c *responseCheck) collect(object *ast.Definition, set ast.SelectionSet, into []*collected, visited map[string]bool) []*collected {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if c.isLeftOut(s.Directives) {
				continue
			}
			at := slices.IndexFunc(into, func(other *collected) bool { return other.key == s.Alias })
			if at < 0 {
				at, into = len(into), append(into, &collected{key: s.Alias, field: s})
			}
			into[at].sets = append(into[at].sets, s.SelectionSet)
		case *ast.InlineFragment:
			if !c.isLeftOut(s.Directives) && c.applies(object, s.TypeCondition) {
				into = c.collect(object, s.SelectionSet, into, visited)
			}
		case *ast.FragmentSpread:
			if c.isLeftOut(s.Directives) || visited[s.Name] {
				continue
			}
			visited[s.Name] = true
			if f := c.document.Fragments.ForName(s.Name); c.applies(object, f.TypeCondition) {
				into = c.collect(object, f.SelectionSet, into, visited)
			}
		}
	}
	return into
}

func (c *responseCheck) isLeftOut(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		condition, _ := d.Arguments.ForName("if").Value.Value(c.variables)
		if d.Name == "skip" && condition == true || d.Name == "include" && condition == false {
			return true
		}
	}
	return false
}

func (c *responseCheck) applies(object *ast.Definition, condition string) bool {
	return condition == "" || slices.Contains(c.schema.GetPossibleTypes(c.schema.Types[condition]), object)
}

// object checks an object of a type: exactly the keys that are selected, in order. pager is the nearest field with pages above.
func (c *responseCheck) object(v orderedObject, d *ast.Definition, sets []ast.SelectionSet, path []any, pager *pagedField) {
	var fields []*collected
	visited := map[string]bool{}
	for _, set := range sets {
		fields = c.collect(d, set, fields, visited)
	}
	keys := make([]string, 0, len(fields))
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	if !slices.Equal(keys, v.keys) {
		c.say("%v: the keys of %s are %q, not %q", path, d.Name, v.keys, keys)
		return
	}
	for _, f := range fields {
		c.field(v.values[f.key], d, f, append(path[:len(path):len(path)], f.key), pager)
	}
}

func (c *responseCheck) field(v any, d *ast.Definition, f *collected, path []any, pager *pagedField) {
	if f.field.Name == "__typename" {
		if v != d.Name {
			c.say("%v is %v, not %s", path, v, d.Name)
		}
		return
	}
	definition := d.Fields.ForName(f.field.Name)
	if definition.Arguments.ForName("after") != nil {
		pager = &pagedField{d.Name + "." + definition.Name, c.argumentsOf(f.field)}
	}
	if v != nil && c.hasMisfit(definition, f.field) {
		c.say("%v is answered, but an argument has null where null must not be", path)
	}
	failsAlone := d == c.schema.Mutation || strings.HasSuffix(definition.Type.Name(), "Connection")
	if v == nil && failsAlone && !slices.ContainsFunc(c.errors, func(e responseError) bool { return startsWith(e.path, path) }) {
		c.say("%v is null without an error", path)
	}
	c.value(v, definition.Type, f.sets, path, func(text string) {
		c.seen = append(c.seen, func(p *pool) { p.learn(d.Name, definition.Name, text, pager) })
	}, pager)
}

// hasMisfit tells whether a field's arguments have a variable that is null where null must not be, as one with a default can.
func (c *responseCheck) hasMisfit(definition *ast.FieldDefinition, f *ast.Field) bool {
	return slices.ContainsFunc(f.Arguments, func(a *ast.Argument) bool {
		return c.isMisfit(definition.Arguments.ForName(a.Name).Type, a.Value)
	})
}

func (c *responseCheck) isMisfit(t *ast.Type, v *ast.Value) bool {
	switch v.Kind {
	case ast.Variable:
		value, given := c.variables[v.Raw]
		return given && value == nil && t.NonNull
	case ast.ListValue:
		return slices.ContainsFunc(v.Children, func(child *ast.ChildValue) bool { return c.isMisfit(t.Elem, child.Value) })
	case ast.ObjectValue:
		fields := c.schema.Types[t.Name()].Fields
		return slices.ContainsFunc(v.Children, func(child *ast.ChildValue) bool {
			return len(fields) > 0 && c.isMisfit(fields.ForName(child.Name).Type, child.Value)
		})
	}
	return false
}

func startsWith(path, start []any) bool {
	return len(path) >= len(start) && fmt.Sprint(path[:len(start)]) == fmt.Sprint(start)
}

// value checks a value of a type; learn is told texts and numbers.
func (c *responseCheck) value(v any, t *ast.Type, sets []ast.SelectionSet, path []any, learn func(string), pager *pagedField) {
	if v == nil {
		c.told = append(c.told, fmt.Sprint(path, " null"))
		if t.NonNull {
			c.say("%v is null, but %s", path, t)
		}
		return
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			c.say("%v is no list: %v", path, v)
		}
		c.told = append(c.told, fmt.Sprint(path, " ", len(list)))
		for i, element := range list {
			c.value(element, t.Elem, sets, append(path[:len(path):len(path)], i), learn, pager)
		}
		return
	}
	d := c.schema.Types[t.NamedType]
	if !d.IsCompositeType() {
		c.leaf(v, d, path, learn)
		return
	}
	object, ok := v.(orderedObject)
	if !ok {
		c.say("%v is no object: %v", path, v)
		return
	}
	c.anyObject(object, d, sets, path, pager)
}

// anyObject checks an object of an abstract type: it must be right for one of the types it can have.
func (c *responseCheck) anyObject(v orderedObject, d *ast.Definition, sets []ast.SelectionSet, path []any, pager *pagedField) {
	var reasons []string
	for _, possible := range c.schema.GetPossibleTypes(d) {
		attempt := *c
		attempt.problems, attempt.seen, attempt.told = nil, nil, nil
		attempt.object(v, possible, sets, path, pager)
		if len(attempt.problems) == 0 {
			c.seen, c.told = append(c.seen, attempt.seen...), append(c.told, attempt.told...)
			return
		}
		reasons = append(reasons, attempt.problems...)
	}
	c.problems = append(c.problems, reasons...)
}

var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$`)

// cursorKey finds texts with keys in them that the server makes: cursors, UUIDs and API keys.
var cursorKey = regexp.MustCompile(`^W[A-Za-z0-9_-]{8,}$|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-|cbk_`)

// leaf checks that a value has the form of its scalar or enum.
func (c *responseCheck) leaf(v any, d *ast.Definition, path []any, learn func(string)) {
	ok := true
	text, isText := v.(string)
	switch {
	case d.Kind == ast.Enum:
		ok = isText && d.EnumValues.ForName(text) != nil
	case d.Name == "Int":
		n, isInt := intOf(v)
		ok = isInt && n >= math.MinInt32 && n <= math.MaxInt32
	case d.Name == "Float":
		_, ok = v.(json.Number)
	case d.Name == "Boolean":
		_, ok = v.(bool)
	case d.Name == "String" || d.Name == "ID":
		ok = isText
	case d.Name == "URL":
		ok = isText && (strings.HasPrefix(strings.ToLower(text), "http://") || strings.HasPrefix(strings.ToLower(text), "https://"))
	case d.Name == "DateTime":
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = isText && instant.MatchString(text) && err == nil
	}
	if !ok {
		c.say("%v is no %s: %#v", path, d.Name, v)
	}
	if d.Name != "ID" && d.Name != "JSON" && !cursorKey.MatchString(text) {
		c.told = append(c.told, fmt.Sprintf("%v %v", path, v))
	}
	if isText {
		learn(text)
	}
}

package randomops

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// collected is what is selected under one response key.
type collected struct {
	key   string
	field *ast.Field
	sets  []ast.SelectionSet
}

// collect is CollectFields of the specification.
func (c *responseCheck) collect(object *ast.Definition, set ast.SelectionSet, into []*collected,
	visited map[string]bool) []*collected {
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

// object checks an object of a type: exactly the keys that are selected, in order. pager is the nearest field with
// pages above.
func (c *responseCheck) object(v orderedObject, d *ast.Definition, sets []ast.SelectionSet, path []any,
	pager *pagedField) {
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
		c.field(v.values[f.key], d, f, append(slices.Clip(path), f.key), pager)
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
	if v == nil && failsAlone && !slices.ContainsFunc(c.errors,
		func(e responseError) bool { return startsWith(e.path, path) }) {
		c.say("%v is null without an error", path)
	}
	c.value(v, definition.Type, f.sets, path, func(text string) {
		c.seen = append(c.seen, func(p *pool) { p.learn(d.Name, definition.Name, text, pager) })
	}, pager)
}

// hasMisfit tells whether a field's arguments have a variable that is null where null must not be, as one with a
// default can.
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
func (c *responseCheck) value(v any, t *ast.Type, sets []ast.SelectionSet, path []any, learn func(string),
	pager *pagedField) {
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
			c.value(element, t.Elem, sets, append(slices.Clip(path), i), learn, pager)
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
func (c *responseCheck) anyObject(v orderedObject, d *ast.Definition, sets []ast.SelectionSet, path []any,
	pager *pagedField) {
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
var cursorKey = regexp.MustCompile(`^(W|eyJ)[A-Za-z0-9_-]{8,}$|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-|cbk_`)

// madeKey finds UUIDs that the server makes.
var madeKey = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// signedLink finds what is signed in an address below the server's, the tenant among it, and the signature.
var signedLink = regexp.MustCompile(`link=[\w-]+\.[\w-]+`)

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
		ok = isText && (strings.HasPrefix(strings.ToLower(text), "http://") ||
			strings.HasPrefix(strings.ToLower(text), "https://"))
	case d.Name == "DateTime":
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = isText && instant.MatchString(text) && err == nil
	}
	if !ok {
		c.say("%v is no %s: %#v", path, d.Name, v)
	}
	if d.Name != "ID" && d.Name != "JSON" && !cursorKey.MatchString(text) {
		told := signedLink.ReplaceAllString(fmt.Sprintf("%v %v", path, v), "link=*")
		c.told = append(c.told, madeKey.ReplaceAllString(told, "*")) // in the rows of tables
	}
	if isText {
		learn(text)
	}
}

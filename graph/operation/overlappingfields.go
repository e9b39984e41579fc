package operation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// checkOverlappingFields refuses fields of one response key that cannot be merged: Field Selection Merging, GraphQL
// specification. It stands in for gqlparser's OverlappingFieldsCanBeMerged, whose sameValue compares the kind and the
// text of two argument values and not their children, so that
//
//	mutation { createCall(input: {id: "a"}) { call { id } } createCall(input: {id: "b"}) { call { id } } }
//
// runs the first field alone, and whose doTypesConflict lets a leaf and an object of one key pass in different types.
// Upstream, sameValue would compare Children by name and in order, and doTypesConflict would not stop at leaf types.
// It takes time linear in the written-out document, where gqlparser's takes quadratic.
func checkOverlappingFields(observers *validator.Events, addError validator.AddErrFunc) {
	observers.OnOperation(func(walker *validator.Walker, operation *ast.OperationDefinition) {
		m := merging{schema: walker.Schema, checked: map[string]bool{}}
		root := []ast.SelectionSet{operation.SelectionSet}
		conflict := m.checkParents(root)
		if conflict == nil {
			conflict = m.checkShapes(root)
		}
		if conflict != nil {
			addError(
				validator.Message("Fields %q conflict because %s. Use different aliases on the fields to fetch both "+
					"if this was intentional.", conflict.key, conflict.reason),
				core.At(conflict.a.Position), core.At(conflict.b.Position),
			)
		}
	})
}

// fieldConflict says why two fields of one response key cannot be merged.
type fieldConflict struct {
	key, reason string
	a, b        *ast.Field // of the operation or the fragment that the message speaks of
}

// merging checks the selection sets of an operation.
type merging struct {
	schema  *ast.Schema
	checked map[string]bool // groups of fields whose selections checkParents has seen
}

// fieldGroup holds the fields of one response key.
type fieldGroup struct {
	key    string
	fields []*ast.Field
}

// collection collects the fields of selection sets by response key. Each fragment is written out once.
type collection struct {
	groups  []*fieldGroup
	byKey   map[string]*fieldGroup
	visited map[string]bool // fragments
}

func collectFields(sets []ast.SelectionSet) []*fieldGroup {
	c := &collection{byKey: map[string]*fieldGroup{}, visited: map[string]bool{}}
	for _, set := range sets {
		visit(set, c)
	}
	return c.groups
}

func (c *collection) enter(ast.DirectiveList) bool { return true }

func (c *collection) field(f *ast.Field) {
	group := c.byKey[f.Alias]
	if group == nil {
		group = &fieldGroup{key: f.Alias}
		c.byKey[f.Alias] = group
		c.groups = append(c.groups, group)
	}
	group.fields = append(group.fields, f)
}

func (c *collection) spread(s *ast.FragmentSpread) {
	if !c.visited[s.Name] {
		c.visited[s.Name] = true
		visit(s.Definition.SelectionSet, c)
	}
}

// checkShapes checks that all fields of a response key have types of one shape, whichever object they are of:
// SameResponseShape in the specification.
func (m *merging) checkShapes(sets []ast.SelectionSet) *fieldConflict {
	for _, group := range collectFields(sets) {
		first := group.fields[0]
		for _, other := range group.fields[1:] {
			a, b := first.Definition.Type, other.Definition.Type
			if !m.haveSameShape(a, b) {
				reason := fmt.Sprintf("they return conflicting types %q and %q", a.String(), b.String())
				return &fieldConflict{key: group.key, reason: reason, a: first, b: other}
			}
		}
		if below := m.checkShapes(selectionsOf(group.fields)); below != nil {
			return below.under(group)
		}
	}
	return nil
}

// haveSameShape reports whether two types are alike in lists and nullability, and are the same where one is a leaf.
func (m *merging) haveSameShape(a, b *ast.Type) bool {
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return false
	}
	if a.Elem != nil {
		return m.haveSameShape(a.Elem, b.Elem)
	}
	isLeaf := m.schema.Types[a.NamedType].IsLeafType() || m.schema.Types[b.NamedType].IsLeafType()
	return !isLeaf || a.NamedType == b.NamedType
}

// checkParents checks that fields of a response key that may be of one object are the same field with the same
// arguments: FieldsInSetCanMerge in the specification.
func (m *merging) checkParents(sets []ast.SelectionSet) *fieldConflict {
	for _, group := range collectFields(sets) {
		for _, fields := range fieldsOfOneObject(group.fields) {
			first := fields[0]
			for _, other := range fields[1:] {
				if reason := difference(first, other); reason != "" {
					return &fieldConflict{key: group.key, reason: reason, a: first, b: other}
				}
			}
			if !m.isNew(fields) {
				continue
			}
			if below := m.checkParents(selectionsOf(fields)); below != nil {
				return below.under(group)
			}
		}
	}
	return nil
}

// fieldsOfOneObject returns fields in groups that may be of one object: for each object type its own fields, and with
// them those of interfaces and unions. Fields of abstract types alone are one group.
func fieldsOfOneObject(fields []*ast.Field) (groups [][]*ast.Field) {
	var abstract []*ast.Field
	var objects []string
	byObject := map[string][]*ast.Field{}
	for _, f := range fields {
		if f.ObjectDefinition.IsAbstractType() {
			abstract = append(abstract, f)
			continue
		}
		name := f.ObjectDefinition.Name
		if byObject[name] == nil {
			objects = append(objects, name)
		}
		byObject[name] = append(byObject[name], f)
	}
	if len(objects) == 0 {
		return [][]*ast.Field{abstract}
	}
	for _, name := range objects {
		groups = append(groups, append(byObject[name], abstract...))
	}
	return groups
}

// isNew reports whether a group of fields has not been seen: fields of abstract types are in several.
func (m *merging) isNew(fields []*ast.Field) bool {
	addresses := make([]string, len(fields))
	for i, f := range fields {
		addresses[i] = fmt.Sprintf("%p", f)
	}
	slices.Sort(addresses)
	key := strings.Join(addresses, " ")
	isNew := !m.checked[key]
	m.checked[key] = true
	return isNew
}

// difference returns why two fields of one object are not the same; empty where they are.
func difference(a, b *ast.Field) string {
	if a.Name != b.Name {
		return fmt.Sprintf("%q and %q are different fields", a.Name, b.Name)
	}
	if !haveSameArguments(a.Arguments, b.Arguments) {
		return "they have differing arguments"
	}
	return ""
}

func haveSameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, argument := range a {
		other := b.ForName(argument.Name)
		if other == nil || !areSameValue(argument.Value, other.Value) {
			return false
		}
	}
	return true
}

// areSameValue reports whether two values are written alike. The members of objects may come in another order.
func areSameValue(a, b *ast.Value) bool {
	if a.Kind != b.Kind || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	for i, child := range a.Children {
		other := b.Children[i].Value
		if a.Kind == ast.ObjectValue {
			other = b.Children.ForName(child.Name)
		}
		if other == nil || !areSameValue(child.Value, other) {
			return false
		}
	}
	return true
}

func selectionsOf(fields []*ast.Field) (sets []ast.SelectionSet) {
	for _, f := range fields {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	return sets
}

// under returns the conflict as one of the fields above it.
func (c *fieldConflict) under(group *fieldGroup) *fieldConflict {
	first, last := group.fields[0], group.fields[len(group.fields)-1]
	if first == last {
		return c // it is within the selection of one field
	}
	return &fieldConflict{
		key: group.key, reason: fmt.Sprintf("subfields %q conflict because %s", c.key, c.reason), a: first, b: last,
	}
}

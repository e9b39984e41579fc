package randomops

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// leaf is a field that ends here, where there is one.
func (o *operations) leaf(on *ast.Definition) string {
	for range 4 {
		f := oneOf(o, on.Fields...)
		if !isComposite(o.schema, f.Type) && len(f.Arguments) == 0 {
			return o.fieldText(on, f, maxDepth, 0)
		}
	}
	return ""
}

// field selects one of a type's fields, those seldom used first.
func (o *operations) field(on *ast.Definition, level, lists int) string {
	best := (*ast.FieldDefinition)(nil)
	for range 3 {
		f := oneOf(o, on.Fields...)
		if o.isAllowed(f, level, lists) && (best == nil || o.used[on.Name+"."+f.Name] < o.used[on.Name+"."+best.Name]) {
			best = f
		}
	}
	if best == nil {
		return o.leaf(on)
	}
	return o.fieldText(on, best, level, lists)
}

func (o *operations) isAllowed(f *ast.FieldDefinition, level, lists int) bool {
	switch {
	case !isComposite(o.schema, f.Type):
		return true
	case strings.HasPrefix(f.Type.Name(), "__"): // of introspection: little, and no more than two lists deep
		return level < maxDepth && (lists < 2 || f.Type.Elem == nil) && (level > 1 || o.chance(20))
	}
	return level < maxDepth
}

func (o *operations) fieldText(on *ast.Definition, f *ast.FieldDefinition, level, lists int) string {
	o.fields++
	shape, composite := f.Type.String(), isComposite(o.schema, f.Type)
	if composite {
		shape = strings.ReplaceAll(shape, f.Type.Name(), "*")
	}
	m := meaning{field: f.Name, shape: shape}
	if len(f.Arguments) > 0 {
		m.on = on.Name
		m.arguments = o.argumentsOrSame(on, f)
	}
	o.used[on.Name+"."+f.Name]++
	text := o.keyed(f.Name, m) + m.arguments + o.directives(ast.LocationField) + " "
	if !composite {
		return text
	}
	if f.Type.Elem != nil {
		lists++
	}
	return text + " " + o.selections(o.schema.Types[f.Type.Name()], level+1, lists)
}

// argumentsOrSame are new arguments, or those the field was selected with before, so that the two selections merge.
func (o *operations) argumentsOrSame(on *ast.Definition, f *ast.FieldDefinition) string {
	if m, ok := o.keys[f.Name]; ok && m.field == f.Name && m.on == on.Name && o.chance(15) {
		return m.arguments
	}
	return o.arguments(on, f)
}

// keyed is the field under a response key that stands for nothing else in the document.
func (o *operations) keyed(name string, m meaning) string {
	aliases := []string{name}
	if o.chance(12) {
		aliases = append([]string{oneOf(o, "a", "_", "B2", "id", "data", "errors", "name", "on", "type", "nodes", "null_")},
			aliases...)
	}
	for i := 1; ; i++ {
		key := aliases[0]
		if known, ok := o.keys[key]; !ok || known == m {
			o.keys[key] = m
			if key == name {
				return name
			}
			return key + oneOf(o, ":", ": ") + name
		}
		if aliases = aliases[1:]; len(aliases) == 0 {
			aliases = []string{fmt.Sprintf("%s_%d", name, i)}
		}
	}
}

// directives are now and then @skip, @include and whatever else the server knows for this location.
func (o *operations) directives(location ast.DirectiveLocation) string {
	text := ""
	for _, i := range o.Perm(len(o.known)) {
		d := o.known[i]
		if !slices.Contains(d.Locations, location) || !o.chance(6) {
			continue
		}
		o.used["@"+d.Name]++
		text += " @" + d.Name
		if d.Name == "skip" || d.Name == "include" {
			text += "(if: " + o.condition(o.chance(25) == (d.Name == "skip")) + ") "
		}
	}
	return text
}

// condition is a truth value, mostly the one that is wanted, as a literal or a variable.
func (o *operations) condition(wanted bool) string {
	strict := ast.NonNullNamedType("Boolean", nil)
	name := o.declaredBefore(strict)
	switch n := o.IntN(20); {
	case n < 10:
		return fmt.Sprint(wanted)
	case n < 16 && name != "":
		return name
	case n < 18:
		return o.declare(strict.String(), strict.String(), wanted)
	}
	name = o.declare("Boolean = "+fmt.Sprint(wanted), "", nil)
	switch n := o.IntN(20); {
	case n == 0: // allowed, and an error when it is executed
		o.refusable = true
	case n < 10:
		delete(o.variables, name[1:])
	default:
		o.variables[name[1:]] = wanted
	}
	return name
}

func isComposite(schema *ast.Schema, t *ast.Type) bool {
	return schema.Types[t.Name()].IsCompositeType()
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

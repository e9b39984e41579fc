package graph

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// defaultListSize is how many objects a list is taken to have that says nothing of its size.
const defaultListSize = 10

// introspectionPrice is what an introspection is taken to answer; how deep it may go has a limit of its own.
var introspectionPrice = map[string]int{"__schema": 10000, "__type": 500}

// coster adds up what an operation may cost before it runs: one for each object it may answer, and the @cost of its fields.
type coster struct {
	schema    *ast.Schema
	variables map[string]any
}

// price is the cost of a selection: of all its objects, and the part that does not depend on what is found.
type price struct{ total, fixed int }

// priceOf is the price of an operation with its variables. Fragments are bounded by checkShape, so that writing them out is, too.
func priceOf(schema *ast.Schema, op *ast.OperationDefinition, variables map[string]any) price {
	c := coster{schema, variables}
	return c.selections(op.SelectionSet, nil)
}

// sized are the fields of an object that are as long as its own field says: {"nodes": 20}.
type sized map[string]int

func (c coster) selections(set ast.SelectionSet, sizes sized) (sum price) {
	for _, selection := range set {
		p := c.selection(selection, sizes)
		sum.total, sum.fixed = saturated(sum.total+p.total), saturated(sum.fixed+p.fixed)
	}
	return sum
}

func (c coster) selection(selection ast.Selection, sizes sized) price {
	switch s := selection.(type) {
	case *ast.Field:
		if c.isIncluded(s.Directives) {
			return c.field(s, sizes)
		}
	case *ast.InlineFragment:
		if c.isIncluded(s.Directives) {
			return c.selections(s.SelectionSet, sizes)
		}
	case *ast.FragmentSpread:
		if c.isIncluded(s.Directives) && s.Definition != nil {
			return c.selections(s.Definition.SelectionSet, sizes)
		}
	}
	return price{}
}

func (c coster) isIncluded(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && d.ArgumentMap(c.variables)["if"] == true {
		return false
	}
	d := directives.ForName("include")
	return d == nil || d.ArgumentMap(c.variables)["if"] != false
}

func (c coster) field(f *ast.Field, sizes sized) price {
	switch {
	case f.Name == "__schema" || f.Name == "__type":
		return price{total: introspectionPrice[f.Name]}
	case f.Definition == nil || f.Name == "__typename":
		return price{}
	}
	weight := weightOf(f.Definition)
	if len(f.SelectionSet) == 0 {
		return price{weight, weight}
	}
	length, below := c.lengths(f, sizes)
	inner := c.selections(f.SelectionSet, below)
	return price{total: saturated(weight + times(length, 1+inner.total)), fixed: weight}
}

// times is a product that saturates.
func times(a, b int) int {
	if b != 0 && a > shapeMax/b {
		return shapeMax
	}
	return a * b
}

func weightOf(definition *ast.FieldDefinition) int {
	if d := definition.Directives.ForName("cost"); d != nil {
		weight, _ := strconv.Atoi(d.Arguments.ForName("weight").Value.Raw)
		return weight
	}
	return 0
}

// lengths is how many objects a field may answer, and how many the sized fields below it.
func (c coster) lengths(f *ast.Field, sizes sized) (length int, below sized) {
	d := f.Definition.Directives.ForName("listSize")
	length = 1
	if f.Definition.Type.Elem != nil {
		length = defaultListSize
	}
	if given, ok := sizes[f.Name]; ok {
		return given, nil
	}
	if d == nil {
		return length, nil
	}
	size := c.sliced(f, d)
	fields := d.Arguments.ForName("sizedFields")
	if fields == nil {
		return size, nil
	}
	below = sized{}
	for _, child := range fields.Value.Children {
		below[child.Value.Raw] = size
	}
	return length, below
}

// sliced is the greatest of the slicing arguments: a number, or the length of a list; dots lead into input objects. Where none
// is given, the assumed size counts.
func (c coster) sliced(f *ast.Field, d *ast.Directive) int {
	size := -1
	if arguments := d.Arguments.ForName("slicingArguments"); arguments != nil {
		given := f.ArgumentMap(c.variables)
		for _, path := range arguments.Value.Children {
			names := strings.Split(path.Value.Raw, ".")
			if argument := f.Definition.Arguments.ForName(names[0]); argument != nil {
				size = max(size, c.sizeAt(given[names[0]], argument.Type, names[1:]))
			}
		}
	}
	if assumed := d.Arguments.ForName("assumedSize"); size < 0 && assumed != nil {
		size, _ = strconv.Atoi(assumed.Value.Raw)
	}
	return max(size, 0)
}

// sizeAt is what a value of a type says, or what the fields of an input lead to; -1 where nothing does.
func (c coster) sizeAt(value any, typ *ast.Type, path []string) int {
	if value == nil {
		return -1
	}
	if len(path) > 0 {
		object, _ := value.(map[string]any)
		field := c.schema.Types[typ.Name()].Fields.ForName(path[0])
		if field == nil {
			return -1
		}
		return c.sizeAt(object[path[0]], field.Type, path[1:])
	}
	if typ.Elem != nil {
		if list, ok := value.([]any); ok {
			return len(list)
		}
		return 1 // one value stands for a list of it
	}
	n, ok := asInt(value)
	if !ok || typ.NamedType != "Int" {
		return -1
	}
	return min(max(n, 0), shapeMax)
}

// objectsIn counts the objects of a response.
func objectsIn(data []byte) (n int) {
	inString := false
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			inString = !inString
		case '\\':
			i++
		case '{':
			if !inString {
				n++
			}
		}
	}
	return n
}

package operation

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// defaultListSize is how many objects a list is taken to have that has no @listSize.
const defaultListSize = 10

// introspectionCost is what an introspection costs. How deep it may go has a limit of its own.
var introspectionCost = map[string]int{"__schema": 10_000, "__type": 500}

// price is what a selection may cost: for all objects that it may return, and the part that does not depend on what is
// found.
type price struct{ total, fixed int }

// priceOf returns the price of an operation with its variables: 1 for each object that it may return, and the @cost of
// its fields. The document has been measured, so writing its fragments out is bounded.
func (p *pricing) priceOf(schema *ast.Schema, op *ast.OperationDefinition, variables map[string]any) price {
	*p = pricing{schema: schema, variables: variables}
	sum := p.selections(op.SelectionSet, nil)
	return price{total: saturated(sum.total + p.once), fixed: saturated(sum.fixed + p.searched + p.once)}
}

// pricing is the visitor that adds up the price of one selection set at a time.
type pricing struct {
	schema    *ast.Schema
	variables map[string]any
	sizes     map[string]int // of the lists in the current selection whose size the field above says: {"nodes": 20}
	sum       price          // of the current selection
	search    int            // the price of the arguments above, which fields that search once more cost again
	searched  int            // what those fields cost
	once      int            // what fields cost that cost it once

	sawVariable bool // whether the price depends on a variable
}

// selections returns the price of a selection set below a field that says how long some of its lists are.
func (p *pricing) selections(set ast.SelectionSet, sizes map[string]int) price {
	sum, outer := p.sum, p.sizes
	p.sum, p.sizes = price{}, sizes
	visit(set, p)
	inner := p.sum
	p.sum, p.sizes = sum, outer
	return inner
}

func (p *pricing) enter(directives ast.DirectiveList) bool {
	return p.condition(directives.ForName("skip")) != true && p.condition(directives.ForName("include")) != false
}

// condition returns the argument of @skip or @include; nil where there is no such directive, or no value.
func (p *pricing) condition(d *ast.Directive) any {
	if d == nil {
		return nil
	}
	argument := d.Arguments.ForName("if")
	p.sawVariable = p.sawVariable || argument.Value.Kind == ast.Variable
	value, _ := argument.Value.Value(p.variables) // a boolean always has one
	return value
}

func (p *pricing) spread(s *ast.FragmentSpread) {
	if s.Definition != nil {
		visit(s.Definition.SelectionSet, p)
	}
}

func (p *pricing) field(f *ast.Field) {
	cost := p.fieldPrice(f)
	p.sum = price{total: saturated(p.sum.total + cost.total), fixed: saturated(p.sum.fixed + cost.fixed)}
}

func (p *pricing) fieldPrice(f *ast.Field) price {
	switch {
	case isIntrospection(f.Name):
		return price{total: introspectionCost[f.Name]}
	case f.Definition == nil || f.Name == "__typename":
		return price{}
	}
	arguments := p.argumentsPrice(f)
	weight := saturated(p.weightOf(f) + arguments)
	if isOnce(f) {
		p.once = saturated(p.once + weight)
		weight = 0
	}
	if len(f.SelectionSet) == 0 {
		return price{weight, weight}
	}
	length, below := p.lengths(f)
	search := p.search
	switch {
	case arguments+searchIn(f) > 0:
		p.search = saturated(arguments + searchIn(f))
	case f.Definition.Type.Elem != nil:
		p.search = 0 // it is the search for this list, not one for each of its elements
	}
	inner := p.selections(f.SelectionSet, below)
	p.search = search
	return price{total: saturated(weight + product(length, 1+inner.total)), fixed: weight}
}

// product multiplies, and saturates.
func product(a, b int) int {
	if b != 0 && a > maxCount/b {
		return maxCount
	}
	return a * b
}

// weightOf returns what a field costs by its @cost.
func (p *pricing) weightOf(f *ast.Field) int {
	d := f.Definition.Directives.ForName("cost")
	if d == nil {
		return 0
	}
	weight := weightIn(d)
	if searches := d.Arguments.ForName("searches"); searches != nil && searches.Value.Raw == "true" {
		weight = saturated(weight + p.search)
		p.searched = saturated(p.searched + weight)
	}
	return weight
}

// isOnce reports whether a field costs its weight and arguments once, however many objects it is asked of.
func isOnce(f *ast.Field) bool {
	d := f.Definition.Directives.ForName("cost")
	if d == nil {
		return false
	}
	once := d.Arguments.ForName("once")
	return once != nil && once.Value.Raw == "true"
}

// weightIn returns the weight of an @cost.
func weightIn(d *ast.Directive) int {
	weight, _ := strconv.Atoi(d.Arguments.ForName("weight").Value.Raw)
	return weight
}

// searchIn returns what the fields below a field that search once more cost for it, beside its arguments.
func searchIn(f *ast.Field) (search int) {
	if d := f.Definition.Directives.ForName("cost"); d != nil {
		if given := d.Arguments.ForName("search"); given != nil {
			search, _ = strconv.Atoi(given.Value.Raw)
		}
	}
	return search
}

// lengths returns how many objects a field may return, and how many each of the sized fields below it.
func (p *pricing) lengths(f *ast.Field) (length int, below map[string]int) {
	if given, ok := p.sizes[f.Name]; ok {
		return given, nil
	}
	d := f.Definition.Directives.ForName("listSize")
	if d == nil {
		if f.Definition.Type.Elem != nil {
			return defaultListSize, nil
		}
		return 1, nil
	}
	size := p.listSize(f, d)
	fields := d.Arguments.ForName("sizedFields")
	if fields == nil {
		return size, nil
	}
	below = map[string]int{}
	for _, child := range fields.Value.Children {
		below[child.Value.Raw] = size
	}
	if f.Definition.Type.Elem != nil {
		return defaultListSize, below
	}
	return 1, below
}

// listSize returns the greatest of the slicing arguments: a number, or the length of a list; dots lead into input
// objects. Where none is given, it returns the assumed size.
func (p *pricing) listSize(f *ast.Field, d *ast.Directive) int {
	size := -1
	if arguments := d.Arguments.ForName("slicingArguments"); arguments != nil {
		given := f.ArgumentMap(p.variables)
		for _, path := range arguments.Value.Children {
			names := strings.Split(path.Value.Raw, ".")
			if argument := f.Definition.Arguments.ForName(names[0]); argument != nil {
				size = max(size, p.sizeAt(given[names[0]], argument.Type, names[1:]))
				p.sawVariable = p.sawVariable || hasVariable(f.Arguments.ForName(names[0]))
			}
		}
	}
	if assumed := d.Arguments.ForName("assumedSize"); size < 0 && assumed != nil {
		size, _ = strconv.Atoi(assumed.Value.Raw)
	}
	return p.times(f, d, max(size, 0))
}

// times multiplies a size by the lengths of the arguments that @listSize names for it.
func (p *pricing) times(f *ast.Field, d *ast.Directive, size int) int {
	factors := d.Arguments.ForName("times")
	if factors == nil {
		return size
	}
	given := f.ArgumentMap(p.variables)
	for _, name := range factors.Value.Children {
		if argument := f.Definition.Arguments.ForName(name.Value.Raw); argument != nil {
			size = product(size, max(p.sizeAt(given[name.Value.Raw], argument.Type, nil), 0))
			p.sawVariable = p.sawVariable || hasVariable(f.Arguments.ForName(name.Value.Raw))
		}
	}
	return size
}

// hasVariable reports whether there is a variable in an argument, which may be nil.
func hasVariable(argument *ast.Argument) bool {
	return argument != nil && valueHasVariable(argument.Value)
}

func valueHasVariable(value *ast.Value) bool {
	return value.Kind == ast.Variable || slices.ContainsFunc(value.Children, func(child *ast.ChildValue) bool {
		return valueHasVariable(child.Value)
	})
}

// sizeAt returns the size that a value of a type gives, or that a path of names leads to in it; -1 where nothing does.
func (p *pricing) sizeAt(value any, typ *ast.Type, path []string) int {
	if value == nil {
		return -1
	}
	if len(path) > 0 {
		object, _ := value.(map[string]any)
		field := p.schema.Types[typ.Name()].Fields.ForName(path[0])
		if field == nil {
			return -1
		}
		return p.sizeAt(object[path[0]], field.Type, path[1:])
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
	return min(max(n, 0), maxCount)
}

// asInt returns a number among variables or literals.
func asInt(value any) (n int, ok bool) {
	switch value := value.(type) {
	case int64:
		return int(value), true
	case json.Number:
		n, err := value.Int64()
		return int(n), err == nil
	case int:
		return value, true
	}
	return 0, false
}

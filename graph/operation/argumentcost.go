package operation

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentsPrice returns what the arguments of a field cost by themselves: those with @cost, and what inputs hold.
func (p *pricing) argumentsPrice(f *ast.Field) (sum int) {
	for _, argument := range f.Arguments {
		definition := f.Definition.Arguments.ForName(argument.Name)
		if definition == nil || !p.mayCost(definition.Type, definition.Directives) {
			continue
		}
		p.sawVariable = p.sawVariable || valueHasVariable(argument.Value)
		value, err := argument.Value.Value(p.variables)
		if err != nil {
			continue // such values have been refused
		}
		sum = saturated(sum + p.inputPrice(value, definition.Type, definition.Directives))
	}
	return sum
}

// mayCost reports whether a value of a type costs anything, in a place with these directives.
func (p *pricing) mayCost(typ *ast.Type, directives ast.DirectiveList) bool {
	return directives.ForName("cost") != nil || dearInputs(p.schema)[typ.Name()]
}

// inputPrice returns what a value costs in a place with these directives.
func (p *pricing) inputPrice(value any, typ *ast.Type, directives ast.DirectiveList) (sum int) {
	if value == nil {
		return 0
	}
	if list, isList := value.([]any); isList && typ.Elem != nil {
		for _, element := range list {
			sum = saturated(sum + p.inputPrice(element, typ.Elem, directives))
		}
		return sum
	}
	if d := directives.ForName("cost"); d != nil {
		sum = placePrice(d, value)
	}
	if !dearInputs(p.schema)[typ.Name()] {
		return sum
	}
	if name, isName := value.(string); isName {
		return saturated(sum + enumPrice(p.schema.Types[typ.Name()], name))
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		return sum
	}
	for _, field := range p.schema.Types[typ.Name()].Fields {
		if inner, isGiven := object[field.Name]; isGiven && p.mayCost(field.Type, field.Directives) {
			sum = saturated(sum + p.inputPrice(inner, field.Type, field.Directives))
		}
	}
	return sum
}

// enumPrice returns what a value of an enum costs.
func enumPrice(enum *ast.Definition, name string) int {
	if value := enum.EnumValues.ForName(name); value != nil {
		if d := value.Directives.ForName("cost"); d != nil {
			return weightIn(d)
		}
	}
	return 0
}

// placePrice returns what @cost says of a value in its place: the weight, or with per the weight for each word of a
// text and for each so many of a number.
func placePrice(d *ast.Directive, value any) int {
	weight := weightIn(d)
	per := d.Arguments.ForName("per")
	if per == nil {
		if text, isText := value.(string); isText && strings.TrimSpace(text) == "" {
			return 0 // a blank search is no condition
		}
		return weight
	}
	if text, isText := value.(string); isText {
		return product(weight, len(strings.Fields(text)))
	}
	unit, _ := strconv.Atoi(per.Value.Raw)
	n, _ := asInt(value)
	return product(weight, min(max(n, 0), maxCount)/max(unit, 1))
}

// dearBySchema is the set of input types and enums in which anything costs, by schema.
var dearBySchema sync.Map

// dearInputs returns the input types and enums in which anything costs.
func dearInputs(schema *ast.Schema) map[string]bool {
	if known, ok := dearBySchema.Load(schema); ok {
		return known.(map[string]bool)
	}
	dear := map[string]bool{}
	for isGrowing := true; isGrowing; {
		isGrowing = false
		for name, definition := range schema.Types {
			if !dear[name] && (hasDearField(definition, dear) || hasDearValue(definition)) {
				dear[name], isGrowing = true, true
			}
		}
	}
	dearBySchema.Store(schema, dear)
	return dear
}

func hasDearValue(enum *ast.Definition) bool {
	return slices.ContainsFunc(enum.EnumValues, func(value *ast.EnumValueDefinition) bool {
		return value.Directives.ForName("cost") != nil
	})
}

func hasDearField(definition *ast.Definition, dear map[string]bool) bool {
	if definition.Kind != ast.InputObject {
		return false
	}
	for _, field := range definition.Fields {
		if field.Directives.ForName("cost") != nil || dear[field.Type.Name()] {
			return true
		}
	}
	return false
}

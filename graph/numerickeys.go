package graph

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/graph/internal/gen"
	"callbook/model"
)

// InputPlace is an argument of a field, or a field of an input.
type InputPlace struct {
	Owner string // the field, as in Query.callRecord, or the input
	Name  string
}

// parsedKeys are the arguments of type ID that their resolvers parse as numeric keys: gqlgen binds inputs to int64, but
// arguments to text alone.
var parsedKeys = []InputPlace{
	{"Query.callRecord", "id"},
	{"Query.customerPerson", "id"},
	{"Query.jobStats", "robotCallJobId"},
	{"Mutation.createCallFromRecord", "callRecordId"},
}

// NumericKeys returns the arguments and input fields of type ID that hold numeric keys: those of parsedKeys, and those
// that are int64 in the Go types of the resolvers' parameters. Callers must not change the map.
var NumericKeys = sync.OnceValue(func() map[InputPlace]bool {
	k := numericKeys{schema: Schema(), found: map[InputPlace]bool{}, seen: map[reflect.Type]bool{}}
	for _, place := range parsedKeys {
		k.found[place] = true
	}
	root := reflect.TypeFor[gen.ResolverRoot]()
	for getter := range root.Methods() {
		owner, resolver := getter.Name, getter.Type.Out(0)
		for _, field := range k.schema.Types[owner].Fields {
			if method, ok := methodOf(resolver, field.Name); ok {
				k.inArguments(owner+"."+field.Name, field.Arguments, method.Type)
			}
		}
	}
	return k.found
})

// byNumericKey reads an object by the key that the argument id holds. It returns BAD_USER_INPUT for a key that is no
// number. Only the columns that the operation selects are read.
func byNumericKey[T any](
	ctx context.Context, id string, columns *db.RowColumns,
	read func(context.Context, int64, ...db.Columns) (*T, error),
) (*T, error) {
	key, err := model.ParseLong(id)
	if err != nil {
		return nil, model.InField(err, "id")
	}
	return read(ctx, key, selected(ctx, columns))
}

// methodOf returns the method of a resolver for a field, whose name Go may write with other capitals.
func methodOf(resolver reflect.Type, field string) (reflect.Method, bool) {
	for method := range resolver.Methods() {
		if strings.EqualFold(method.Name, field) {
			return method, true
		}
	}
	return reflect.Method{}, false
}

// numericKeys walks the Go types of parameters beside their types in the schema.
type numericKeys struct {
	schema *ast.Schema
	found  map[InputPlace]bool
	seen   map[reflect.Type]bool
}

// inArguments looks at the parameters of a resolver's method, the last of which are the field's arguments.
func (k numericKeys) inArguments(owner string, arguments ast.ArgumentDefinitionList, method reflect.Type) {
	first := method.NumIn() - len(arguments)
	if !method.In(0).Implements(reflect.TypeFor[context.Context]()) || first < 1 {
		panic(fmt.Sprintf("the resolver of %s takes other parameters than ctx, the object and its arguments", owner))
	}
	for i, argument := range arguments {
		k.inType(InputPlace{owner, argument.Name}, argument.Type, method.In(first+i))
	}
}

func (k numericKeys) inType(place InputPlace, typ *ast.Type, goType reflect.Type) {
	goType = elementOf(goType)
	definition := k.schema.Types[typ.Name()]
	switch {
	case typ.Name() == "ID" && goType.Kind() == reflect.Int64:
		k.found[place] = true
	case definition.Kind == ast.InputObject && !k.seen[goType]:
		k.seen[goType] = true
		for _, field := range definition.Fields {
			goField, ok := goType.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, field.Name) })
			if !ok {
				panic(fmt.Sprintf("%s has no field for %s.%s", goType, definition.Name, field.Name))
			}
			k.inType(InputPlace{definition.Name, field.Name}, field.Type, goField.Type)
		}
	}
}

// elementOf returns what pointers, lists and gqlgen's Omittable hold.
func elementOf(goType reflect.Type) reflect.Type {
	for {
		value, isOmittable := goType.MethodByName("Value")
		switch {
		case goType.Kind() == reflect.Pointer || goType.Kind() == reflect.Slice:
			goType = goType.Elem()
		case isOmittable && strings.HasPrefix(goType.Name(), "Omittable["):
			goType = value.Type.Out(0)
		default:
			return goType
		}
	}
}

package operation

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// preparedDocument is a valid document with what depends on it alone. It is shared by all requests that send it, and
// must not be changed.
type preparedDocument struct {
	*ast.QueryDocument
	prepared []*preparedOperation // one for each of Operations
}

// preparedOperation is an operation with what depends on its document alone.
type preparedOperation struct {
	*ast.OperationDefinition
	document    *ast.QueryDocument
	schema      *ast.Schema
	uses        *variableUses
	omittable   []string // variables whose absence leaves a field of an input object out
	readsSchema bool
	price       price // with no variables

	isPricedByVariables bool
}

// prepare works out what depends on a valid document alone.
func prepare(schema *ast.Schema, document *ast.QueryDocument) *preparedDocument {
	d := &preparedDocument{QueryDocument: document}
	for _, operation := range document.Operations {
		d.prepared = append(d.prepared, prepareOperation(schema, document, operation))
	}
	return d
}

func prepareOperation(
	schema *ast.Schema, document *ast.QueryDocument, operation *ast.OperationDefinition,
) *preparedOperation {
	o := &preparedOperation{
		OperationDefinition: operation, document: document, schema: schema,
		uses: usesIn(schema, operation), readsSchema: readsSchema(operation), omittable: omittableIn(operation),
	}
	var p pricing
	o.price = p.priceOf(schema, operation, nil)
	o.isPricedByVariables = p.sawVariable
	return o
}

// operation returns the operation with a name, which may be empty where there is one; nil where there is none.
func (d *preparedDocument) operation(name string) *preparedOperation {
	definition := d.Operations.ForName(name)
	for _, o := range d.prepared {
		if o.OperationDefinition == definition {
			return o
		}
	}
	return nil
}

// priceWith returns the price of the operation with its variables. It uses p where they change it.
func (o *preparedOperation) priceWith(p *pricing, variables map[string]any) price {
	if !o.isPricedByVariables {
		return o.price
	}
	return p.priceOf(o.schema, o.OperationDefinition, variables)
}

// coerce returns the values of variables as resolvers take them, with defaults. They have been checked.
func (o *preparedOperation) coerce(given map[string]any) (map[string]any, error) {
	if len(o.VariableDefinitions) == 0 {
		return nil, nil
	}
	if !o.hasLoneElement(given) {
		if values, ok := o.coerceNumbers(given); ok {
			return values, nil
		}
	}
	return validator.VariableValues(o.schema, o.OperationDefinition, given)
}

// hasLoneElement reports whether a value stands for a list of it anywhere in variables: gqlparser makes it one.
func (o *preparedOperation) hasLoneElement(given map[string]any) bool {
	for _, v := range o.VariableDefinitions {
		if o.isLoneElement(v.Type, given[v.Variable]) {
			return true
		}
	}
	return false
}

// isLoneElement is hasLoneElement for a value of a type, and what is in it.
func (o *preparedOperation) isLoneElement(typ *ast.Type, value any) bool {
	if value == nil {
		return false
	}
	if typ.Elem != nil {
		list, isList := value.([]any)
		return !isList || slices.ContainsFunc(list, func(element any) bool { return o.isLoneElement(typ.Elem, element) })
	}
	members, isObject := value.(map[string]any)
	definition := o.schema.Types[typ.NamedType]
	if !isObject || definition.Kind != ast.InputObject {
		return false
	}
	return slices.ContainsFunc(definition.Fields, func(field *ast.FieldDefinition) bool {
		return o.isLoneElement(field.Type, members[field.Name])
	})
}

// coerceNumbers does what gqlparser does where no value stands for a list, but for checks. It returns what was given
// where nothing differs; variables that are not declared stay. ok is false for a number that is out of range.
func (o *preparedOperation) coerceNumbers(given map[string]any) (values map[string]any, ok bool) {
	values = given
	isOwn := false
	for _, v := range o.VariableDefinitions {
		value, isGiven := given[v.Variable]
		number, isNumber := value.(json.Number)
		var err error
		switch {
		case !isGiven && v.DefaultValue != nil:
			value, err = v.DefaultValue.Value(nil)
		case isNumber && v.Type.NamedType == "Int":
			value, err = number.Int64()
		case isNumber && v.Type.NamedType == "Float":
			value, err = number.Float64()
		default:
			continue
		}
		if err != nil {
			return nil, false
		}
		if !isOwn {
			values, isOwn = make(map[string]any, len(o.VariableDefinitions)), true
			maps.Copy(values, given)
		}
		values[v.Variable] = value
	}
	return values, true
}

// fill writes what gqlgen's executor keeps of an operation, for a request with these variables. The template has the
// executor's middleware.
func (o *preparedOperation) fill(op, template *graphql.OperationContext, r *Request, variables map[string]any) {
	op.RawQuery, op.OperationName, op.Extensions, op.Headers = r.Query, r.OperationName, r.Extensions, r.Headers
	op.Doc, op.Operation, op.Variables = o.document, o.OperationDefinition, variables
	op.DisableIntrospection, op.RecoverFunc = template.DisableIntrospection, template.RecoverFunc
	op.ResolverMiddleware, op.RootResolverMiddleware = template.ResolverMiddleware, template.RootResolverMiddleware
	if o.readsSchema {
		op.ResolverMiddleware = nullWhereKindDiffers
	}
	omitAbsent(op, o.omittable)
}

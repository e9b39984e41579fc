package operation

import (
	"encoding/json"

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
	takesLeaves bool     // whether all variables are scalars and enums
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
		OperationDefinition: operation, document: document, schema: schema, takesLeaves: true,
		uses: usesIn(schema, operation), readsSchema: readsSchema(operation), omittable: omittableIn(operation),
	}
	o.price, o.isPricedByVariables = fixedPrice(schema, operation)
	for _, v := range operation.VariableDefinitions {
		definition := schema.Types[v.Type.NamedType]
		o.takesLeaves = o.takesLeaves && definition != nil && definition.Kind != ast.InputObject
	}
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

// priceWith returns the price of the operation with its variables.
func (o *preparedOperation) priceWith(variables map[string]any) price {
	if !o.isPricedByVariables {
		return o.price
	}
	return priceOf(o.schema, o.OperationDefinition, variables)
}

// coerce returns the values of variables as resolvers take them, with defaults. They have been checked.
func (o *preparedOperation) coerce(given map[string]any) (map[string]any, error) {
	if len(o.VariableDefinitions) == 0 {
		return nil, nil
	}
	if o.takesLeaves {
		if values, ok := o.coerceLeaves(given); ok {
			return values, nil
		}
	}
	return validator.VariableValues(o.schema, o.OperationDefinition, given)
}

// coerceLeaves does what gqlparser does, for variables that are scalars and enums alone. ok is false for a number that
// is out of range.
func (o *preparedOperation) coerceLeaves(given map[string]any) (values map[string]any, ok bool) {
	values = make(map[string]any, len(o.VariableDefinitions))
	for _, v := range o.VariableDefinitions {
		value, isGiven := given[v.Variable]
		var err error
		switch {
		case !isGiven && v.DefaultValue == nil:
			continue
		case !isGiven:
			value, err = v.DefaultValue.Value(nil)
		default:
			value, err = coerceNumber(v.Type.NamedType, value)
		}
		if err != nil {
			return nil, false
		}
		values[v.Variable] = value
	}
	return values, true
}

func coerceNumber(typeName string, value any) (any, error) {
	number, isNumber := value.(json.Number)
	switch {
	case isNumber && typeName == "Int":
		return number.Int64()
	case isNumber && typeName == "Float":
		return number.Float64()
	}
	return value, nil
}

// context returns what gqlgen's executor keeps of an operation, for a request with these variables. The template has
// the executor's middleware.
func (o *preparedOperation) context(
	template *graphql.OperationContext, r *Request, variables map[string]any,
) *graphql.OperationContext {
	op := &graphql.OperationContext{
		RawQuery:               r.Query,
		Variables:              variables,
		OperationName:          r.OperationName,
		Doc:                    o.document,
		Extensions:             r.Extensions,
		Headers:                r.Headers,
		Operation:              o.OperationDefinition,
		DisableIntrospection:   template.DisableIntrospection,
		RecoverFunc:            template.RecoverFunc,
		ResolverMiddleware:     template.ResolverMiddleware,
		RootResolverMiddleware: template.RootResolverMiddleware,
	}
	if o.readsSchema {
		op.ResolverMiddleware = nullWhereKindDiffers
	}
	omitAbsent(op, o.omittable)
	return op
}

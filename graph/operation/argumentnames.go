package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"

	"callbook/graph"
)

// checkArgumentNames refuses arguments that a field or a directive has not, and says which of ours is meant: Argument
// Names, GraphQL specification. It stands in for gqlparser's KnownArgumentNames, which knows names by their spelling
// alone, so that
//
//	{ calls(limit: 5) { totalCount } }
//
// gets no hint of first. Upstream, the rule would take a function that suggests.
func checkArgumentNames(observers *validator.Events, addError validator.AddErrFunc) {
	check := func(what string, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
		for _, argument := range given {
			if defined.ForName(argument.Name) == nil {
				names := make([]string, len(defined))
				for i, definition := range defined {
					names[i] = definition.Name
				}
				addError(
					core.Message("Unknown argument %q on %s.%s", argument.Name, what, didYouMean(argument.Name, names)),
					core.At(argument.Position), inputPath(argument.Name),
				)
			}
		}
	}
	observers.OnField(func(_ *validator.Walker, f *ast.Field) {
		if f.Definition != nil && f.ObjectDefinition != nil {
			check(`field "`+coordinateOf(f)+`"`, f.Definition.Arguments, f.Arguments)
		}
	})
	observers.OnDirective(func(_ *validator.Walker, d *ast.Directive) {
		if d.Definition != nil {
			check(`directive "@`+d.Name+`"`, d.Definition.Arguments, d.Arguments)
		}
	})
}

// checkRequiredArguments refuses fields and directives without an argument that they need: Required Arguments, GraphQL
// specification. It stands in for gqlparser's ProvidedRequiredArguments, which does not say where in the arguments.
func checkRequiredArguments(observers *validator.Events, addError validator.AddErrFunc) {
	check := func(at *ast.Position, defined ast.ArgumentDefinitionList, given ast.ArgumentList) {
		for _, definition := range defined {
			if isRequired(definition.Type, definition.DefaultValue) && given.ForName(definition.Name) == nil {
				addError(core.Message("%s: must be given", definition.Name), core.At(at), inputPath(definition.Name))
			}
		}
	}
	observers.OnField(func(_ *validator.Walker, f *ast.Field) {
		if f.Definition != nil {
			check(f.Position, f.Definition.Arguments, f.Arguments)
		}
	})
	observers.OnDirective(func(_ *validator.Walker, d *ast.Directive) {
		if d.Definition != nil {
			check(d.Position, d.Definition.Arguments, d.Arguments)
		}
	})
}

// inputPath writes into an error of validation which argument it is about.
func inputPath(argument string) core.ErrorOption {
	return func(err *gqlerror.Error) {
		err.Extensions = map[string]any{graph.InputPathExtension: ast.Path{ast.PathName(argument)}}
	}
}

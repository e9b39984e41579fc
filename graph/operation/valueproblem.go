package operation

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"

	"callbook/graph"
)

// valueProblem says why a value is not of its type. Its path is written while the check returns, so that values which
// are right cost nothing.
type valueProblem struct {
	path     ast.Path // in reverse
	message  string
	position *ast.Position // of the literal, or of the variable's definition
}

func problemOf(format string, args ...any) *valueProblem {
	return &valueProblem{message: fmt.Sprintf(format, args...)}
}

func problemAt(position *ast.Position, format string, args ...any) *valueProblem {
	return problemOf(format, args...).at(position)
}

func (p *valueProblem) at(position *ast.Position) *valueProblem {
	p.position = position
	return p
}

// under says that the value is within an element of a list, or a field of an input, or an argument.
func (p *valueProblem) under(outer ...ast.PathElement) *valueProblem {
	for _, element := range slices.Backward(outer) {
		p.path = append(p.path, element)
	}
	return p
}

// option writes the problem into an error of validation.
func (p *valueProblem) option() core.ErrorOption {
	return func(err *gqlerror.Error) {
		path := slices.Clone(p.path)
		slices.Reverse(path)
		err.Message += graph.InputField(path) + ": " + p.message
		err.Extensions = map[string]any{graph.InputPathExtension: path}
		core.At(beginning(p.position))(err)
	}
}

// err returns the problem as an error.
func (p *valueProblem) err() *gqlerror.Error {
	err := &gqlerror.Error{}
	p.option()(err)
	return err
}

func unknownField(definition *ast.Definition, name string) *valueProblem {
	names := make([]string, len(definition.Fields))
	for i, field := range definition.Fields {
		names[i] = field.Name
	}
	return problemOf("is not a field of %s.%s", definition.Name, didYouMean(name, names)).under(ast.PathName(name))
}

func isRequired(typ *ast.Type, defaultValue *ast.Value) bool {
	return typ.NonNull && defaultValue == nil
}

func isOneOf(definition *ast.Definition) bool { return definition.Directives.ForName("oneOf") != nil }

func wrongFieldCount(definition *ast.Definition, given int) *valueProblem {
	return problemOf("has %d of the fields of %s; it must have exactly one", given, definition.Name)
}

func nullInOneOf(definition *ast.Definition, field string) *valueProblem {
	return problemOf("must not be null: a %s is exactly one of its fields", definition.Name).under(ast.PathName(field))
}

// beginning returns the place where a value begins. gqlparser places a block string of several lines in the one where
// it ends, with a column before the first.
func beginning(at *ast.Position) *ast.Position {
	if at == nil || at.Column > 0 {
		return at
	}
	begin := *at
	begin.Line, begin.Column = placeBehind(string([]rune(at.Src.Input)[:at.Start]))
	return &begin
}

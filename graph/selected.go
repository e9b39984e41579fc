package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
)

// selected returns the columns that the selection of the current field needs of rows: the field returns the rows
// themselves, objects of the interface Node, or a connection of rows. It returns zero, for all that are listed, where
// there is no field.
func selected(ctx context.Context, rows *db.RowColumns) db.Columns {
	operation, field := currentField(ctx)
	if field == nil {
		return 0
	}
	return selectedIn(operation, rows, field.Definition.Type.Name(), field.Selections)
}

// selectedAnywhere returns the columns that an operation needs of the rows that the current field returns, wherever the
// operation has a field of that name and type: rows that were read together may be shown at several places, such as
// nodes and edges, and what hangs on them is loaded once for all. It returns zero, for all that are listed, where there
// is no field.
func selectedAnywhere(ctx context.Context, rows *db.RowColumns) db.Columns {
	operation, field := currentField(ctx)
	if field == nil {
		return 0
	}
	return selectedByField(operation, field.Definition, rows)
}

// selectedByField returns the columns that an operation needs of the rows that a field returns, wherever the operation
// has a field of its name and type.
func selectedByField(operation *graphql.OperationContext, field *ast.FieldDefinition, rows *db.RowColumns) db.Columns {
	columns, typeName := rows.Keys(), field.Type.Name()
	visit := func(other *ast.Field) {
		if other.Name == field.Name && other.Definition.Type.Name() == typeName {
			columns |= selectedIn(operation, rows, typeName, other.SelectionSet)
		}
	}
	visitFields(operation.Operation.SelectionSet, visit)
	for _, fragment := range operation.Doc.Fragments {
		visitFields(fragment.SelectionSet, visit)
	}
	return columns
}

// currentField returns the operation and the field that is being resolved, nil where there is none.
func currentField(ctx context.Context) (*graphql.OperationContext, *graphql.CollectedField) {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil || !graphql.HasOperationContext(ctx) {
		return nil, nil
	}
	return graphql.GetOperationContext(ctx), &field.Field
}

// visitFields calls visit for every field within selections, but not for those of fragments that are spread there.
func visitFields(selections ast.SelectionSet, visit func(*ast.Field)) {
	for _, selection := range selections {
		switch selection := selection.(type) {
		case *ast.Field:
			visit(selection)
			visitFields(selection.SelectionSet, visit)
		case *ast.InlineFragment:
			visitFields(selection.SelectionSet, visit)
		}
	}
}

// selectedIn returns the columns that selections on an object of a type need of rows.
func selectedIn(operation *graphql.OperationContext, rows *db.RowColumns, typeName string, selections ast.SelectionSet,
) db.Columns {
	columns := rows.Keys()
	eachSelected(operation, rows, typeName, selections, func(field *graphql.CollectedField) {
		columns |= rows.Of(field.Name)
	})
	return columns
}

// eachSelected calls visit for the fields of rows that selections on an object of a type have: the rows themselves,
// objects of the interface Node, or a connection of rows. gqlgen collects the fields of a selection once an operation.
func eachSelected(operation *graphql.OperationContext, rows *db.RowColumns, typeName string,
	selections ast.SelectionSet, visit func(*graphql.CollectedField),
) {
	if typeName == rows.Type || typeName == "Node" {
		fields := graphql.CollectFields(operation, selections, rows.Implements())
		for i := range fields {
			visit(&fields[i])
		}
		return
	}
	for _, field := range graphql.CollectFields(operation, selections, []string{typeName}) {
		if field.Name == "nodes" || field.Name == "edges" || field.Name == "node" {
			eachSelected(operation, rows, field.Definition.Type.Name(), field.Selections, visit)
		}
	}
}

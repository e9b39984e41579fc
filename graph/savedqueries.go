package graph

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/auth"
	"callbook/model"
)

func (r query) SavedQueries(ctx context.Context) ([]*model.SavedQuery, error) {
	return r.db.SavedQueries(ctx)
}

func (r query) SavedQuery(ctx context.Context, name string) (*model.SavedQuery, error) {
	return r.db.SavedQuery(ctx, name)
}

func (r mutation) SaveQuery(ctx context.Context, input model.SaveQueryInput) (*model.SaveQueryPayload, error) {
	if errs := model.CheckSavedQuery(input); len(errs) > 0 {
		return nil, reportAll(ctx, errs)
	}
	operation, err := r.checkQuery(ctx, input.Document)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	saved, isNew, err := r.db.SaveQuery(ctx, input, parametersOf(operation))
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	noteAct(ctx, auth.Act{Event: "changed", What: "saveQuery", Rows: 1})
	return &model.SaveQueryPayload{Query: saved, Created: isNew}, nil
}

func (r mutation) DeleteQuery(ctx context.Context, name string) (*model.DeleteQueryPayload, error) {
	if err := r.db.DeleteQuery(ctx, name); err != nil {
		return nil, reportAll(ctx, err)
	}
	noteAct(ctx, auth.Act{Event: "changed", What: "deleteQuery", Rows: 1})
	return &model.DeleteQueryPayload{Name: name}, nil
}

// parametersOf returns the variables of an operation.
func parametersOf(operation *ast.OperationDefinition) []*model.QueryParameter {
	parameters := []*model.QueryParameter{}
	for _, v := range operation.VariableDefinitions {
		parameter := &model.QueryParameter{Name: v.Variable, Type: v.Type.String(),
			Required: v.Type.NonNull && v.DefaultValue == nil}
		if v.DefaultValue != nil {
			parameter.Default = new(v.DefaultValue.String())
		}
		parameters = append(parameters, parameter)
	}
	return parameters
}

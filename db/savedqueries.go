package db

import (
	"context"

	"callbook/model"
)

// MaxSavedQueries is how many queries a tenant may have saved.
const MaxSavedQueries = 1000

// SavedQueries returns the tenant's saved queries, by name. It takes one statement.
func (d *DB) SavedQueries(ctx context.Context) ([]*model.SavedQuery, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	queries := []*model.SavedQuery{}
	err = s.selectFrom(&queries).OrderExpr("saved_query.name").Scan(ctx)
	return queries, err
}

// SavedQuery returns a saved query by its name; nil where there is none. It takes one statement, none for a text that
// is no name.
func (d *DB) SavedQuery(ctx context.Context, name string) (*model.SavedQuery, error) {
	if !model.IsQueryName(name) {
		return nil, nil
	}
	return namedQueries.find(ctx, d, name)
}

var namedQueries = namedRows[model.SavedQuery, *model.SavedQuery]{
	what: "saved query", most: MaxSavedQueries, byName: "name = ?",
	written: []string{"document", "parameters", "description"},
	key:     func(q *model.SavedQuery) []any { return []any{q.Name} },
}

// SaveQuery stores a query under its name, over the one that has it, and reports whether there was none. The document
// has been checked. It returns BAD_USER_INPUT for a name that is none, and LIMIT_EXCEEDED for texts that are too long
// or for more than MaxSavedQueries. It takes two statements, three for a new one.
func (d *DB) SaveQuery(ctx context.Context, in model.SaveQueryInput, parameters []*model.QueryParameter,
) (saved *model.SavedQuery, isNew bool, err error) {
	if errs := model.CheckSavedQuery(in); len(errs) > 0 {
		return nil, false, errs
	}
	return namedQueries.save(ctx, d, model.SavedQuery{Name: in.Name, Document: in.Document, Description: in.Description,
		ParameterList: model.JSONList[*model.QueryParameter]{V: parameters}})
}

// DeleteQuery deletes a saved query. It returns NOT_FOUND where there is none. It takes one statement.
func (d *DB) DeleteQuery(ctx context.Context, name string) error {
	return namedQueries.delete(ctx, d, name)
}

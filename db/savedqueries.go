package db

import (
	"context"

	"callbook/model"
	"callbook/text"
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
	s, err := d.read(ctx)
	if err != nil || !model.IsQueryName(name) {
		return nil, err
	}
	var queries []*model.SavedQuery
	err = s.selectFrom(&queries).Where("saved_query.name = ?", name).Scan(ctx)
	return firstRow(queries), err
}

// SaveQuery stores a query under its name, over the one that has it, and reports whether there was none. The document
// has been checked. It returns BAD_USER_INPUT for a name that is none, and LIMIT_EXCEEDED for texts that are too long
// or for more than MaxSavedQueries. It takes two statements, three for a new one.
func (d *DB) SaveQuery(ctx context.Context, in model.SaveQueryInput, parameters []*model.QueryParameter,
) (saved *model.SavedQuery, isNew bool, err error) {
	if errs := model.CheckSavedQuery(in); len(errs) > 0 {
		return nil, false, errs
	}
	saved, err = once(ctx, d, func(ctx context.Context) (q *model.SavedQuery, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			q, isNew, err = s.saveQuery(ctx, in, parameters)
			outcome := model.RowOutcomeUpdated
			if isNew {
				outcome = model.RowOutcomeCreated
			}
			s.keep(func() *keptResult { return keptOne(in.Name, outcome) })
			return err
		})
		return q, err
	}, func(ctx context.Context, kept *keptResult) (*model.SavedQuery, error) {
		isNew = kept.row().Outcome == model.RowOutcomeCreated
		q, err := d.SavedQuery(ctx, kept.row().Key)
		if err == nil && q == nil {
			err = noQuery(kept.row().Key)
		}
		return q, err
	})
	return saved, isNew, err
}

func (s scope) saveQuery(ctx context.Context, in model.SaveQueryInput, parameters []*model.QueryParameter,
) (*model.SavedQuery, bool, error) {
	q := &model.SavedQuery{Name: in.Name, Document: in.Document, Description: in.Description, CreatedBy: s.actor.Name,
		CreatedAt: s.now, UpdatedBy: s.actor.Name, UpdatedAt: s.now,
		ParameterList: model.JSONList[*model.QueryParameter]{V: parameters}}
	var known []*model.SavedQuery
	if err := s.lockForUpdate(&known).Where("saved_query.name = ?", in.Name).Scan(ctx); err != nil {
		return nil, false, err
	}
	if old := firstRow(known); old != nil {
		q.TenantID, q.CreatedBy, q.CreatedAt = old.TenantID, old.CreatedBy, old.CreatedAt
		_, err := s.update(q).Column("document", "parameters", "description", "updated_by", "updated_at").
			Where("name = ?", in.Name).Exec(ctx)
		return q, false, err
	}
	n, err := s.selectFrom((*model.SavedQuery)(nil)).Count(ctx)
	if err != nil {
		return nil, false, err
	}
	if n >= MaxSavedQueries {
		return nil, false, model.LimitExceeded("", "there are %d saved queries; at most %d", n, MaxSavedQueries)
	}
	result, err := insertInto(s, []*model.SavedQuery{q}).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return nil, false, err
	}
	if written, err := result.RowsAffected(); err != nil || written == 0 {
		return nil, false, errRace // somebody else has saved one under the name
	}
	return q, true, nil
}

// DeleteQuery deletes a saved query. It returns NOT_FOUND where there is none. It takes one statement.
func (d *DB) DeleteQuery(ctx context.Context, name string) error {
	_, err := once(ctx, d, func(ctx context.Context) (any, error) {
		return nil, d.writeShort(ctx, func(ctx context.Context, s scope) error {
			result, err := s.deleteFrom((*model.SavedQuery)(nil)).Where("name = ?", name).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err == nil && n == 0 {
				return noQuery(name)
			}
			s.keep(func() *keptResult { return keptOne(name, model.RowOutcomeDeleted) })
			return err
		})
	}, func(context.Context, *keptResult) (any, error) { return nil, nil })
	return err
}

func noQuery(name string) *model.Error {
	return model.NotFound("name", "there is no saved query %s", text.Quote(name))
}

package db

import (
	"context"
	"slices"

	"callbook/model"
	"callbook/text"
)

// namedRow is a row that a tenant keeps under a name.
type namedRow[T any] interface {
	*T
	tenanted
	SavedBy() *model.Saved
}

// namedRows is what the rows of a type have in common that a tenant keeps under names: mappings, sets of columns, saved
// queries. Who saves one overwrites the one that has the name.
type namedRows[T any, R namedRow[T]] struct {
	what    string         // what messages call one
	most    int            // how many a tenant keeps at the most
	byName  string         // the condition that finds one, by its key
	key     func(*T) []any // the last part is the name
	written []string       // the columns that are written over
}

// find returns the row of a key; nil where there is none. It takes one statement.
func (n *namedRows[T, R]) find(ctx context.Context, d *DB, key ...any) (*T, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var rows []*T
	err = s.selectFrom(&rows).Where(n.byName, key...).Scan(ctx)
	return firstRow(rows), err
}

// save writes a row under its name, and reports whether the name is new. It returns LIMIT_EXCEEDED where the tenant
// keeps too many, and for a repeat with the request's idempotency key NOT_FOUND where the row was deleted since. It
// takes two statements, three for a new name.
func (n *namedRows[T, R]) save(ctx context.Context, d *DB, row T) (saved *T, isNew bool, err error) {
	key := n.key(&row)
	saved, err = once(ctx, d, func(ctx context.Context) (stored *T, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) (err error) {
			own := row // the transaction may run again
			stored = &own
			isNew, err = n.store(ctx, s, stored, key)
			s.keep(func() *keptResult { return keptOne(key[len(key)-1], outcomeOfSave(isNew)) })
			return err
		})
		return stored, err
	}, func(ctx context.Context, kept *keptResult) (*T, error) {
		isNew = kept.row().Outcome == model.RowOutcomeCreated
		stored, err := n.find(ctx, d, key...)
		if stored == nil && err == nil {
			err = erased(n.what)
		}
		return stored, err
	})
	return saved, isNew, err
}

func outcomeOfSave(isNew bool) model.RowOutcome {
	if isNew {
		return model.RowOutcomeCreated
	}
	return model.RowOutcomeUpdated
}

func (n *namedRows[T, R]) store(ctx context.Context, s scope, row *T, key []any) (isNew bool, err error) {
	saved := R(row).SavedBy()
	*saved = model.Saved{CreatedBy: s.actor.Name, CreatedAt: s.now, UpdatedBy: s.actor.Name, UpdatedAt: s.now}
	var known []*T
	if err := s.lockForUpdate(&known).Where(n.byName, key...).Scan(ctx); err != nil {
		return false, err
	}
	if old := firstRow(known); old != nil {
		was := R(old).SavedBy()
		saved.CreatedBy, saved.CreatedAt = was.CreatedBy, was.CreatedAt
		R(row).InTenant(s.actor.TenantID)
		_, err := s.update(row).Column(slices.Concat(n.written, []string{"updated_by", "updated_at"})...).
			Where(n.byName, key...).Exec(ctx)
		return false, err
	}
	kept, err := s.selectFrom((*T)(nil)).Count(ctx)
	if err != nil {
		return false, err
	}
	if int(kept) >= n.most {
		return false, model.LimitExceeded("name", "would be a further %s; the tenant keeps %d, at most %d", n.what, kept,
			n.most)
	}
	result, err := insertInto(s, []R{row}).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	if written, err := result.RowsAffected(); err != nil || written == 0 {
		return false, orError(err, errRace) // somebody else has saved one under the name
	}
	return true, nil
}

// delete deletes the row of a key. It returns NOT_FOUND where there is none. It takes one statement.
func (n *namedRows[T, R]) delete(ctx context.Context, d *DB, key ...any) error {
	name := key[len(key)-1].(string)
	_, err := once(ctx, d, func(ctx context.Context) (string, error) {
		return name, d.writeShort(ctx, func(ctx context.Context, s scope) error {
			s.keep(func() *keptResult { return keptOne(name, model.RowOutcomeDeleted) })
			result, err := s.deleteFrom((*T)(nil)).Where(n.byName, key...).Exec(ctx)
			if err != nil {
				return err
			}
			if deleted, err := result.RowsAffected(); deleted == 0 || err != nil {
				return orError(err, model.NotFound("name", "there is no %s with the name %s", n.what, text.Quote(name)))
			}
			return nil
		})
	}, keptKey)
	return err
}

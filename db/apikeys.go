package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

// CreateAPIKey creates a key of the actor's tenant, and returns it with its text, which is not stored. It returns
// BAD_USER_INPUT, FORBIDDEN where the key would have a permission that the actor lacks, and CONFLICT where a key that
// is not revoked has the name. It takes two statements.
func (d *DB) CreateAPIKey(ctx context.Context, in model.CreateAPIKeyInput) (key *model.APIKey, text string, err error) {
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		var errs model.Errors
		if key, text, errs = model.NewAPIKey(s.actor.TenantID, in, s.now); len(errs) > 0 {
			return errs
		}
		for _, p := range key.Actor().Permissions {
			if !s.actor.May(p) {
				return model.Forbidden("permissions", "the key would have the permission %s, which you lack", p)
			}
		}
		key.CreatedBy = s.actor.Name
		if err := s.checkKeyName(ctx, key.Name); err != nil {
			return err
		}
		_, err := insertInto(s, []*model.APIKey{key}).Exec(ctx)
		return err
	})
	return key, text, err
}

// checkKeyName returns CONFLICT where a key that is not revoked has a name: rows say by whom they were created by it.
// It makes others wait that create a key in the tenant.
func (s scope) checkKeyName(ctx context.Context, name string) error {
	if s.dialect.forUpdate {
		if err := s.exec(uncounted(ctx), "SELECT pg_advisory_xact_lock(7163384, ?)", int32(s.actor.TenantID)); err != nil {
			return err
		}
	}
	isTaken, err := s.selectFrom((*model.APIKey)(nil)).Where("api_key.name = ?", name).
		Where("api_key.revoked_at IS NULL").Exists(ctx)
	if err == nil && isTaken {
		err = model.Conflict("name", "there is a key with the name %s; revoke it first, or choose another", text.Quote(name))
	}
	return err
}

// APIKeys returns the tenant's keys, the latest first, revoked ones too. It takes one statement.
func (d *DB) APIKeys(ctx context.Context) ([]*model.APIKey, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	keys := []*model.APIKey{}
	err = s.selectFrom(&keys).OrderExpr("api_key.id DESC").Scan(ctx)
	return keys, err
}

// APIKey returns a key by its id, also a revoked one; nil where there is none. It takes one statement, on a connection
// that no operation uses, so that callers can sign in while operations use all others.
func (d *DB) APIKey(ctx context.Context, id string) (*model.APIKey, error) {
	s, err := d.reserved.read(ctx)
	if err != nil {
		return nil, err
	}
	return readyRow[model.APIKey](ctx, s, "API key", func(q *bun.SelectQuery, param func(int) any) *bun.SelectQuery {
		return q.Where("api_key.id = ?", param(0))
	}, id)
}

// RevokeAPIKey revokes a key permanently; a revoked one stays as it is. It returns NOT_FOUND where there is none. It
// takes one statement, two where the key was not revoked yet.
func (d *DB) RevokeAPIKey(ctx context.Context, id string) (*model.APIKey, error) {
	return once(ctx, d, func(ctx context.Context) (key *model.APIKey, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			key, err = s.revokeKey(ctx, id)
			s.keep(func() *keptResult { return keptOne(id, model.RowOutcomeUpdated) })
			return err
		})
		return key, err
	}, func(ctx context.Context, kept *keptResult) (*model.APIKey, error) {
		return d.APIKey(ctx, kept.row().Key)
	})
}

func (s scope) revokeKey(ctx context.Context, id string) (*model.APIKey, error) {
	var keys []*model.APIKey
	if err := s.lockForUpdate(&keys).Where("api_key.id = ?", id).Scan(ctx); err != nil {
		return nil, err
	}
	key := firstRow(keys)
	if key == nil {
		return nil, model.NotFound("id", "there is no API key with the id %s", text.Quote(id))
	}
	if key.RevokedAt != nil {
		return key, nil
	}
	key.RevokedAt = &s.now
	_, err := s.update((*model.APIKey)(nil)).Set("revoked_at = ?", s.now).Where("id = ?", id).Exec(ctx)
	return key, err
}

// NoteKeyUse stores when a key was last used. A key that does not exist is no error. It takes one statement.
func (d *DB) NoteKeyUse(ctx context.Context, id string, at time.Time) error {
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		q := s.update((*model.APIKey)(nil)).Set("last_used_at = ?", model.Canonical(at)).Where("id = ?", id)
		_, err := q.Exec(ctx)
		return err
	})
}

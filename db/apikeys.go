package db

import (
	"context"
	"time"

	"callbook/model"
	"callbook/text"
)

// CreateAPIKey creates a key of the actor's tenant, and answers its text, which is not kept.
func (d *DB) CreateAPIKey(ctx context.Context, in model.CreateAPIKeyInput) (key *model.APIKey, text string, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
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
		_, err := insertInto(s, []*model.APIKey{key}).Exec(ctx)
		return err
	})
	return key, text, err
}

// APIKeys are the tenant's keys, the latest first, revoked ones too: one statement.
func (d *DB) APIKeys(ctx context.Context) ([]*model.APIKey, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	keys := []*model.APIKey{}
	err = s.selectFrom(&keys).OrderExpr("api_key.id DESC").Scan(ctx)
	return keys, err
}

// APIKey is a key by its id; nil where there is none.
func (d *DB) APIKey(ctx context.Context, id string) (*model.APIKey, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	var keys []*model.APIKey
	err = s.selectFrom(&keys).Where("api_key.id = ?", id).Scan(ctx)
	return first(keys), err
}

// RevokeAPIKey revokes a key for good; a revoked one stays as it is.
func (d *DB) RevokeAPIKey(ctx context.Context, id string) (key *model.APIKey, err error) {
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		var keys []*model.APIKey
		if err := s.lockForUpdate(&keys).Where("api_key.id = ?", id).Scan(ctx); err != nil {
			return err
		}
		if key = first(keys); key == nil {
			return model.NotFound("id", "there is no API key with the id %s", text.Quote(id))
		}
		if key.RevokedAt != nil {
			return nil
		}
		key.RevokedAt = &s.now
		_, err := s.update((*model.APIKey)(nil)).Set("revoked_at = ?", s.now).Where("id = ?", id).Exec(ctx)
		return err
	})
	return key, err
}

// NoteKeyUse keeps when a key was last used.
func (d *DB) NoteKeyUse(ctx context.Context, id string, at time.Time) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		_, err := s.update((*model.APIKey)(nil)).Set("last_used_at = ?", model.Canonical(at)).Where("id = ?", id).Exec(ctx)
		return err
	})
}

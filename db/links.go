package db

import (
	"context"
	"crypto/rand"
	"strings"

	"callbook/model"
)

// LinkSecret returns what the signed links of the actor's tenant are signed with: a row, which is made at its first
// use. It takes one statement, two where the row is made, and none where this process knows it.
func (d *DB) LinkSecret(ctx context.Context) (string, error) {
	secret, err := d.KnownLinkSecret(ctx)
	if err != nil || secret != "" {
		return secret, err
	}
	if err := d.makeLinkSecret(ctx); err != nil {
		return "", err
	}
	return d.KnownLinkSecret(ctx)
}

// KnownLinkSecret is LinkSecret where none is made: then it returns an empty text.
func (d *DB) KnownLinkSecret(ctx context.Context) (string, error) {
	s, err := d.read(ctx)
	if err != nil {
		return "", err
	}
	if known, ok := d.secrets.Load(s.actor.TenantID); ok {
		return known.(string), nil
	}
	secret, err := s.linkSecret(ctx)
	if err == nil && secret != "" {
		d.secrets.Store(s.actor.TenantID, secret)
	}
	return secret, err
}

func (s scope) linkSecret(ctx context.Context) (string, error) {
	var rows []*model.LinkSecret
	err := s.selectAny(&rows).Where("purpose = 'links'").Scan(ctx)
	if row := firstRow(rows); row != nil {
		return row.Secret, err
	}
	return "", err
}

// makeLinkSecret makes the row, unless somebody else has made it meanwhile.
func (d *DB) makeLinkSecret(ctx context.Context) error {
	return d.writeShort(WithClaim(ctx, nil), func(ctx context.Context, s scope) error {
		_, err := s.execReady(ctx, writeShape{name: "makeLinkSecret"}, func() string {
			return "INSERT INTO link_secrets (tenant_id, purpose, secret) VALUES ($1, 'links', $2)" +
				" ON CONFLICT (tenant_id, purpose) DO NOTHING"
		}, rand.Text()+rand.Text())
		return err
	})
}

// PresentActor returns the actor of a tenant that has rights which were given to a job or a link, as they are now:
// those of a key are read again, others last until their credential ends. It returns UNAUTHENTICATED where the key is
// revoked or the credential has ended. It takes one statement for a key.
func (d *DB) PresentActor(ctx context.Context, tenantID int64, r model.CredentialRights) (model.Actor, error) {
	now := model.Canonical(d.now())
	if r.Kind != model.CredentialKindAPIKey {
		if r.ExpiresAt != nil && !now.Before(*r.ExpiresAt) {
			return model.Actor{}, model.Unauthenticated("the credential has ended")
		}
		return r.Actor(tenantID), nil
	}
	id := strings.TrimPrefix(r.Credential, "key ")
	key, err := d.APIKey(model.WithActor(ctx, model.Actor{TenantID: tenantID, Credential: "sign-in"}), id)
	if err != nil {
		return model.Actor{}, err
	}
	if key == nil || !key.IsValid(now) {
		return model.Actor{}, model.Unauthenticated("the API key is revoked or has ended")
	}
	return key.Actor(), nil
}

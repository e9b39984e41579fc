package graph

import (
	"context"

	"callbook/auth"
	"callbook/model"
)

func (r query) APIKeys(ctx context.Context) ([]*model.APIKey, error) { return r.db.APIKeys(ctx) }

func (r mutation) CreateAPIKey(ctx context.Context, input model.CreateAPIKeyInput) (*model.CreateAPIKeyPayload, error) {
	key, text, err := r.db.CreateAPIKey(ctx, input)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	auth.AuditKey(ctx, "key created", key, "requestId", RequestID(ctx))
	return &model.CreateAPIKeyPayload{APIKey: key, Key: text}, nil
}

func (r mutation) RevokeAPIKey(ctx context.Context, id string) (*model.RevokeAPIKeyPayload, error) {
	key, err := r.db.RevokeAPIKey(ctx, id)
	if err != nil {
		return nil, err
	}
	auth.AuditKey(ctx, "key revoked", key, "requestId", RequestID(ctx))
	return &model.RevokeAPIKeyPayload{APIKey: key}, nil
}

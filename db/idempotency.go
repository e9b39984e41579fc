package db

import (
	"context"
	"time"

	"callbook/model"
)

const (
	idempotencyAge = 24 * time.Hour
	// idempotencyLease is how long a request may be under way; after that its process is taken to be gone.
	idempotencyLease = 2 * time.Minute
)

// ClaimKey claims an idempotency key for a request. It answers the stored response where the request was done before, and
// claimed where the caller is to do it; neither where another is doing it now. The same key with another request is CONFLICT.
func (d *DB) ClaimKey(ctx context.Context, key, requestHash string) (response *string, claimed bool, err error) {
	if underWay, err := d.isUnderWay(ctx, key, requestHash); underWay || err != nil {
		return nil, false, err
	}
	err = d.write(ctx, func(ctx context.Context, s scope) error {
		response, claimed = nil, false
		if _, err := s.deleteFrom((*model.IdempotencyKey)(nil)).Where("created_at < ?", s.now.Add(-idempotencyAge)).Exec(ctx); err != nil {
			return err
		}
		var rows []*model.IdempotencyKey
		err := s.lockForUpdate(&rows).Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).Scan(ctx)
		if err != nil {
			return err
		}
		mine := &model.IdempotencyKey{Actor: s.actor.Name, Key: key, RequestHash: requestHash, CreatedAt: s.now}
		row := first(rows)
		switch {
		case row == nil:
			claimed = true
			return s.insertNew(ctx, insertInto(s, []*model.IdempotencyKey{mine}))
		case row.RequestHash != requestHash:
			return model.Conflict("Idempotency-Key", "this key came with another request before; take a new one for each request")
		case row.Response == nil && row.IsDone && row.CreatedAt.Before(s.now.Add(-idempotencyLease)):
			return model.Conflict("Idempotency-Key", "the request with this key was done, at least in part, but what it was answered is lost; read what is there")
		case row.Response == nil && row.CreatedAt.Before(s.now.Add(-idempotencyLease)):
			claimed = true
			_, err := upsert(s, []*model.IdempotencyKey{mine}, "actor", "idempotency_key").Exec(ctx)
			return err
		}
		response = row.Response
		return nil
	})
	return response, claimed, err
}

type idempotencyKeyKey struct{}

// WithIdempotencyKey returns a context under which every transaction notes, in itself, that the request with the key is done.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKeyKey{}, key)
}

// noteKey notes in a transaction that the request with the context's key, if any, is done: when the process dies before the
// answer is kept, a repeat must not do it again.
func (s scope) noteKey(ctx context.Context) error {
	key, ok := ctx.Value(idempotencyKeyKey{}).(string)
	if !ok {
		return nil
	}
	_, err := s.update((*model.IdempotencyKey)(nil)).Set("is_done = TRUE").Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).Exec(ctx)
	return err
}

// isUnderWay tells, without a lock, whether another does the same request now: those who wait ask often.
func (d *DB) isUnderWay(ctx context.Context, key, requestHash string) (bool, error) {
	s, err := d.read(ctx)
	if err != nil {
		return false, err
	}
	var rows []*model.IdempotencyKey
	err = s.selectFrom(&rows).Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).Scan(ctx)
	row := first(rows)
	return row != nil && row.RequestHash == requestHash && row.Response == nil && row.CreatedAt.After(s.now.Add(-idempotencyLease)), err
}

// KeepResponse stores what a claimed request was answered.
func (d *DB) KeepResponse(ctx context.Context, key, response string) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		_, err := s.update((*model.IdempotencyKey)(nil)).Set("response = ?", response).
			Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).Exec(ctx)
		return err
	})
}

// ReleaseKey gives up a claim, so that a repeat does the request again.
func (d *DB) ReleaseKey(ctx context.Context, key string) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		_, err := s.deleteFrom((*model.IdempotencyKey)(nil)).Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).
			Where("response IS NULL").Exec(ctx)
		return err
	})
}

package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"callbook/model"
)

// idempotencyAge is how long a key is remembered.
const idempotencyAge = 24 * time.Hour

// ClaimKey claims an idempotency key of the actor for a request. It returns the stored response where the request was
// done before, and claimed where the caller is to do it; neither where another caller is doing it now. It returns
// CONFLICT where the key came with another request before, or where the request was done but its response is lost. The
// claim holds for the lease; after that the caller's process counts as gone. It takes one statement where another
// caller is doing the request, otherwise three or four.
func (d *DB) ClaimKey(
	ctx context.Context, key, requestHash string, lease time.Duration,
) (response *string, claimed bool, err error) {
	if underWay, err := d.isUnderWay(ctx, key, requestHash, lease); underWay || err != nil {
		return nil, false, err
	}
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		response, claimed, err = s.claimKey(ctx, key, requestHash, lease)
		return err
	})
	return response, claimed, err
}

func (s scope) claimKey(
	ctx context.Context, key, requestHash string, lease time.Duration,
) (response *string, claimed bool, err error) {
	expired := s.deleteFrom((*model.IdempotencyKey)(nil)).Where("created_at < ?", s.now.Add(-idempotencyAge))
	if _, err := expired.Exec(ctx); err != nil {
		return nil, false, err
	}
	var rows []*model.IdempotencyKey
	q := s.lockForUpdate(&rows).Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key)
	if err := q.Scan(ctx); err != nil {
		return nil, false, err
	}
	claim := []*model.IdempotencyKey{{Actor: s.actor.Name, Key: key, RequestHash: requestHash, CreatedAt: s.now}}
	if len(rows) == 0 {
		err := insertRows(ctx, s, claim)
		return nil, true, err
	}
	row := rows[0]
	if row.RequestHash != requestHash {
		return nil, false, model.Conflict("Idempotency-Key",
			"this key came with another request before; take a new one for each request")
	}
	if row.Response != nil || !row.CreatedAt.Before(s.now.Add(-lease)) {
		return row.Response, false, nil
	}
	if row.IsDone {
		return nil, false, model.Conflict("Idempotency-Key",
			"the request with this key was done, at least in part, but what it was answered is lost; read what is there")
	}
	return nil, true, upsertRows(ctx, s, claim)
}

type idempotencyContextKey struct{}

// WithIdempotencyKey returns a context under which every transaction marks the request with the key as done, in one
// statement more.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyContextKey{}, key)
}

// hasIdempotencyKey reports whether a context has a key.
func hasIdempotencyKey(ctx context.Context) bool { return ctx.Value(idempotencyContextKey{}) != nil }

// markIdempotencyKeyDone marks in a transaction the request with the context's key, if any, as done: when the process
// dies before the response is stored, a repeat must not do the request again.
func (s scope) markIdempotencyKeyDone(ctx context.Context) error {
	key, ok := ctx.Value(idempotencyContextKey{}).(string)
	if !ok {
		return nil
	}
	sh := writeShape{name: "markIdempotencyKeyDone"}
	_, err := s.execReady(ctx, sh, func() string {
		return "UPDATE idempotency_keys SET is_done = TRUE WHERE tenant_id = $1 AND actor = $2 AND idempotency_key = $3"
	}, s.actor.Name, key)
	return err
}

// isUnderWay reports, without a lock, whether another caller does the same request now: callers that wait ask often.
func (d *DB) isUnderWay(ctx context.Context, key, requestHash string, lease time.Duration) (bool, error) {
	s, err := d.read(ctx)
	if err != nil {
		return false, err
	}
	row, err := readyRow[model.IdempotencyKey](ctx, s, "idempotency key under way",
		func(q *bun.SelectQuery, param func(int) any) *bun.SelectQuery {
			return q.Where("actor = ?", param(0)).Where("idempotency_key = ?", param(1))
		}, s.actor.Name, key)
	return row != nil && row.RequestHash == requestHash && row.Response == nil &&
		row.CreatedAt.After(s.now.Add(-lease)), err
}

// KeepResponse stores the response to a claimed request. It takes one statement.
func (d *DB) KeepResponse(ctx context.Context, key, response string) error {
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		_, err := s.update((*model.IdempotencyKey)(nil)).Set("response = ?", response).
			Where("actor = ?", s.actor.Name).Where("idempotency_key = ?", key).Exec(ctx)
		return err
	})
}

// ReleaseKey gives up a claim, so that a repeat does the request again. A key with a response stays. It takes one
// statement.
func (d *DB) ReleaseKey(ctx context.Context, key string) error {
	return d.writeShort(ctx, func(ctx context.Context, s scope) error {
		_, err := s.deleteFrom((*model.IdempotencyKey)(nil)).Where("actor = ?", s.actor.Name).
			Where("idempotency_key = ?", key).Where("response IS NULL").Exec(ctx)
		return err
	})
}

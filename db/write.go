package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"callbook/model"

	"github.com/uptrace/bun"
)

// maxAttempts is how often a transaction is run at the most.
const maxAttempts = 12

// errRace says that another transaction wrote the same key first; the next attempt finds its row.
var errRace = errors.New("db: lost a race for a key")

// write runs fn in a transaction of the actor's tenant, and again where it fails for reasons that are gone when it
// runs again: fn may run several times. After the commit the recorded changes are published.
func (d *DB) write(ctx context.Context, fn func(context.Context, scope) error) error {
	actor, ok := model.ActorFrom(ctx)
	if !ok {
		return errNoActor
	}
	for attempt := 1; ; attempt++ {
		var changes []*model.CallChange
		summary := newSummaryDelta()
		err := d.bun.RunInTx(withTransaction(ctx), nil, func(ctx context.Context, tx bun.Tx) error {
			s := scope{idb: tx, dialect: d.dialect, actor: actor, now: model.Canonical(d.now()), changes: &changes,
				summary: summary}
			if err := fn(ctx, s); err != nil {
				return err
			}
			if err := s.storeSummaryDelta(ctx); err != nil {
				return err
			}
			return s.markIdempotencyKeyDone(ctx)
		})
		if err == nil {
			d.watchers.publish(changes)
			d.foldLater(actor.TenantID, summary)
		}
		if err == nil || attempt == maxAttempts || !(errors.Is(err, errRace) || d.dialect.retryable(err)) {
			return err
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(attempt) * int64(5*time.Millisecond))))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%w, after %w", ctx.Err(), err)
		}
	}
}

// insertNew inserts rows that did not exist when the transaction looked. It returns errRace for a duplicate key, so
// that the transaction runs again.
func (s scope) insertNew(ctx context.Context, q *bun.InsertQuery) error {
	_, err := q.Exec(ctx)
	if s.dialect.isDuplicate(err) {
		return errRace
	}
	return err
}

// upsert returns the INSERT that writes whole rows over those with their keys: one statement for rows with different
// values.
func upsert[T tenanted](s scope, rows []T, key ...string) *bun.InsertQuery {
	q := insertInto(s, rows).On("CONFLICT (tenant_id, ?) DO UPDATE", bun.Safe(strings.Join(key, ", ")))
	for _, field := range q.DB().Table(reflect.TypeFor[T]().Elem()).DataFields {
		q = q.Set("? = EXCLUDED.?", bun.Ident(field.Name), bun.Ident(field.Name))
	}
	return q
}

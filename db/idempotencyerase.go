package db

import (
	"context"
	"errors"
)

// maxErasedAnswers is how many answers a transaction erases at the most, so that its locks are not held for long.
var maxErasedAnswers int64 = 1000

// errManyAnswers ends a transaction that erases rows while more than maxErasedAnswers answers are kept: they are erased
// before it runs again, see runTransaction.
var errManyAnswers = errors.New("db: more answers are kept than are erased at once")

// eraseAnswers erases the answers that are kept for the tenant, and has those not kept that are on their way: they
// may show rows that the transaction erases. A repeat is answered from what the request did. So are files: see
// eraseFiles. It returns errManyAnswers where there are too many answers. It takes two statements.
func (s scope) eraseAnswers(ctx context.Context) error {
	if s.isDryRun {
		return nil
	}
	n, err := s.eraseSomeAnswers(ctx, maxErasedAnswers+1)
	if err != nil {
		return err
	}
	if n > maxErasedAnswers {
		return errManyAnswers
	}
	return s.eraseFiles(ctx)
}

func (s scope) eraseSomeAnswers(ctx context.Context, most int64) (int64, error) {
	return s.execReady(ctx, writeShape{name: "eraseAnswers"}, func() string {
		return "UPDATE idempotency_requests SET is_erased = TRUE, answer = NULL WHERE tenant_id = $1 AND (credential," +
			" idempotency_key) IN (SELECT credential, idempotency_key FROM idempotency_requests WHERE tenant_id = $1" +
			" AND NOT is_erased LIMIT $2)"
	}, most)
}

// eraseBefore erases all answers that are kept for the tenant, maxErasedAnswers in a transaction, in a statement for
// each: before a transaction that there were too many for runs again.
func (d *DB) eraseBefore(ctx context.Context) error {
	unclaimed := context.WithValue(ctx, claimContextKey{}, (*Claim)(nil)) // a repeat does it again
	unclaimed = context.WithValue(unclaimed, stepContextKey{}, (*step)(nil))
	for n := maxErasedAnswers; n == maxErasedAnswers; {
		err := d.writeGuarded(unclaimed, func(ctx context.Context, s scope) (err error) {
			n, err = s.eraseSomeAnswers(ctx, maxErasedAnswers)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

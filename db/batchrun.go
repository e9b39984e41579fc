package db

import (
	"context"
	"errors"
	"time"

	"callbook/model"
)

var (
	// errRollback ends a transaction that is to leave nothing.
	errRollback = errors.New("db: rolled back on purpose")
	// errRedo says that a batch must be done again without the rows that turned out to be at fault.
	errRedo = errors.New("db: some rows turned out to be at fault")
)

// batchWork changes the rows of a batch at some places, all of them where places is nil, and returns what became of
// them. It may run several times, as write says; after errRedo it runs again.
type batchWork[K string | int64, T any] func(ctx context.Context, s scope, places []int) (*outcomes[K, T], error)

// batchPlan is the rows of a batch, by key, and what changes them. unwritten is how many rows more the caller's
// selection has.
type batchPlan[K string | int64, T any] struct {
	keys      []K
	work      batchWork[K, T]
	unwritten int
}

// runBatch runs work on the rows with keys and returns what became of them. Under ALL_OR_NOTHING, and where the batch
// is whole, that is one transaction, which ALL_OR_NOTHING rolls back where a row failed: then the other rows are
// SKIPPED. It is LIMIT_EXCEEDED, and nothing is written, where it holds locks for more than maxLockTime. Otherwise it
// goes in steps, each a transaction of its own, so that others write in between: see runSteps. A dry run goes in the
// same steps and takes no transaction, so that what ends it would end the batch, too. Under a key whose request has
// done it, or a step of it, that does not run again: see once.
func runBatch[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T], keys []K,
	work batchWork[K, T],
) (*outcomes[K, T], error) {
	return runPlanned[K, T, R](ctx, d, b, e, func(context.Context) (batchPlan[K, T], error) {
		return batchPlan[K, T]{keys: keys, work: work}, nil
	})
}

// runPlanned is runBatch for rows that plan finds; it is not called for a batch that is done.
func runPlanned[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T],
	plan func(context.Context) (batchPlan[K, T], error),
) (out *outcomes[K, T], err error) {
	mayGoInSteps := b.Policy == model.BatchPolicyValidRows && !b.isWhole
	if claim := claimOf(ctx); mayGoInSteps && claim != nil && !b.DryRun {
		out, err = runKept[K, T, R](ctx, d, b, e, claim, plan)
	} else {
		out, err = once(ctx, d, func(ctx context.Context) (*outcomes[K, T], error) {
			p, err := plan(ctx)
			if err != nil {
				return nil, err
			}
			b.unwritten = p.unwritten
			if mayGoInSteps && b.endOfStep(allPlaces(len(p.keys)), 0, firstStep) < len(p.keys) {
				return runSteps(ctx, d, b, e, p, firstStep)
			}
			out, err := runAtOnce(ctx, d, b, p)
			if mayGoInSteps && errors.Is(err, errLockTime) {
				return runSteps(ctx, d, b, e, p, firstStep/4)
			}
			return out, err
		}, func(ctx context.Context, kept *keptResult) (*outcomes[K, T], error) {
			return outcomesAgain[K, T, R](ctx, d, e, b, kept)
		})
	}
	if err != nil {
		return nil, err
	}
	out.finish(b)
	out.tellErased(e.name)
	return out, nil
}

// runAtOnce runs a batch in one transaction, or dry.
func runAtOnce[K string | int64, T any](ctx context.Context, d *DB, b Batch, p batchPlan[K, T],
) (*outcomes[K, T], error) {
	if b.DryRun {
		return dryRun(ctx, d, b, nil, p.work)
	}
	out, _, err := runTransaction(ctx, d, b, nil, len(p.keys), p.work)
	return out, err
}

// dryRun runs work on a reader, outside a transaction, on the rows at some places, a step, or on all: its statements
// that write do nothing.
func dryRun[K string | int64, T any](ctx context.Context, d *DB, b Batch, places []int, work batchWork[K, T],
) (*outcomes[K, T], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	for {
		s.isDryRun, s.events, s.summary = true, &eventLog{}, &summaryDelta{}
		out, err := work(ctx, s, places)
		if err == nil && places == nil {
			out.matched += b.unwritten
		}
		if !errors.Is(err, errRedo) {
			return out, err
		}
	}
}

// runTransaction runs work in one transaction: on the rows at some places, a step, or on all, of which there are count.
// It returns for how long that has held locks; a short one is not measured. Where more answers are kept than it may
// erase they are erased before it runs again.
func runTransaction[K string | int64, T any](ctx context.Context, d *DB, b Batch, places []int, count int,
	work batchWork[K, T],
) (out *outcomes[K, T], held time.Duration, err error) {
	write := d.writeLimited
	if b.isShort {
		write = d.writeShortBatch
	}
	for {
		err = write(ctx, b, count, func(ctx context.Context, s scope) (err error) {
			if out, err = work(ctx, s, places); err != nil {
				return err
			}
			held = s.locks.held()
			if places == nil {
				out.matched += b.unwritten
			}
			if b.rejects(out.anyFailed()) {
				return errRollback
			}
			s.keep(func() *keptResult { return b.more.of(out.kept()) })
			return nil
		})
		switch {
		case err == nil:
			return out, held, nil
		case errors.Is(err, errRollback):
			keepRejected(ctx, out.kept)
			return out, held, nil
		case errors.Is(err, errManyAnswers):
			err = d.eraseBefore(ctx)
		case errors.Is(err, errRedo):
			err = nil
		}
		if err != nil {
			return nil, held, err
		}
	}
}

// writeShortBatch is writeShort for a batch that is soon written.
func (d *DB) writeShortBatch(ctx context.Context, _ Batch, _ int, fn transaction) error {
	return d.writeShort(ctx, fn)
}

// writeLimited is write for a batch of count rows, whose locks are limited: see lockTime.
func (d *DB) writeLimited(ctx context.Context, b Batch, count int, fn transaction) error {
	return d.write(ctx, func(ctx context.Context, s scope) error {
		ctx, s.locks = d.limitLocks(ctx, count)
		defer s.locks.stop()
		if !s.dialect.forUpdate {
			s.locks.begin()
		}
		return s.locks.explain(ctx, fn(ctx, s), b.Policy)
	})
}

// endOfStep returns the end of the step that begins at places[from] and weighs at most size: it has one row at least.
func (b Batch) endOfStep(places []int, from, size int) (end int) {
	weight := 0
	for end = from; end < len(places); end++ {
		if b.weight == nil {
			weight++
		} else {
			weight += b.weight(places[end])
		}
		if weight > size && end > from {
			break
		}
	}
	return end
}

// allPlaces returns the numbers from 0 to n-1.
func allPlaces(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}

package db

import (
	"context"
	"errors"
	"time"

	"callbook/model"
)

const (
	// firstStep is how many rows the first step of a batch has, and maxStep how many a later one has at the most.
	firstStep = 1000
	maxStep   = 4000
	// stepTime is how long a step should hold the write lock.
	stepTime = 300 * time.Millisecond
)

// maxLockTime is how long a batch may hold SQLite's write lock. The limits on rows, tags and text keep a batch well
// under a second on a quiet machine; this one is for rows on which very much hangs.
var maxLockTime = 20 * time.Second

var (
	// errRollback ends a transaction that is to leave nothing.
	errRollback = errors.New("db: rolled back on purpose")
	// errRedo says that a batch must be done again without the rows that turned out to be at fault.
	errRedo = errors.New("db: some rows turned out to be at fault")
	// errLockTime ends a batch that has held the write lock for maxLockTime.
	errLockTime = errors.New("db: a batch held the write lock for too long")
)

// batchWork changes the rows of a batch at some places, all of them where places is nil, and returns what became of
// them. It may run several times, as write says; after errRedo it runs again.
type batchWork[K string | int64, T any] func(ctx context.Context, s scope, places []int) (*outcomes[K, T], error)

// runBatch runs work on the rows with keys and returns what became of them. Under ALL_OR_NOTHING, where the batch is
// whole, and under an idempotency key, which keeps what one transaction did, that is one transaction, which
// ALL_OR_NOTHING rolls back where a row failed: then the other rows are SKIPPED. Otherwise it goes in steps, each a
// transaction of its own, so that others write in between. A dry run goes in the same steps, and takes no transaction,
// so that what ends it would end the batch, too. It returns LIMIT_EXCEEDED where SQLite's write lock was held for
// maxLockTime. Under a key whose request has done it, work does not run: see once.
func runBatch[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T], keys []K,
	work batchWork[K, T],
) (*outcomes[K, T], error) {
	return runOnce[K, T, R](ctx, d, b, e, func(ctx context.Context) (*outcomes[K, T], error) {
		return runKeys(ctx, d, b, e, keys, work)
	})
}

// runOnce returns the outcomes of a batch that run writes, unless it is done.
func runOnce[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T],
	run func(context.Context) (*outcomes[K, T], error),
) (*outcomes[K, T], error) {
	out, err := once(ctx, d, run, func(ctx context.Context, kept *keptResult) (*outcomes[K, T], error) {
		return outcomesAgain[K, T, R](ctx, d, e, b, kept)
	})
	if err != nil {
		return nil, err
	}
	out.finish(b)
	out.tellErased(e.name)
	return out, nil
}

// runKeys is runBatch before the outcomes are finished.
func runKeys[K string | int64, T any](ctx context.Context, d *DB, b Batch, e *entity[K, T], keys []K,
	work batchWork[K, T],
) (*outcomes[K, T], error) {
	inSteps := b.Policy == model.BatchPolicyValidRows && !b.isWhole && !isKept(ctx) &&
		b.endOfStep(allPlaces(len(keys)), 0, firstStep) < len(keys)
	if inSteps {
		return runSteps(ctx, d, b, e, keys, work)
	}
	return runPart(ctx, d, b, nil, work)
}

// runPart runs work on the rows at some places, a step, or on all: in one transaction, or dry.
func runPart[K string | int64, T any](ctx context.Context, d *DB, b Batch, places []int, work batchWork[K, T],
) (*outcomes[K, T], error) {
	if b.DryRun {
		return dryRun(ctx, d, b, places, work)
	}
	return runTransaction(ctx, d, b, places, work)
}

// dryRun runs work on a reader, outside a transaction: its statements that write do nothing.
func dryRun[K string | int64, T any](ctx context.Context, d *DB, b Batch, places []int, work batchWork[K, T],
) (*outcomes[K, T], error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	for {
		s.isDryRun, s.changes, s.summary = true, &[]*model.CallChange{}, &summaryDelta{}
		out, err := work(ctx, s, places)
		if err == nil && places == nil {
			out.matched += b.unwritten
		}
		if !errors.Is(err, errRedo) {
			return out, err
		}
	}
}

// runTransaction runs work in one transaction: on the rows at some places, a step, or on all.
func runTransaction[K string | int64, T any](ctx context.Context, d *DB, b Batch, places []int, work batchWork[K, T],
) (out *outcomes[K, T], err error) {
	write := d.write
	if b.isShort {
		write = d.writeShort
	}
	for {
		err = write(ctx, func(ctx context.Context, s scope) (err error) {
			if !b.isShort && !s.dialect.forUpdate {
				s.lockedUntil = time.Now().Add(maxLockTime)
			}
			if out, err = work(ctx, s, places); err != nil {
				return explainLockTime(err, b.Policy == model.BatchPolicyAllOrNothing)
			}
			if places == nil {
				out.matched += b.unwritten
			}
			if b.rejects(out.anyFailed()) {
				return errRollback
			}
			s.keep(out.kept)
			return nil
		})
		switch {
		case err == nil:
			return out, nil
		case errors.Is(err, errRollback):
			keepRejected(ctx, out.kept)
			return out, nil
		case !errors.Is(err, errRedo):
			return nil, err
		}
	}
}

// checkLockTime returns errLockTime where the transaction has held SQLite's write lock for too long.
func (s scope) checkLockTime() error {
	if !s.lockedUntil.IsZero() && time.Now().After(s.lockedUntil) {
		return errLockTime
	}
	return nil
}

// explainLockTime returns an error that is LIMIT_EXCEEDED, too, where it is errLockTime.
func explainLockTime(err error, isAllOrNothing bool) error {
	if !errors.Is(err, errLockTime) {
		return err
	}
	advice := "choose fewer rows"
	if isAllOrNothing {
		advice += ", or the policy VALID_ROWS, which writes in steps"
	}
	return errors.Join(errLockTime, model.LimitPassed(
		"the batch takes more than %v in one transaction, for which all others wait; %s", maxLockTime, advice))
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

// runSteps runs work on some rows after the other, each in a transaction unless it is a dry run. Where a step fails
// with LIMIT_EXCEEDED it is tried again with half as many rows; a row that is too much by itself has that error. Where
// it fails otherwise after others were committed, its error is one of something that may have been done: see
// DoneInPart.
func runSteps[K string | int64, T any](ctx context.Context, d *DB, b Batch, e *entity[K, T], keys []K,
	work batchWork[K, T],
) (*outcomes[K, T], error) {
	all := newOutcomes[K, T](keys)
	places := all.good()
	byKey := make(map[K]Outcome[K, T], len(places))
	var last scope
	size := firstStep
	for from := 0; from < len(places); {
		step := places[from:b.endOfStep(places, from, size)]
		var began time.Time
		out, err := runPart(ctx, d, b, step, func(ctx context.Context, s scope, step []int) (*outcomes[K, T], error) {
			began, last = time.Now(), s
			return work(ctx, s, step)
		})
		isFirst := from == 0 && !errors.Is(err, errLockTime)
		switch errs := model.AsErrors(err); {
		case err != nil && (errs == nil || isFirst || ctx.Err() != nil):
			if len(byKey) > 0 && !b.DryRun {
				err = DoneInPart(err)
			}
			return nil, err
		case err != nil && len(step) > 1:
			size = max(1, len(step)/2)
			continue
		case err != nil:
			byKey[keys[step[0]]] = Outcome[K, T]{Key: keys[step[0]], Outcome: model.RowOutcomeFailed, Errors: errs}
		default:
			for _, o := range out.list {
				if b.DryRun && len(byKey) >= shownInDryRun {
					o.Row = nil // it is not shown, and takes memory
				}
				byKey[o.Key] = o
			}
			size = sizeAfter(size, time.Since(began))
		}
		from += len(step)
	}
	all.merge(byKey)
	all.matched += b.unwritten
	e.prepare(last, all.rows())
	return all, nil
}

// sizeAfter returns the size of the step after one that took some time.
func sizeAfter(size int, took time.Duration) int {
	return min(maxStep, size*4, max(size/4, 1, int(int64(size)*int64(stepTime)/int64(took+1))))
}

// good returns the places of the rows that have not failed.
func (o *outcomes[K, T]) good() (places []int) {
	for i := range o.list {
		if !o.hasFailed(i) {
			places = append(places, i)
		}
	}
	return places
}

// merge takes over the outcomes of rows that have not failed, and leaves out those that have none.
func (o *outcomes[K, T]) merge(byKey map[K]Outcome[K, T]) {
	merged := o.list[:0]
	for i, outcome := range o.list {
		if !o.hasFailed(i) {
			step, isThere := byKey[outcome.Key]
			if !isThere {
				o.matched--
				continue
			}
			outcome = step
		}
		outcome.Index = len(merged)
		merged = append(merged, outcome)
	}
	o.list = merged
}

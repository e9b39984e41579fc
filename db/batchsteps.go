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
	// stepTime is for how long a step should hold locks: less than maxLockTime, which a step must not pass.
	stepTime = 300 * time.Millisecond
)

// stepped is a batch under way that goes in steps, each a transaction of its own.
type stepped[K string | int64, T any] struct {
	d       *DB
	batch   Batch
	entity  *entity[K, T]
	plan    batchPlan[K, T]
	byKey   map[K]Outcome[K, T] // what became of the rows of the steps so far
	keys    []K                 // of byKey, in their order
	matched int                 // how many rows the caller's selection has in all
	planned int                 // how many of them the batch is to write
	last    scope               // of the last step of this process; its idb is nil where there was none
	claim   *Claim              // nil without an idempotency key
	isOpen  bool                // what is kept under the key does not say that the batch is done
}

// keptSteps is what is kept of a step beside its rows.
type keptSteps struct {
	matched, planned int
	isPart           bool
}

// of returns what is kept of a transaction, of which kept has the rows.
func (k *keptSteps) of(kept *keptResult) *keptResult {
	if k != nil {
		kept.Matched, kept.Planned, kept.IsPart = k.matched, k.planned, k.isPart
	}
	return kept
}

// runSteps runs a batch in steps, of which the first has so many rows.
func runSteps[K string | int64, T any](ctx context.Context, d *DB, b Batch, e *entity[K, T], p batchPlan[K, T],
	size int,
) (*outcomes[K, T], error) {
	r := &stepped[K, T]{d: d, batch: b, entity: e, byKey: map[K]Outcome[K, T]{}}
	r.setPlan(p)
	if err := r.run(ctx, size); err != nil {
		return nil, err
	}
	return r.outcomes(), nil
}

// runKept runs a batch in steps under an idempotency key, which keeps each step in its own transaction. Steps that are
// done, by whichever process, do not run again: what became of their rows is answered, in a statement for each.
func runKept[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, b Batch, e *entity[K, T], c *Claim,
	plan func(context.Context) (batchPlan[K, T], error),
) (*outcomes[K, T], error) {
	r := &stepped[K, T]{d: d, batch: b, entity: e, byKey: map[K]Outcome[K, T]{}, claim: c, isOpen: true}
	for {
		if err := readSteps[K, T, R](ctx, r); err != nil {
			return nil, err
		}
		if !r.isOpen && len(r.byKey) >= r.planned {
			return r.outcomes(), nil
		}
		p, err := plan(ctx)
		if err != nil {
			c.end(&step{key: c.nextKey()}, err)
			return nil, err
		}
		r.setPlan(p)
		if !r.isOpen {
			return r.outcomes(), nil
		}
		err = r.run(ctx, firstStep)
		if err == nil {
			return r.outcomes(), nil
		}
		if !errors.Is(err, errStepDone) || c.kept[c.nextKey()] == nil {
			return nil, err
		}
	}
}

// readSteps takes over what is known of steps that are done, and returns the failure of the batch where that is known.
func readSteps[K string | int64, T any, R readRow[T]](ctx context.Context, r *stepped[K, T]) error {
	for kept := r.claim.kept[r.claim.nextKey()]; kept != nil && r.isOpen; kept = r.claim.kept[r.claim.nextKey()] {
		r.claim.step++
		if err := kept.Failure.Err(); err != nil {
			return err
		}
		out, err := outcomesAgain[K, T, R](ctx, r.d, r.entity, r.batch, kept)
		if err != nil {
			return err
		}
		out.tellErased(r.entity.name)
		r.add(out.list...)
		r.matched, r.planned, r.isOpen = kept.Matched, max(kept.Planned, len(r.byKey)), kept.IsPart
	}
	return nil
}

// setPlan says which rows the batch has. It has no more than were planned at first, also where other rows have come to
// match a filter since then.
func (r *stepped[K, T]) setPlan(p batchPlan[K, T]) {
	r.plan = p
	if len(r.byKey) == 0 {
		r.matched, r.planned = len(p.keys)+p.unwritten, len(p.keys)
	}
}

// left returns the places of the rows that are still to be written.
func (r *stepped[K, T]) left() (places []int) {
	all := newOutcomes[K, T](r.plan.keys)
	for _, place := range all.good() {
		if _, isDone := r.byKey[r.plan.keys[place]]; !isDone {
			places = append(places, place)
		}
	}
	return places[:min(len(places), max(0, r.planned-len(r.byKey)))]
}

// run runs the steps of the rows that are left, beginning with one of so many rows. Where a step fails with
// LIMIT_EXCEEDED it is tried again with half as many rows; a row that is too much by itself has that error. Where it
// fails otherwise after others were committed, its error is one of something that may have been done: see DoneInPart.
func (r *stepped[K, T]) run(ctx context.Context, size int) error {
	places := r.left()
	isKept := true
	for from := 0; from < len(places); {
		step := places[from:r.batch.endOfStep(places, from, size)]
		out, held, err := r.step(ctx, step, from+len(step) < len(places))
		isFirst := len(r.byKey) == 0 && !errors.Is(err, errLockTime)
		switch errs := model.AsErrors(err); {
		case errors.Is(err, errStepDone):
			return err
		case err != nil && (errs == nil || isFirst || ctx.Err() != nil):
			return r.afterSteps(err)
		case err != nil && len(step) > 1:
			size = max(1, len(step)/2)
			continue
		case err != nil:
			key := r.plan.keys[step[0]]
			r.add(Outcome[K, T]{Key: key, Outcome: model.RowOutcomeFailed, Errors: errs})
			isKept = false
		default:
			r.add(out.list...)
			size = sizeAfter(size, held)
		}
		from += len(step)
	}
	if r.claim == nil || !r.isOpen || !isKept { // a repeat tries those rows again
		return nil
	}
	_, _, err := r.step(ctx, []int{}, false)
	return err
}

// afterSteps returns the error of a step: as one of something that may have been done, where others were committed.
func (r *stepped[K, T]) afterSteps(err error) error {
	if len(r.byKey) > 0 && !r.batch.DryRun {
		return DoneInPart(err)
	}
	return err
}

// step runs a step, the rows at some places: in a transaction, or dry. isPart says that others follow.
func (r *stepped[K, T]) step(ctx context.Context, places []int, isPart bool) (*outcomes[K, T], time.Duration, error) {
	b := r.batch
	b.more = &keptSteps{r.matched, r.planned, isPart}
	work := func(ctx context.Context, s scope, places []int) (*outcomes[K, T], error) {
		r.last = s
		return r.plan.work(ctx, s, places)
	}
	if b.DryRun {
		began := time.Now()
		out, err := dryRun(ctx, r.d, b, places, work)
		return out, time.Since(began), err
	}
	if r.claim == nil {
		return runTransaction(ctx, r.d, b, places, len(places), work)
	}
	st := &step{claim: r.claim, key: r.claim.nextKey()}
	ctx = context.WithValue(ctx, stepContextKey{}, st)
	out, held, err := runTransaction(ctx, r.d, b, places, len(places), work)
	if kept, failure := r.d.doneElsewhere(ctx, st, err); kept != nil {
		return nil, 0, errStepDone
	} else if failure != nil {
		if len(r.byKey) == 0 && !errors.Is(err, errLockTime) {
			r.claim.end(st, failure)
		}
		return nil, held, failure
	}
	r.claim.step++
	r.isOpen = isPart
	return out, held, nil
}

// add notes what became of rows.
func (r *stepped[K, T]) add(list ...Outcome[K, T]) {
	for _, o := range list {
		if _, isThere := r.byKey[o.Key]; !isThere {
			r.keys = append(r.keys, o.Key)
		}
		if r.batch.DryRun && len(r.byKey) >= shownInDryRun {
			o.Row = nil // it is not shown, and takes memory
		}
		r.byKey[o.Key] = o
	}
}

// outcomes returns what became of all rows: those that are planned in their order, after those that steps have written
// which were done before and that are no longer among them. Rows that steps have left out are no more than matched.
func (r *stepped[K, T]) outcomes() *outcomes[K, T] {
	isPlanned := make(map[K]bool, len(r.plan.keys))
	for _, key := range r.plan.keys {
		isPlanned[key] = true
	}
	var keys []K
	for _, key := range r.keys {
		if !isPlanned[key] {
			keys = append(keys, key)
		}
	}
	all := newOutcomes[K, T](append(keys, r.plan.keys...))
	all.merge(r.byKey)
	all.matched = r.matched - max(0, r.planned-len(all.list))
	if r.last.idb != nil {
		r.entity.prepare(r.last, all.rows())
	}
	return all
}

// merge takes over the outcomes of rows that have not failed, and leaves out those that have none.
func (o *outcomes[K, T]) merge(byKey map[K]Outcome[K, T]) {
	merged := o.list[:0]
	for i, outcome := range o.list {
		if !o.hasFailed(i) {
			step, isThere := byKey[outcome.Key]
			if !isThere {
				continue
			}
			outcome = step
		}
		outcome.Index = len(merged)
		merged = append(merged, outcome)
	}
	o.list = merged
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

// sizeAfter returns the size of the step after one that held locks for some time.
func sizeAfter(size int, held time.Duration) int {
	return min(maxStep, size*4, max(size/4, 1, int(int64(size)*int64(stepTime)/int64(held+1))))
}

package db

import (
	"cmp"
	"slices"

	"callbook/model"
)

// MaxBatch is the greatest number of calls, call records or tasks of one mutation.
const MaxBatch = 10000

// A batch shares a commit with other writes where it has no more rows, turns and bytes of long text.
const (
	maxShortBatch = 16
	maxShortTurns = 200
	maxShortText  = 1 << 20
)

// shownInDryRun is how many outcomes a dry run returns at the most.
const shownInDryRun = 10

// Batch says how a mutation of many rows goes.
type Batch struct {
	// Policy ALL_OR_NOTHING rolls everything back where a row fails; otherwise the valid rows are written.
	Policy model.BatchPolicy
	// DryRun writes nothing and locks nothing, and returns at most ten outcomes, failures first.
	DryRun bool
	// isShort says that the batch is soon written: see writeShort.
	isShort bool
	// isWhole says that the batch is one transaction under any policy.
	isWhole bool
	// showsAll says that a dry run, too, returns the outcomes of all rows, in their order.
	showsAll bool
	// unwritten is how many rows more the caller's selection has than are written.
	unwritten int
	// more says of a transaction that it is a step of the batch, and what is kept of it under an idempotency key beside
	// its rows; nil where it is all of the batch.
	more *keptSteps
	// weight returns how much there is to write of the row at a place, in rows; nil where every row is one.
	weight func(place int) int
}

// Outcome is what became of one row of a batch.
type Outcome[K string | int64, T any] struct {
	Index   int // place in the batch
	Key     K
	Row     *T // nil where Outcome is FAILED, SKIPPED, DELETED or PURGED
	Outcome model.RowOutcome
	Errors  model.Errors // nil unless Outcome is FAILED
}

// isGone reports whether the row is deleted or purged.
func (o *Outcome[K, T]) isGone() bool {
	return o.Outcome == model.RowOutcomeDeleted || o.Outcome == model.RowOutcomePurged
}

// The outcomes by what the rows are.
type (
	CallOutcome   = Outcome[string, model.Call]
	RecordOutcome = Outcome[int64, model.CallRecord]
)

// Written returns how many rows of a batch were written.
func Written[K string | int64, T any](outcomes []Outcome[K, T]) (written int) {
	for _, o := range outcomes {
		switch o.Outcome {
		case model.RowOutcomeCreated, model.RowOutcomeUpdated, model.RowOutcomeDeleted, model.RowOutcomeRestored,
			model.RowOutcomePurged:
			written++
		}
	}
	return written
}

// checkBatchSize returns LIMIT_EXCEEDED where a batch has more than most rows; what names them.
func checkBatchSize(field, what string, size, most int) error {
	if size > most {
		return model.LimitExceeded(field, "has %d %s; at most %d", size, what, most)
	}
	return nil
}

// rejects reports whether the policy rolls a batch back, given whether a row of it failed.
func (b Batch) rejects(anyFailed bool) bool {
	return anyFailed && b.Policy == model.BatchPolicyAllOrNothing
}

// outcomes are the outcomes of a batch under way. A key that comes again is an error of the later row; all methods
// that take a key mean the first row with it.
type outcomes[K string | int64, T any] struct {
	list    []Outcome[K, T]
	place   map[K]int // the first index of each key
	matched int       // how many rows the caller's selection has in all
	written int       // set by finish
	dryRun  bool      // set by finish
	omitted int       // how many outcomes of a dry run finish has left out
	tasks   []string  // keys of the tasks that the batch has created
	erased  []int     // the rows that a batch which is answered again has written, and that are gone
}

// newOutcomes returns an outcome for each key: UNCHANGED, or FAILED with BAD_USER_INPUT where the key has come before.
func newOutcomes[K string | int64, T any](keys []K) *outcomes[K, T] {
	o := &outcomes[K, T]{list: make([]Outcome[K, T], len(keys)), place: make(map[K]int, len(keys)), matched: len(keys)}
	for i, key := range keys {
		o.list[i] = Outcome[K, T]{Index: i, Key: key, Outcome: model.RowOutcomeUnchanged}
		if first, isRepeated := o.place[key]; isRepeated {
			o.failAt(i, model.BadInput("id", "%s is in this batch twice, first at index %d", quoteKey(key), first))
		} else {
			o.place[key] = i
		}
	}
	return o
}

func (o *outcomes[K, T]) failAt(i int, errs ...*model.Error) {
	o.list[i] = Outcome[K, T]{Index: i, Key: o.list[i].Key, Outcome: model.RowOutcomeFailed, Errors: errs}
}

// fail sets the outcome of a row to FAILED.
func (o *outcomes[K, T]) fail(key K, errs ...*model.Error) { o.failAt(o.place[key], errs...) }

// set sets the outcome of a row that has not failed.
func (o *outcomes[K, T]) set(key K, row *T, outcome model.RowOutcome) {
	i := o.place[key]
	o.list[i] = Outcome[K, T]{Index: i, Key: key, Row: row, Outcome: outcome}
}

// setAll sets the outcome of every row that has not failed.
func (o *outcomes[K, T]) setAll(outcome model.RowOutcome) {
	for i := range o.list {
		if o.list[i].Errors == nil {
			o.list[i].Outcome = outcome
		}
	}
}

// rows returns the rows that have not failed, in the order of the batch.
func (o *outcomes[K, T]) rows() (rows []*T) {
	for _, outcome := range o.list {
		if outcome.Row != nil {
			rows = append(rows, outcome.Row)
		}
	}
	return rows
}

func (o *outcomes[K, T]) hasFailed(i int) bool { return o.list[i].Errors != nil }

func (o *outcomes[K, T]) anyFailed() bool {
	return slices.ContainsFunc(o.list, func(outcome Outcome[K, T]) bool { return outcome.Errors != nil })
}

// finish makes the outcomes what the caller is to see: no rows that are gone, SKIPPED where the batch was rejected,
// what was written counted, and of a dry run the first outcomes alone, unless it shows all.
func (o *outcomes[K, T]) finish(b Batch) {
	isRejected := b.rejects(o.anyFailed())
	for i := range o.list {
		outcome := &o.list[i]
		switch {
		case isRejected && outcome.Errors == nil:
			outcome.Outcome, outcome.Row = model.RowOutcomeSkipped, nil
		case outcome.isGone():
			outcome.Row = nil
		}
	}
	o.written, o.dryRun = Written(o.list), b.DryRun
	if !b.DryRun || b.showsAll {
		return
	}
	slices.SortStableFunc(o.list, func(x, y Outcome[K, T]) int {
		return cmp.Compare(min(1, len(y.Errors)), min(1, len(x.Errors)))
	})
	o.omitted = max(0, len(o.list)-shownInDryRun)
	o.list = o.list[:len(o.list)-o.omitted]
}

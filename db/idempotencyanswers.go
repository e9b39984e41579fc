package db

import (
	"context"
	"fmt"
	"strconv"

	"callbook/model"
)

// erased returns the error NOT_FOUND of a repeat whose answer would show a row that is gone for good.
func erased(name string) *model.Error {
	return model.NotFound("Idempotency-Key",
		"the request with this key was done; the %s that it wrote has been erased since", name)
}

// rowAgain returns the row that a step wrote as it is now, also a deleted one, and what became of it then. It returns
// NOT_FOUND where the row is gone for good. It takes one statement.
func rowAgain[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], kept *keptResult,
) (out Outcome[K, T], err error) {
	row := kept.row()
	key, err := parseKept[K](row.Key)
	if err != nil {
		return out, err
	}
	stored, err := rowByKey[K, T, R](ctx, d, e, key, cond{}, nil)
	if err != nil {
		return out, err
	}
	if stored == nil {
		return out, erased(e.name)
	}
	return Outcome[K, T]{Key: key, Row: stored, Outcome: row.Outcome}, nil
}

// parseKept returns a key that was kept as text.
func parseKept[K string | int64](kept string) (key K, err error) {
	switch key := any(&key).(type) {
	case *string:
		*key = kept
	case *int64:
		*key, err = strconv.ParseInt(kept, 10, 64)
	}
	return key, err
}

// kept returns what is kept of the outcomes of a batch, before finish.
func (o *outcomes[K, T]) kept() *keptResult {
	kept := &keptResult{Matched: o.matched, Tasks: o.tasks, Rows: make([]keptRow, len(o.list))}
	for i, outcome := range o.list {
		kept.Rows[i] = keptRow{fmt.Sprint(outcome.Key), outcome.Outcome, outcome.Errors}
	}
	return kept
}

// outcomesAgain returns the outcomes that were kept of a batch, before finish, with the rows as they are now. It takes
// one statement, none where no row is to be shown.
func outcomesAgain[K string | int64, T any, R readRow[T]](ctx context.Context, d *DB, e *entity[K, T], b Batch,
	kept *keptResult,
) (*outcomes[K, T], error) {
	out := &outcomes[K, T]{list: make([]Outcome[K, T], len(kept.Rows)), matched: kept.Matched, tasks: kept.Tasks}
	var shown []K
	for i, row := range kept.Rows {
		key, err := parseKept[K](row.Key)
		if err != nil {
			return nil, err
		}
		out.list[i] = Outcome[K, T]{Index: i, Key: key, Outcome: row.Outcome, Errors: row.Errors}
		if out.list[i].showsRow() {
			shown = append(shown, key)
		}
	}
	if b.rejects(out.anyFailed()) {
		return out, nil
	}
	stored, err := rowsByKey[K, T, R](ctx, d, e, shown, cond{}, nil)
	for i := range out.list {
		if outcome := &out.list[i]; outcome.showsRow() {
			outcome.Row = stored[outcome.Key]
			if outcome.Row == nil {
				out.erased = append(out.erased, i)
			}
		}
	}
	return out, err
}

// showsRow reports whether a row is answered with the outcome.
func (o *Outcome[K, T]) showsRow() bool { return o.Errors == nil && !o.isGone() }

// tellErased adds NOT_FOUND to the outcomes of rows that are gone for good since the batch was done.
func (o *outcomes[K, T]) tellErased(name string) {
	for _, i := range o.erased {
		o.list[i].Errors = model.Errors{erased(name)}
	}
}

package db

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"callbook/model"
	"callbook/text"
)

const (
	// MaxCallBatch is the greatest number of calls of one mutation.
	MaxCallBatch = 10000

	shownInDryRun = 10
	maxBatchBytes = 32 << 20
	maxTagRows    = 100000
)

// Batch says how a mutation of many rows goes.
type Batch struct {
	Policy model.BatchPolicy
	DryRun bool
}

// errRollback ends a transaction that is to leave nothing.
var errRollback = errors.New("db: rolled back on purpose")

// selection is the calls that a mutation of many is about, locked.
type selection struct {
	ids      []string
	expected []*int // by place in ids
	existing map[string]*model.Call
	matched  int
}

// selectCalls finds and locks the calls a selector chooses: by key, whether they are deleted or not; by filter, those that are not.
func (s scope) selectCalls(ctx context.Context, selector model.CallSelector) (*selection, error) {
	return s.selectCallsThat(ctx, "call.deleted_at IS NULL", selector)
}

// selectCallsThat is selectCalls with another condition on whether they are deleted.
func (s scope) selectCallsThat(ctx context.Context, deleted string, selector model.CallSelector) (*selection, error) {
	given := 0
	for _, isGiven := range []bool{selector.Ids != nil, selector.Versions != nil, selector.Where != nil} {
		if isGiven {
			given++
		}
	}
	if given != 1 {
		return nil, model.BadInput("select", "must have exactly one of ids, versions and where")
	}
	if selector.Where != nil {
		return s.selectWhere(ctx, deleted, selector.Where)
	}
	sel := &selection{ids: selector.Ids, expected: make([]*int, len(selector.Ids)+len(selector.Versions))}
	for i, v := range selector.Versions {
		sel.ids = append(sel.ids, v.ID)
		sel.expected[i] = &v.ExpectedVersion
	}
	return sel, s.lockSelection(ctx, sel)
}

func (s scope) lockSelection(ctx context.Context, sel *selection) (err error) {
	if len(sel.ids) > MaxCallBatch {
		return model.LimitExceeded("select", "has %d keys; at most %d", len(sel.ids), MaxCallBatch)
	}
	sel.matched = len(sel.ids)
	sel.existing, err = s.lockCalls(ctx, sel.ids)
	maps.DeleteFunc(sel.existing, func(_ string, row *model.Call) bool { return !s.owns(row.CreatedBy) })
	return err
}

func (s scope) selectWhere(ctx context.Context, deleted string, w *model.CallSelection) (*selection, error) {
	const field = "select.where."
	if w.Limit < 1 {
		return nil, model.BadInput(field+"limit", "must be 1 or more")
	}
	if w.Limit > MaxCallBatch {
		return nil, model.LimitExceeded(field+"limit", "is %d; at most %d", w.Limit, MaxCallBatch)
	}
	filtered, err := s.selectionFilter(w.Filter, callFilterColumns)
	if err != nil {
		return nil, err
	}
	if filtered.always() {
		return nil, model.BadInput(field+"filter", "comes down to no condition, so it would choose all calls; say which")
	}
	cond := s.inDataset(w.Dataset, allOf(expr(deleted), filtered))
	sel := &selection{existing: map[string]*model.Call{}}
	var rows []*model.Call
	if err := where(s.lockForUpdate(&rows), cond).Order("id").Limit(int64(w.Limit)).Scan(ctx); err != nil {
		return nil, err
	}
	full := len(rows) == w.Limit
	if rows, err = s.stillMatching(ctx, rows, cond); err != nil {
		return nil, err
	}
	for _, row := range rows {
		sel.ids = append(sel.ids, row.ID)
		sel.existing[row.ID] = row
	}
	sel.expected = make([]*int, len(rows))
	if sel.matched = len(rows); !full {
		return sel, nil
	}
	n, err := where(s.selectFrom((*model.Call)(nil)), cond).Count(ctx)
	sel.matched = int(n)
	return sel, err
}

// stillMatching leaves out the locked rows that match no more. While PostgreSQL waits for a lock, another transaction may change
// what a condition reads in other tables, and it looks again at the locked row alone.
func (s scope) stillMatching(ctx context.Context, rows []*model.Call, c cond) ([]*model.Call, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	var ids []string
	if err := where(s.selectFrom((*model.Call)(nil)).Column("id"), c).Where("call.id IN (?)", bun.List(callIDs(rows))).Scan(ctx, &ids); err != nil {
		return nil, err
	}
	matching := map[string]bool{}
	for _, id := range ids {
		matching[id] = true
	}
	return slices.DeleteFunc(rows, func(row *model.Call) bool { return !matching[row.ID] }), nil
}

// live answers the chosen calls that are there under the versions expected, and fails the others in out.
func (sel *selection) live() (live []*model.Call, out []CallOutcome) {
	return sel.pick(func(row *model.Call) *model.Error {
		if row == nil || row.DeletedAt != nil {
			return noCall("")
		}
		return nil
	})
}

// deleted answers the chosen calls that are deleted, and fails the others in out.
func (sel *selection) deleted() (gone []*model.Call, out []CallOutcome) {
	return sel.pick(func(row *model.Call) *model.Error {
		if row == nil {
			return noCall("")
		}
		if row.DeletedAt == nil {
			return model.Conflict("id", "the call with the key %s is not deleted", text.Quote(row.ID))
		}
		return nil
	})
}

func (sel *selection) pick(check func(*model.Call) *model.Error) (rows []*model.Call, out []CallOutcome) {
	out = make([]CallOutcome, len(sel.ids))
	seen := make(map[string]int, len(sel.ids))
	for i, id := range sel.ids {
		row := sel.existing[id]
		err := check(row)
		place, twice := seen[id]
		switch {
		case twice:
			err = twiceError(id, place)
		case err != nil && err.Code == model.ErrorCodeNotFound:
			err = noCall(id)
		case err == nil && sel.expected[i] != nil && *sel.expected[i] != row.Version:
			err = stale(*sel.expected[i], row)
		}
		if !twice {
			seen[id] = i
		}
		if err != nil {
			out[i] = failed(id, err)
			continue
		}
		out[i] = CallOutcome{ID: id, Call: row, Outcome: model.RowOutcomeUnchanged}
		rows = append(rows, row)
	}
	return rows, out
}

// writeBatch runs a mutation of many calls in one transaction, as the batch's policy says, and answers for each row.
func (d *DB) writeBatch(ctx context.Context, b Batch, fn func(context.Context, scope) (matched int, out []CallOutcome, err error)) (*model.CallsPayload, error) {
	var matched int
	var out []CallOutcome
	undone := false
	err := d.write(ctx, func(ctx context.Context, s scope) (err error) {
		matched, out, err = fn(ctx, s)
		if err != nil {
			return err
		}
		if undone = b.Policy == model.BatchPolicyAllOrNothing && anyFailed(out); undone || b.DryRun {
			return errRollback
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRollback) {
		return nil, err
	}
	return b.payload(matched, out, undone), nil
}

func anyFailed(out []CallOutcome) bool {
	for _, o := range out {
		if o.Errors != nil {
			return true
		}
	}
	return false
}

func (b Batch) payload(matched int, out []CallOutcome, undone bool) *model.CallsPayload {
	p := &model.CallsPayload{Matched: matched, Results: make([]*model.CallResult, len(out))}
	for i, o := range out {
		if undone && o.Errors == nil {
			o.Outcome, o.Call = model.RowOutcomeSkipped, nil
		}
		switch o.Outcome {
		case model.RowOutcomeDeleted, model.RowOutcomePurged:
			o.Call = nil
			p.Written++
		case model.RowOutcomeCreated, model.RowOutcomeUpdated, model.RowOutcomeRestored:
			p.Written++
		}
		p.Results[i] = &model.CallResult{Index: i, ID: o.ID, Outcome: o.Outcome, Call: o.Call, Errors: o.Errors.InputErrors()}
	}
	if b.DryRun {
		slices.SortStableFunc(p.Results, func(x, y *model.CallResult) int {
			return cmp.Compare(min(1, len(y.Errors)), min(1, len(x.Errors))) // those at fault first
		})
		p.Results = p.Results[:min(len(p.Results), shownInDryRun)]
	}
	return p
}

// CreateCalls creates many calls.
func (d *DB) CreateCalls(ctx context.Context, inputs []*model.CreateCallInput, b Batch) (*model.CallsPayload, error) {
	if len(inputs) > MaxCallBatch {
		return nil, model.LimitExceeded("inputs", "has %d rows; at most %d", len(inputs), MaxCallBatch)
	}
	writes := make([]callWrite, len(inputs))
	ids := make([]string, len(inputs))
	for i, in := range inputs {
		ids[i] = newID(in.ID)
		writes[i] = callWrite{id: ids[i], patch: &in.CallPatch, mode: create, strict: true}
	}
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		existing, err := s.lockCalls(ctx, ids)
		if err != nil {
			return 0, nil, err
		}
		out, err := s.writeCalls(ctx, "createCalls", writes, existing)
		return len(inputs), out, err
	})
}

// UpdateCalls patches many calls alike.
func (d *DB) UpdateCalls(ctx context.Context, operation string, selector model.CallSelector, patch model.CallPatch, b Batch) (*model.CallsPayload, error) {
	return d.writeBatch(ctx, b, func(ctx context.Context, s scope) (int, []CallOutcome, error) {
		sel, err := s.selectCalls(ctx, selector)
		if err != nil {
			return 0, nil, err
		}
		writes := make([]callWrite, len(sel.ids))
		for i, id := range sel.ids {
			writes[i] = callWrite{id: id, patch: &patch, mode: update, strict: true, expected: sel.expected[i]}
		}
		out, err := s.writeCalls(ctx, operation, writes, sel.existing)
		return sel.matched, out, err
	})
}

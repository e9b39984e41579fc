package db

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"callbook/model"
)

// CreateCall creates a call. It returns BAD_USER_INPUT for a call that breaks the rules, and CONFLICT where its key
// is taken. It takes one statement, two where it fails.
func (d *DB) CreateCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	return d.createCall(ctx, "createCall", in)
}

func (d *DB) createCall(ctx context.Context, operation string, in model.CreateCallInput) (*model.Call, error) {
	call, _, err := d.writeCall(ctx, operation, newCallWrite(&in, create))
	return call, err
}

// UpdateCall patches a call. It returns BAD_USER_INPUT for a call that would break the rules, NOT_FOUND where there
// is none, and CONFLICT where the version is not the expected one. It takes one statement where nothing changes,
// otherwise two, and one more where tags are given.
func (d *DB) UpdateCall(ctx context.Context, operation, id string, patch model.CallPatch, expected *int,
) (*model.Call, error) {
	w := callWrite{id: id, patch: &patch, mode: update, strict: true, expected: expected}
	call, _, err := d.writeCall(ctx, operation, w)
	return call, err
}

// SaveCall creates a call or patches the one with its key, and reports whether the call is new or restored. It
// returns BAD_USER_INPUT for a call that breaks the rules, CONFLICT where the version is not the expected one or the
// key is another actor's, NOT_FOUND where a version is expected and there is no call, and FORBIDDEN where there is a
// call and the actor may not update. It takes at most three statements.
func (d *DB) SaveCall(ctx context.Context, in model.CreateCallInput, expected *int) (*model.Call, bool, error) {
	w := newCallWrite(&in, save)
	w.expected = expected
	call, outcome, err := d.writeCall(ctx, "saveCall", w)
	return call, outcome == model.RowOutcomeCreated || outcome == model.RowOutcomeRestored, err
}

// ScheduleCall creates a planned call. Errors and statements are those of CreateCall.
func (d *DB) ScheduleCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	if err := in.Schedule(model.Canonical(d.now())).Err(); err != nil {
		return nil, err
	}
	return d.createCall(ctx, "scheduleCall", in)
}

// LogCall creates a call that was made, received or missed. Errors and statements are those of CreateCall.
func (d *DB) LogCall(ctx context.Context, in model.CreateCallInput) (*model.Call, error) {
	if err := in.Log(model.Canonical(d.now())).Err(); err != nil {
		return nil, err
	}
	return d.createCall(ctx, "logCall", in)
}

func (d *DB) writeCall(ctx context.Context, operation string, w callWrite) (*model.Call, model.RowOutcome, error) {
	result, err := once(ctx, d, func(ctx context.Context) (result CallOutcome, err error) {
		err = d.writeGuarded(ctx, func(ctx context.Context, s scope) error {
			out, err := s.writeOneCall(ctx, operation, w)
			if err != nil {
				return err
			}
			result = out.list[0]
			s.keep(func() *keptResult { return keptOne(w.id, result.Outcome) })
			return result.Errors.Err()
		})
		return result, err
	}, d.callAgain)
	return result.Row, result.Outcome, err
}

// callAgain returns the call that a step wrote: see rowAgain.
func (d *DB) callAgain(ctx context.Context, kept *keptResult) (CallOutcome, error) {
	return rowAgain(ctx, d, &callEntity, kept)
}

// writeOneCall is lockAndWriteCalls for one call. A new one is written without a look: only where that fails, the call
// with its key is read, for the error.
func (s scope) writeOneCall(ctx context.Context, operation string, w callWrite) (*callOutcomes, error) {
	if w.mode == create {
		out, err := s.writeCalls(ctx, operation, []callWrite{w}, nil)
		if err == nil && !out.anyFailed() || err != nil && !errors.Is(err, errRace) {
			return out, err
		}
		*s.events = eventLog{}
	}
	return s.lockAndWriteCalls(ctx, operation, []callWrite{w})
}

// areShort reports whether calls are soon written.
func areShort(inputs []*model.CreateCallInput) bool {
	size := 0
	for _, in := range inputs {
		for _, text := range []graphql.Omittable[*string]{in.Description, in.CallAgenda} {
			if written, isSet := text.ValueOK(); isSet && written != nil {
				size += len(*written)
			}
		}
	}
	return len(inputs) <= maxShortBatch && size <= maxShortText
}

// CreateCalls creates many calls. Of the whole batch it returns LIMIT_EXCEEDED; of a row, the errors of CreateCall.
// It takes two statements, three with tags.
func (d *DB) CreateCalls(ctx context.Context, inputs []*model.CreateCallInput, b Batch) (*model.CallsPayload, error) {
	if err := checkBatchSize("inputs", "rows", len(inputs), MaxBatch); err != nil {
		return nil, err
	}
	b.isShort = areShort(inputs)
	writes := make([]callWrite, len(inputs))
	for i, in := range inputs {
		writes[i] = newCallWrite(in, create)
	}
	return callsPayload(runBatch(ctx, d, b, &callEntity, writeKeys(writes),
		func(ctx context.Context, s scope, places []int) (*callOutcomes, error) {
			return s.lockAndWriteCalls(ctx, "createCalls", pickPlaces(writes, places))
		}))
}

// UpdateCalls patches many calls alike. Of the whole batch it returns BAD_USER_INPUT and LIMIT_EXCEEDED; of a row,
// the errors of UpdateCall. It takes at most five statements beside those that choose and lock the calls: see
// chooseCalls.
func (d *DB) UpdateCalls(ctx context.Context, operation string, selector model.CallSelector, patch model.CallPatch,
	b Batch,
) (*model.CallsPayload, error) {
	return callsPayload(d.changeCalls(ctx, selector, isLive, b,
		func(ctx context.Context, s scope, sel *callSelection) (*callOutcomes, error) {
			writes := make([]callWrite, len(sel.keys))
			for i, id := range sel.keys {
				writes[i] = callWrite{id: id, patch: &patch, mode: update, strict: true, expected: sel.expectedVersion(i)}
			}
			return s.writeCalls(ctx, operation, writes, sel.stored)
		}))
}

// ImportCalls writes a batch of loaded calls as a mode says, the valid ones, also where they break the rules of a call
// made through the API. Of the whole batch it returns LIMIT_EXCEEDED where there is too much text; of a row, the errors
// of SaveCall, and BAD_USER_INPUT where its key has come before. It takes at most seven statements.
func (d *DB) ImportCalls(ctx context.Context, mode model.ImportMode, calls []*model.CallImport) ([]CallOutcome, error) {
	writes := importWrites(mode, calls)
	b := Batch{Policy: model.BatchPolicyValidRows}
	out, err := runBatch(ctx, d, b, &callEntity, writeKeys(writes),
		func(ctx context.Context, s scope, places []int) (*callOutcomes, error) {
			return s.lockAndWriteCalls(ctx, "load", pickPlaces(writes, places))
		})
	if err != nil {
		return nil, err
	}
	return out.list, nil
}

// writeModes are the modes of writes, by those of imports.
var writeModes = map[model.ImportMode]writeMode{
	model.ImportModeCreate: create, model.ImportModeUpdate: update, model.ImportModeUpsert: save,
}

// importWrites returns the writes of loaded calls.
func importWrites(mode model.ImportMode, calls []*model.CallImport) []callWrite {
	writes := make([]callWrite, len(calls))
	for i, c := range calls {
		writes[i] = callWrite{id: c.ID, patch: &c.CallPatch, mode: writeModes[mode], createdBy: c.CreatedBy,
			createdAt: c.CreatedAt}
	}
	return writes
}

// newCallWrite returns the write of a call made through the API.
func newCallWrite(in *model.CreateCallInput, mode writeMode) callWrite {
	return callWrite{id: newID(in.ID), patch: &in.CallPatch, mode: mode, strict: true}
}

// newID returns the key that the caller gave, or a new one.
func newID(id *string) string {
	if id != nil {
		return *id
	}
	return uuid.Must(uuid.NewV7()).String()
}

// callsPayload returns the outcomes of a batch of calls as the schema's payload.
func callsPayload(out *callOutcomes, err error) (*model.CallsPayload, error) {
	if err != nil {
		return nil, err
	}
	p := &model.CallsPayload{
		Matched: out.matched, Written: out.written, Omitted: out.omitted, Results: make([]*model.CallResult, len(out.list)),
	}
	for i, o := range out.list {
		nodeID := model.NodeID("Call", o.Key)
		p.Results[i] = &model.CallResult{
			Index: o.Index, CallID: o.Key, CallNodeID: nodeID, Outcome: o.Outcome,
			Errors: o.Errors.InputErrors(),
		}
		switch {
		case out.dryRun && o.Row != nil:
			p.Results[i].Preview = &model.CallPreview{Call: o.Row}
		case !out.dryRun && o.isGone():
			p.Results[i].DeletedNodeID = &nodeID
		case !out.dryRun:
			p.Results[i].Call = o.Row
		}
	}
	return p, nil
}

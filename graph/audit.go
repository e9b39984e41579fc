package graph

import (
	"context"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

// noteAct tells the audit log what a field did: in the line of its operation, else in one of its own.
func noteAct(ctx context.Context, act auth.Act) {
	if auth.NoteAct(ctx, act) {
		return
	}
	actor, _ := model.ActorFrom(ctx)
	acts := &auth.Acts{}
	acts.Add(act)
	acts.Write(ctx, actor, "requestId", RequestID(ctx))
}

// noteListed tells the audit log that rows with personal data were listed, how many, and by which fields and operators
// they were filtered.
func noteListed(ctx context.Context, what string, rows int, filter any) {
	noteAct(ctx, auth.Act{Event: "listed", What: what, Rows: rows, Filter: auth.FilterShape(filter)})
}

// change is a change of many rows at once, for the audit log.
type change struct {
	what   string // the mutation
	filter any    // by which the rows were chosen; nil where they were named
	dryRun bool
}

// note tells the audit log of a change that wrote so many rows: nothing of none, unless it is not known whether it was
// done. A dry run shows what it would write, and is told as that. written is not called where there is an error.
func (c change) note(ctx context.Context, written func() int, err error) {
	act := auth.Act{Event: "changed", What: c.what, Filter: auth.FilterShape(c.filter)}
	if c.dryRun {
		act.Event = "tried"
	}
	noteOutcome(ctx, act, func(act *auth.Act) { act.Rows = written() }, err)
}

// noteOutcome tells the audit log of a write: how many rows it wrote, nothing of none, or that this is not known. count
// sets what was written, and is not called where there is an error.
func noteOutcome(ctx context.Context, act auth.Act, count func(*auth.Act), err error) {
	switch {
	case db.MayHaveBeenDone(err):
		act.Uncertain = true
	case err != nil:
		return
	default:
		if count(&act); act.Rows == 0 {
			return
		}
	}
	noteAct(ctx, act)
}

// noteErased tells the audit log which rows of a kind the caller has removed for good; nothing of none. ids returns
// their keys, and is not called where there is an error; after some errors they are not known.
func noteErased(ctx context.Context, what string, ids func() []string, err error) {
	act := auth.Act{Event: "erased", What: what}
	noteOutcome(ctx, act, func(act *auth.Act) {
		act.IDs = ids()
		act.Rows = len(act.IDs)
	}, err)
}

// filterOfCalls returns the filter by which calls are chosen, nil where they are named.
func filterOfCalls(s model.CallSelector) any {
	if s.Where == nil {
		return nil
	}
	return s.Where.Filter
}

// filterOfRecords is filterOfCalls for call records.
func filterOfRecords(s model.CallRecordSelector) any {
	if s.Where == nil {
		return nil
	}
	return s.Where.Filter
}

// countOutcomes returns how many results of deliveries say that something was written.
func countOutcomes(results []*model.SaveCallRecordResult) (written int) {
	for _, result := range results {
		if result.Outcome == model.RowOutcomeCreated || result.Outcome == model.RowOutcomeUpdated {
			written++
		}
	}
	return written
}

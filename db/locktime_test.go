package db_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// slowLooks returns a clock that goes on by some time at each of its first looks, and then stands.
func slowLooks(step time.Duration, looks int) func() time.Time {
	var n atomic.Int64
	return func() time.Time { return time.Unix(0, 0).Add(time.Duration(min(n.Add(1), int64(looks))) * step) }
}

const slow = db.MaxLockTime * 6 / 10

// ownDatabase returns a database of its own, whose clock of locks may be set.
func ownDatabase(t *testing.T, e *dbtest.Env) *dbtest.Env {
	t.Helper()
	own := dbtest.NewEnv(t, e.Engine, e.DSN)
	own.Ctx, own.Actor = dbtest.NewTenant(t.Context())
	return own
}

func taggedInputs(rows int) (inputs []*model.CreateCallInput, ids []string) {
	for i := range rows {
		in := fullCall(fmt.Sprintf("slow-%05d", i), 0)
		inputs, ids = append(inputs, &in), append(ids, *in.ID)
	}
	return inputs, ids
}

// TestLockTime writes batches that hold locks for too long. Under ALL_OR_NOTHING they are refused with their numbers,
// and nothing is written, also by changes of rows that are there; under VALID_ROWS they go on in smaller steps, and
// rows that take too long by themselves are refused.
func TestLockTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, shared *dbtest.Env) {
		e := ownDatabase(t, shared)
		const rows = db.FirstStep + 1
		inputs, ids := taggedInputs(rows)
		whole, valid := db.Batch{Policy: model.BatchPolicyAllOrNothing}, db.Batch{Policy: model.BatchPolicyValidRows}
		refused := func(name string, err error) {
			t.Helper()
			numbers := fmt.Sprintf(`^the batch of %d rows held locks for 1\.\ds, .*at most 1s; `+
				`it had written \d+ rows by .*VALID_ROWS`, rows)
			errs := model.AsErrors(err)
			if len(errs) != 1 || errs[0].Code != model.ErrorCodeLimitExceeded || !errs[0].WhileRunning ||
				!regexp.MustCompile(numbers).MatchString(errs[0].Message) {
				t.Errorf("%s: got %v, want LIMIT_EXCEEDED with %s", name, err, numbers)
			}
		}
		db.SetLockClock(e.DB, slowLooks(slow, 3))
		_, err := e.DB.CreateCalls(e.Ctx, inputs, whole)
		refused("create", err)
		if _, total := list(t, e, db.CallQuery{}); total != 0 {
			t.Errorf("after a batch that was refused: got %d calls, want none", total)
		}

		db.SetLockClock(e.DB, slowLooks(2*slow, 1<<24))
		payload, err := e.DB.CreateCalls(e.Ctx, inputs[:3], db.Batch{Policy: model.BatchPolicyValidRows})
		if err != nil || payload.Written != 3 {
			t.Errorf("a short batch: got %+v, %v; want it written: it is not measured", payload, err)
		}
		payload, err = e.DB.CreateCalls(e.Ctx, inputs, valid)
		if err != nil || payload.Written != 0 || describeCall(payload.Results[7]) != "FAILED LIMIT_EXCEEDED" {
			t.Errorf("rows that take too long: got %+v, %v; want each refused", payload, err)
		}

		db.SetLockClock(e.DB, slowLooks(slow, 3))
		payload, err = e.DB.CreateCalls(e.Ctx, inputs[3:], valid)
		if err != nil || payload.Written != rows-3 {
			t.Errorf("in steps: got %+v, %v; want %d written", payload, err, rows-3)
		}

		tags := []string{"one", "two"}
		for name, change := range map[string]func(db.Batch) (*model.CallsPayload, error){
			"update": func(b db.Batch) (*model.CallsPayload, error) {
				return e.DB.UpdateCalls(e.Ctx, "updateCalls", model.CallSelector{Ids: ids}, named("changed"), b)
			},
			"tag": func(b db.Batch) (*model.CallsPayload, error) {
				return e.DB.AddCallTags(e.Ctx, model.CallSelector{Ids: ids}, tags, b)
			},
			"delete": func(b db.Batch) (*model.CallsPayload, error) {
				return e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: ids}, b)
			},
		} {
			db.SetLockClock(e.DB, slowLooks(slow, 3))
			_, err = change(whole)
			refused(name, err)
		}
		for _, id := range []string{ids[0], ids[rows-1]} {
			call, err := e.DB.Call(e.Ctx, id, true)
			if err != nil || call.Version != 1 || call.DeletedAt != nil {
				t.Errorf("%s: got %+v, %v, want it as it was created", id, call, err)
			}
		}
	})
}

// TestStepsUnderAKey has a process die between the steps of a batch under an idempotency key. A repeat writes the rows
// that were not written, also where those that were no longer match the filter, and answers all; another one answers
// the same and writes nothing.
func TestStepsUnderAKey(t *testing.T) {
	const rows = db.FirstStep + 300
	where := model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: rows - 1,
		Filter: &model.CallFilter{Name: &model.TextFilter{Ne: new("changed")}}}}
	b := db.Batch{Policy: model.BatchPolicyValidRows}
	dbtest.Each(t, func(t *testing.T, shared *dbtest.Env) {
		e := ownDatabase(t, shared)
		inputs, ids := taggedInputs(rows)
		twice := append(inputs, inputs[0])
		create := func(d *db.DB, ctx context.Context) (*model.CallsPayload, error) { return d.CreateCalls(ctx, twice, b) }
		update := func(d *db.DB, ctx context.Context) (*model.CallsPayload, error) {
			return d.UpdateCalls(ctx, "updateCalls", where, named("changed"), b)
		}
		for _, c := range []struct {
			name          string
			run           func(*db.DB, context.Context) (*model.CallsPayload, error)
			matched, most int
			version       int
		}{{"create", create, rows + 1, rows, 1}, {"update", update, rows, rows - 1, 2}} {
			died := dbtest.NewEnv(t, e.Engine, e.DSN).DB
			db.StopHeartbeats(died)
			ctx, cancel := context.WithCancel(e.Ctx)
			claim := claimed(t, died, ctx, c.name)
			db.SetLockClock(died, func() time.Time {
				if db.ClaimSteps(claim) == 1 {
					cancel()
				}
				return time.Now()
			})
			if payload, err := underClaim(died, ctx, claim, c.run); err == nil || !db.MayHaveBeenDone(err) {
				t.Fatalf("%s: got %+v, %v after the death, want an error of what was done in part", c.name, payload, err)
			}
			var answers [2]string
			for i := range answers {
				repeat := claimed(t, e.DB, e.Ctx, c.name)
				payload, err := underClaim(e.DB, e.Ctx, repeat, c.run)
				if err != nil || payload.Matched != c.matched || payload.Written != c.most {
					t.Fatalf("%s: got %+v, %v in repeat %d, want %d of %d written", c.name, payload, err, i, c.most, c.matched)
				}
				answers[i] = strings.Join(describeRows(payload.Results, describeCall), ", ")
				expectNoError(t, e.DB.ReleaseKey(e.Ctx, repeat))
			}
			if answers[0] != answers[1] {
				t.Errorf("%s: got\n%s\nthen\n%s\nwant the same", c.name, answers[0], answers[1])
			}
			for _, id := range []string{ids[0], ids[rows-2]} {
				if call, err := e.DB.Call(e.Ctx, id, false); err != nil || call.Version != c.version {
					t.Errorf("%s: got %s as %+v, %v, want it written once", c.name, id, call, err)
				}
			}
		}
	})
}

// underClaim runs a batch as the field a of a request under a claim.
func underClaim(d *db.DB, ctx context.Context, c *db.Claim,
	run func(*db.DB, context.Context) (*model.CallsPayload, error),
) (*model.CallsPayload, error) {
	ctx = db.WithClaim(ctx, c)
	db.BeginField(ctx, "a")
	return run(d, ctx)
}

// TestManyAnswers purges a call while more answers are kept than a transaction erases: all are erased, and the call is
// gone.
func TestManyAnswers(t *testing.T) {
	defer db.SetMaxErasedAnswers(2)()
	dbtest.Each(t, func(t *testing.T, shared *dbtest.Env) {
		e := ownDatabase(t, shared)
		for _, policy := range model.AllBatchPolicy {
			for i := range 7 {
				c := claimed(t, e.DB, e.Ctx, fmt.Sprint(policy, i))
				expectNoError(t, e.DB.KeepAnswer(e.Ctx, c, new("who it was")))
			}
			in := fullCall(fmt.Sprint("purged ", policy), 0)
			_, err := e.DB.CreateCall(e.Ctx, in)
			expectNoError(t, err)
			selector := model.CallSelector{Ids: []string{*in.ID}}
			_, err = e.DB.DeleteCalls(e.Ctx, selector, db.Batch{})
			expectNoError(t, err)
			purged, err := e.DB.PurgeCalls(e.Ctx, selector, db.Batch{Policy: policy})
			if err != nil || purged.Written != 1 {
				t.Errorf("%s: got %+v, %v, want one purged", policy, purged, err)
			}
			kept, err := e.DB.Texts(e.Ctx, fmt.Sprintf("SELECT CAST(COUNT(*) AS TEXT) FROM idempotency_requests"+
				" WHERE tenant_id = %d AND answer IS NOT NULL", e.Actor.TenantID))
			if err != nil || kept[0] != "0" {
				t.Errorf("%s: got %s answers kept, %v, want none", policy, kept, err)
			}
		}
	})
}

// TestManyAnswersBetweenSteps purges calls in steps, while more answers than a transaction erases are kept after the
// first step: each call is told as purged, also under an idempotency key, and is gone.
func TestManyAnswersBetweenSteps(t *testing.T) {
	const rows = 1100
	dbtest.Each(t, func(t *testing.T, shared *dbtest.Env) {
		e := ownDatabase(t, shared)
		for _, isClaimed := range []bool{false, true} {
			ctx := e.Ctx
			if isClaimed {
				ctx = db.WithClaim(ctx, claimed(t, e.DB, ctx, "many answers"))
				db.BeginField(ctx, "a")
			}
			inputs, ids := taggedInputs(rows)
			_, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{Policy: model.BatchPolicyValidRows})
			expectNoError(t, err)
			_, err = e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: ids}, db.Batch{Policy: model.BatchPolicyValidRows})
			expectNoError(t, err)
			steps := 0
			purged, err := db.PurgeAmidAnswers(ctx, e.DB, ids, db.Batch{Policy: model.BatchPolicyValidRows}, func() bool {
				steps++
				return steps == 2
			})
			expectNoError(t, err)
			if purged.Written != rows || len(purged.Results) != rows || steps < 3 {
				t.Errorf("claimed: %v: got %d of %d purged, %d steps, want all, and three steps at least", isClaimed,
					purged.Written, len(purged.Results), steps)
			}
			for _, id := range []string{ids[0], ids[rows-1]} {
				if call, err := e.DB.Call(e.Ctx, id, true); call != nil || err != nil {
					t.Errorf("%s: got %+v, %v, want it gone", id, call, err)
				}
			}
		}
	})
}

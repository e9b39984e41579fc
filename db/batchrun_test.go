package db_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// batches are the mutations of many rows that have dry runs. run returns what became of the rows.
var batches = map[string]func(e *dbtest.Env, selector any, b db.Batch) (any, error){
	"create": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		var inputs []*model.CreateCallInput
		for _, id := range selector.(model.CallSelector).Ids {
			inputs = append(inputs, &model.CreateCallInput{ID: &id})
		}
		return e.DB.CreateCalls(e.Ctx, inputs, b)
	},
	"update": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		patch := named("changed")
		patch.Tags = graphql.OmittableOf([]string{"red", "blue"})
		return e.DB.UpdateCalls(e.Ctx, "updateCalls", selector.(model.CallSelector), patch, b)
	},
	"update to what is refused": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		patch := named(strings.Repeat("x", 201))
		return e.DB.UpdateCalls(e.Ctx, "updateCalls", selector.(model.CallSelector), patch, b)
	},
	"tag": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.AddCallTags(e.Ctx, selector.(model.CallSelector), []string{"red", "green"}, b)
	},
	"tag too much": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.AddCallTags(e.Ctx, selector.(model.CallSelector), []string{strings.Repeat("x", 100)}, b)
	},
	"untag": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.RemoveCallTags(e.Ctx, selector.(model.CallSelector), []string{"red", "green"}, b)
	},
	"delete": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.DeleteCalls(e.Ctx, selector.(model.CallSelector), b)
	},
	"restore": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.RestoreCalls(e.Ctx, selector.(model.CallSelector), b)
	},
	"purge": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.PurgeCalls(e.Ctx, selector.(model.CallSelector), b)
	},
	"grade records": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.GradeRecords(e.Ctx, selector.(model.CallRecordSelector), new(model.IntentLevelB), b)
	},
	"mark records": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.MarkRecords(e.Ctx, selector.(model.CallRecordSelector), model.ReadStatusHasRead, b)
	},
	"tag records": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.TagRecords(e.Ctx, selector.(model.CallRecordSelector), []string{"red", "green"}, b)
	},
	"untag records": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.UntagRecords(e.Ctx, selector.(model.CallRecordSelector), []string{"red", "green"}, b)
	},
	"delete records": func(e *dbtest.Env, selector any, b db.Batch) (any, error) {
		return e.DB.DeleteRecords(e.Ctx, selector.(model.CallRecordSelector), b)
	},
}

// batchSelectors returns what the batches choose: rows by key, with one that is missing and one that comes again, and
// by filter, all of them or the first two.
func batchSelectors(isOfRecords bool) map[string]any {
	if isOfRecords {
		where := func(limit int) any {
			return model.CallRecordSelector{Where: &model.CallRecordSelection{Limit: limit,
				Filter: &model.CallRecordFilter{CustomerGroupID: &model.LongFilter{Eq: new(int64(7))}}}}
		}
		return map[string]any{"keys": model.CallRecordSelector{Ids: []int64{1, 2, 3, 99, 1}},
			"versions": model.CallRecordSelector{Versions: []*model.LongVersionInput{
				{ID: 1, ExpectedVersion: 1}, {ID: 2, ExpectedVersion: 7}}},
			"filter": where(100), "filter with a limit": where(2)}
	}
	where := func(limit int) any {
		return model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: limit,
			Filter: &model.CallFilter{ID: &model.IDFilter{In: []string{"c1", "c2", "c3", "c4", "d1", "d2", "d3"}}}}}
	}
	return map[string]any{"keys": model.CallSelector{Ids: []string{"c1", "c2", "d1", "d2", "new", "c1"}},
		"versions": model.CallSelector{Versions: []*model.VersionInput{
			{ID: "c1", ExpectedVersion: 1}, {ID: "c2", ExpectedVersion: 7}}},
		"filter": where(100), "filter with a limit": where(2)}
}

// TestDryRunsAgree runs every batch first dry and then in earnest, and compares what became of the rows. The dry run
// leaves all rows as they are.
func TestDryRunsAgree(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for name, run := range batches {
			for kind, selector := range batchSelectors(strings.HasSuffix(name, "records")) {
				if name == "create" && kind != "keys" {
					continue
				}
				for _, policy := range model.AllBatchPolicy {
					own := *e
					own.Ctx, _ = dbtest.NewTenant(t.Context())
					fillForBatches(t, &own)
					before := allRows(t, &own)
					dry := describeBatch(t, name, run, &own, selector, db.Batch{Policy: policy, DryRun: true})
					if after := allRows(t, &own); after != before {
						t.Errorf("%s by %s, %s: a dry run left %s, want %s", name, kind, policy, after, before)
					}
					real := describeBatch(t, name, run, &own, selector, db.Batch{Policy: policy})
					if dry != real {
						t.Errorf("%s by %s, %s: got a dry run of\n%s\nbut then\n%s", name, kind, policy, dry, real)
					}
				}
			}
		}
	})
}

// fillForBatches creates calls c1 to c4, with tags, d1 to d3, which are deleted, and records 1 to 4 of one group.
func fillForBatches(t *testing.T, e *dbtest.Env) {
	t.Helper()
	var calls []*model.CreateCallInput
	for _, id := range []string{"c1", "c2", "c3", "c4", "d1", "d2", "d3"} {
		in := &model.CreateCallInput{ID: &id}
		switch id {
		case "c1":
			in.Tags = graphql.OmittableOf([]string{"red", "green", "blue"})
		case "c2":
			long := []string{}
			for i := range 19 {
				long = append(long, fmt.Sprint(i, strings.Repeat("y", 98)))
			}
			in.Tags = graphql.OmittableOf(long)
		}
		calls = append(calls, in)
	}
	var records []*model.SaveCallRecordInput
	for id := range int64(4) {
		records = append(records, &model.SaveCallRecordInput{ID: id + 1,
			CustomerPerson:   &model.CustomerPersonInput{ID: id + 1, CustomerGroupID: new(int64(7))},
			CustomerPersonID: new(id + 1), Details: []*model.CallDetailInput{{Position: new(1), Text: "hello",
				Type: model.CallDetailTypeRobot}}})
	}
	_, err := e.DB.CreateCalls(e.Ctx, calls, db.Batch{})
	if err == nil {
		_, err = e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: []string{"d1", "d2", "d3"}}, db.Batch{})
	}
	if err == nil {
		_, err = e.DB.SaveCallRecords(e.Ctx, records)
	}
	if err == nil {
		_, err = e.DB.TagRecords(e.Ctx, model.CallRecordSelector{Ids: []int64{1, 2}}, []string{"red"}, db.Batch{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// allRows describes the versions of all calls and records, with how many tags, entries of the history and turns there
// are.
func allRows(t *testing.T, e *dbtest.Env) (all string) {
	t.Helper()
	actor, _ := model.ActorFrom(e.Ctx)
	for _, query := range []string{
		"SELECT id || ' ' || version || ' ' || COALESCE(name, '') FROM calls WHERE tenant_id = %d ORDER BY id",
		"SELECT CAST(id AS TEXT) || ' ' || version FROM call_records WHERE tenant_id = %d ORDER BY id",
		"SELECT CAST(COUNT(*) AS TEXT) FROM call_tags WHERE tenant_id = %d",
		"SELECT CAST(COUNT(*) AS TEXT) FROM call_history WHERE tenant_id = %d",
		"SELECT CAST(COUNT(*) AS TEXT) FROM call_record_tags WHERE tenant_id = %d",
		"SELECT CAST(COUNT(*) AS TEXT) FROM call_details WHERE tenant_id = %d",
	} {
		rows, err := e.DB.Texts(e.Ctx, fmt.Sprintf(query, actor.TenantID))
		if err != nil {
			t.Fatal(err)
		}
		all += strings.Join(rows, ", ") + "; "
	}
	return all
}

// describeBatch runs a batch and describes what became of its rows, those at fault first, as a dry run does.
func describeBatch(t *testing.T, name string, run func(*dbtest.Env, any, db.Batch) (any, error), e *dbtest.Env,
	selector any, b db.Batch,
) string {
	t.Helper()
	payload, err := run(e, selector, b)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	type result struct {
		Index   int
		Outcome string
		Errors  json.RawMessage
	}
	var results []result
	matched, written := 0, 0
	add := func(index int, outcome model.RowOutcome, errs []*model.InputError) {
		text, _ := json.Marshal(errs)
		results = append(results, result{index, string(outcome), text})
	}
	switch payload := payload.(type) {
	case *model.CallsPayload:
		matched, written = payload.Matched, payload.Written
		for _, r := range payload.Results {
			add(r.Index, r.Outcome, r.Errors)
		}
	case *model.CallRecordsPayload:
		matched, written = payload.Matched, payload.Written
		for _, r := range payload.Results {
			add(r.Index, r.Outcome, r.Errors)
		}
	}
	slices.SortFunc(results, func(a, b result) int { return a.Index - b.Index })
	text, _ := json.Marshal(results)
	return fmt.Sprintf("%d matched, %d written: %s", matched, written, text)
}

// TestDryRunsDoNotWait runs batches dry while another transaction holds SQLite's writer, and the rows on PostgreSQL.
func TestDryRunsDoNotWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		own := *e
		own.Ctx, _ = dbtest.NewTenant(t.Context())
		fillForBatches(t, &own)
		err := e.DB.DuringDelete(own.Ctx, "c1", func() {
			for name, run := range batches {
				selector := batchSelectors(strings.HasSuffix(name, "records"))["keys"]
				describeBatch(t, name, run, &own, selector, db.Batch{Policy: model.BatchPolicyValidRows, DryRun: true})
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestLockedRowsAreLookedAtAgain deletes and tags calls by a filter, while the one that it finds is deleted before it
// is locked: the call is left out, as if it had not been found.
func TestLockedRowsAreLookedAtAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for _, policy := range model.AllBatchPolicy {
			own := *e
			own.Ctx, _ = dbtest.NewTenant(t.Context())
			fillForBatches(t, &own)
			ctx, statements := db.CountStatements(own.Ctx)
			done := make(chan string, 1)
			err := e.DB.DuringDelete(own.Ctx, "c1", func() {
				go func() {
					selector := model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: 10,
						Filter: &model.CallFilter{ID: &model.IDFilter{In: []string{"c1", "c2"}}}}}
					p, err := e.DB.AddCallTags(ctx, selector, []string{"new"}, db.Batch{Policy: policy})
					if err != nil {
						done <- err.Error()
						return
					}
					done <- fmt.Sprintf("%d matched, %d written, %s", p.Matched, p.Written, p.Results[0].CallID)
				}()
				for statements.Load() == 0 {
					runtime.Gosched() // until it waits: nothing tells
				}
			})
			if got, want := <-done, "1 matched, 1 written, c2"; err != nil || got != want {
				t.Errorf("%s: got %s, %v; want %s", policy, got, err, want)
			}
		}
	})
}

// TestSteps changes more calls than a step has, one of them missing and one twice, and compares the results with those
// of fewer. A step that would hold the lock for too long is tried with fewer rows.
func TestSteps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const rows = db.FirstStep + 200
		var inputs []*model.CreateCallInput
		var ids []string
		for i := range rows {
			ids = append(ids, fmt.Sprintf("step-%04d", i))
			inputs = append(inputs, &model.CreateCallInput{ID: &ids[i]})
		}
		b := db.Batch{Policy: model.BatchPolicyValidRows}
		created, err := e.DB.CreateCalls(e.Ctx, append(inputs, inputs[0]), b)
		if err != nil || created.Written != rows || len(created.Results) != rows+1 ||
			describeCall(created.Results[rows]) != "FAILED BAD_USER_INPUT" {
			t.Fatalf("CreateCalls: got %d of %d written, %v; want %d, and the last one refused", created.Written,
				len(created.Results), err, rows)
		}
		ids = append(ids, ids[0], "missing")
		updated, err := e.DB.UpdateCalls(e.Ctx, "updateCalls", model.CallSelector{Ids: ids}, named("n"), b)
		if err != nil || updated.Matched != rows+2 || updated.Written != rows {
			t.Fatalf("UpdateCalls: got %+v, %v; want %d written", updated, err, rows)
		}
		for i, r := range updated.Results {
			want := "UPDATED row"
			if i >= rows {
				want = []string{"FAILED BAD_USER_INPUT", "FAILED NOT_FOUND"}[i-rows]
			}
			if got := describeCall(r); got != want || r.Index != i || r.CallID != ids[i] {
				t.Fatalf("result %d: got %s of %s at %d, want %s", i, got, r.CallID, r.Index, want)
			}
		}
		where := model.CallSelector{Where: &model.CallSelection{Dataset: model.CallDatasetDefault, Limit: rows - 1,
			Filter: &model.CallFilter{Name: &model.TextFilter{Eq: new("n")}}}}
		deleted, err := e.DB.DeleteCalls(e.Ctx, where, b)
		if err != nil || deleted.Matched != rows || deleted.Written != rows-1 {
			t.Errorf("DeleteCalls: got %+v, %v; want %d of %d written", deleted, err, rows-1, rows)
		}
	})
}

// TestWritersTakeTurns has one credential queue long and short transactions behind one that runs, and then another
// credential a short one: it is next.
func TestWritersTakeTurns(t *testing.T) {
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/turns.db")
	as := func(credential string) context.Context {
		ctx, actor := dbtest.NewTenant(t.Context())
		actor.Credential = credential
		return model.WithActor(ctx, actor)
	}
	greedy, other := as("greedy"), as("other")
	var mu sync.Mutex
	var order []string
	note := func(name string) {
		mu.Lock()
		order = append(order, name)
		mu.Unlock()
	}
	var running sync.WaitGroup
	start := func(write func()) {
		waiting := db.WaitingWrites(e.DB)
		running.Go(write)
		for db.WaitingWrites(e.DB) == waiting {
			runtime.Gosched() // until it waits: nothing tells
		}
	}
	isHeld, release := make(chan struct{}), make(chan struct{})
	running.Go(func() {
		_ = db.HoldWriter(greedy, e.DB, func() { close(isHeld); <-release })
	})
	<-isHeld
	for range 32 {
		start(func() { _ = db.HoldWriter(greedy, e.DB, func() { note("long") }) })
	}
	start(func() {
		if err := db.WriteShort(other, e.DB, func(create func(string) error) error {
			note("other")
			return create("other's")
		}); err != nil {
			t.Error(err)
		}
	})
	close(release)
	running.Wait()
	if got := slices.Index(order, "other"); got != 0 || len(order) != 33 {
		t.Errorf("got the other credential at place %d of %v, want it first", got, order)
	}
}

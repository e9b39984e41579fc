package db_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
)

// readsTable is what a plan says that reads a table whole, sorts what one that sorts says.
var (
	readsTable = regexp.MustCompile(`Seq Scan|SCAN (call|task|note|customer|record|api)`)
	sorts      = regexp.MustCompile(`Sort|TEMP B-TREE`)
)

// TestReadyPlans runs every statement that is made ready, on some thousand rows, and checks that its plan, which is the
// same for all values, reads no table whole, and sorts nothing for a first page.
func TestReadyPlans(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		callIDs, recordIDs := fillForReadyPlans(t, e)
		run := func(ctx context.Context) {
			t.Helper()
			for _, keys := range [][]string{callIDs, callIDs[:1]} {
				readOfCalls(t, ctx, e, keys)
			}
			for _, keys := range [][]int64{recordIDs, recordIDs[:1]} {
				readOfRecords(t, ctx, e, keys)
			}
			readFirstAndNextPage(t, ctx, e)
		}
		run(e.Ctx)
		run(withOwnRows(e.Ctx, "somebody"))
		plans, err := db.ReadyPlans(e.Ctx, e.DB)
		if err != nil || len(plans) < 20 {
			t.Fatalf("got %d plans, %v, want 20 or more", len(plans), err)
		}
		for text, plan := range plans {
			isFirstPage := strings.Contains(text, "LIMIT") && !strings.Contains(text, "UNION")
			if readsTable.MatchString(plan) || isFirstPage && sorts.MatchString(plan) {
				t.Errorf("%s\n%s", text, plan)
			}
		}
	})
}

func readOfCalls(t *testing.T, ctx context.Context, e *dbtest.Env, ids []string) {
	t.Helper()
	one := new(1)
	for name, read := range map[string]func() error{
		"CallsByID":     func() error { _, err := e.DB.CallsByID(ctx, ids); return err },
		"CallTags":      func() error { _, err := e.DB.CallTags(ctx, ids); return err },
		"Descriptions":  func() error { _, err := e.DB.CallDescriptions(ctx, ids); return err },
		"RelatedCounts": func() error { _, err := e.DB.RelatedCounts(ctx, ids); return err },
		"TasksByID":     func() error { _, err := e.DB.TasksByID(ctx, ids); return err },
		"NotesByID":     func() error { _, err := e.DB.NotesByID(ctx, ids); return err },
		"APIKey":        func() error { _, err := e.DB.APIKey(ctx, ids[0]); return err },
		"TasksOfCalls": func() error {
			_, err := e.DB.TasksOfCalls(ctx, ids, db.TaskQuery{PageArgs: model.PageArgs{First: one}})
			return err
		},
		"NotesOfCalls": func() error { _, err := e.DB.NotesOfCalls(ctx, ids, model.PageArgs{First: one}); return err },
		"CallHistory":  func() error { _, err := e.DB.CallHistory(ctx, ids, model.PageArgs{First: one}); return err },
	} {
		if err := read(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func readOfRecords(t *testing.T, ctx context.Context, e *dbtest.Env, ids []int64) {
	t.Helper()
	for name, read := range map[string]func() error{
		"CallRecordsByID":     func() error { _, err := e.DB.CallRecordsByID(ctx, ids); return err },
		"CallDetails":         func() error { _, err := e.DB.CallDetails(ctx, ids); return err },
		"CustomerPersonsByID": func() error { _, err := e.DB.CustomerPersonsByID(ctx, ids); return err },
		"CallsOfRecords":      func() error { _, err := e.DB.CallsOfRecords(ctx, ids); return err },
		"RecordTags":          func() error { _, err := e.DB.RecordTags(ctx, ids); return err },
		"CallRecordsOfCustomers": func() error {
			_, err := e.DB.CallRecordsOfCustomers(ctx, ids, db.RecordQuery{})
			return err
		},
	} {
		if err := read(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// readFirstAndNextPage reads pages in the default order. Pages of an actor with its own rows alone are not among those
// that are read here: no index begins with the creator.
func readFirstAndNextPage(t *testing.T, ctx context.Context, e *dbtest.Env) {
	t.Helper()
	if actor, _ := model.ActorFrom(ctx); actor.OwnOnly {
		return
	}
	completed := &model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{
		Eq: new(model.OutgoingCallStatusCompleted)}}
	ofJob := &model.CallRecordFilter{RobotCallJobID: &model.LongFilter{Eq: new(int64(50))}}
	readPages(t, ctx, e, nil, nil)
	readPages(t, ctx, e, completed, ofJob)
}

// readPages reads two pages of the calls and the records that filters choose.
func readPages(t *testing.T, ctx context.Context, e *dbtest.Env, calls *model.CallFilter,
	records *model.CallRecordFilter,
) {
	t.Helper()
	var callsEnd, recordsEnd *string
	for range 2 {
		callPage, err := e.DB.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault, Filter: calls,
			PageArgs: model.PageArgs{First: new(50), After: callsEnd}})
		if err != nil {
			t.Fatal(err)
		}
		recordPage, err := e.DB.CallRecords(ctx, db.RecordQuery{Filter: records,
			PageArgs: model.PageArgs{First: new(50), After: recordsEnd}})
		if err != nil {
			t.Fatal(err)
		}
		callsEnd, recordsEnd = callPage.PageInfo.EndCursor, recordPage.PageInfo.EndCursor
	}
}

// fillForReadyPlans writes some thousand calls and records with what hangs on them, and returns keys of some of them.
func fillForReadyPlans(t *testing.T, e *dbtest.Env) (callIDs []string, recordIDs []int64) {
	t.Helper()
	const rows = 2000
	if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), rows, rows); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		recordIDs = append(recordIDs, int64(1001+i))
	}
	for first := 1; first < rows; first += 500 {
		var ids []string
		for i := first; i < first+500; i++ {
			ids = append(ids, fmt.Sprintf("call-%04d", i))
		}
		selector := model.CallSelector{Ids: ids}
		tasks := []*model.CreateTaskInput{{Subject: "s", Status: model.TaskStatusDone}}
		if _, err := e.DB.CreateCallTasks(e.Ctx, selector, tasks, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.AddCallTags(e.Ctx, selector, []string{"one"}, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		callIDs = append(callIDs, ids[:10]...)
	}
	for _, id := range callIDs {
		for range 5 {
			if _, err := e.DB.AddNote(e.Ctx, id, "note"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		t.Fatal(err)
	}
	return callIDs, recordIDs
}

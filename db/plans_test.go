package db_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
)

// planRows is how many calls and records the plans are made for.
const planRows = 3000

// inGivenOrder returns a query with the default order given, whose statement is not made ready.
func inGivenOrder(q db.CallQuery) db.CallQuery {
	q.OrderBy = []*model.CallOrder{{Field: model.CallOrderFieldCallStartTime, Direction: model.OrderDirectionDesc}}
	return q
}

// fillForPlans writes calls and records as a tenant has them: of a few statuses, users, tags and concerns.
func fillForPlans(t *testing.T, e *dbtest.Env) {
	t.Helper()
	start := func(i int) *time.Time { return new(dbtest.Start.Add(-time.Duration(i) * time.Minute)) }
	var calls []*model.CallImport
	var records []*model.SaveCallRecordInput
	for i := range planRows {
		c := &model.CallImport{ID: fmt.Sprintf("p%05d", i), CreatedBy: new(fmt.Sprint("user", i%100))}
		c.Name = graphql.OmittableOf(new(fmt.Sprint("Call ", i)))
		c.CallStartTime = graphql.OmittableOf(start(i))
		if i%30 == 0 {
			c.OutgoingCallStatus = graphql.OmittableOf(new(model.OutgoingCallStatusScheduled))
		} else if i%3 == 0 {
			c.OutgoingCallStatus = graphql.OmittableOf(new(model.OutgoingCallStatusCompleted))
		}
		c.Tags = graphql.OmittableOf([]string{"frequent"})
		if i%500 == 0 {
			c.Tags = graphql.OmittableOf([]string{"frequent", "rare"})
		}
		calls = append(calls, c)
		r := &model.SaveCallRecordInput{ID: int64(i + 1), RobotCallJobID: new(int64(i % 20)), StartTime: start(i),
			ChatDuration: new(i % 300)}
		if i%500 == 0 {
			r.CustomerConcern = []string{"price"}
		}
		records = append(records, r)
	}
	for i := 0; i < planRows; i += db.MaxDelivery {
		if _, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, calls[i:i+db.MaxDelivery]); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DB.SaveCallRecords(e.Ctx, records[i:i+db.MaxDelivery]); err != nil {
			t.Fatal(err)
		}
	}
	ids := model.CallRecordSelector{}
	for i := range planRows {
		if i%10 != 0 {
			ids.Ids = append(ids.Ids, int64(i+1))
		}
	}
	if _, err := e.DB.MarkRecords(e.Ctx, ids, model.ReadStatusHasRead, db.Batch{}); err != nil {
		t.Fatal(err)
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		t.Fatal(err)
	}
}

// TestPlans reads how the usual screens are planned: each by the index that was made for it, and none by all rows.
func TestPlans(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		fillForPlans(t, e)
		call := func(f model.CallFilter) db.CallQuery {
			return db.CallQuery{Dataset: model.CallDatasetDefault, Filter: &f}
		}
		overdue := model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{
			Eq: new(model.OutgoingCallStatusOverdue)}}
		completed := model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{
			Eq: new(model.OutgoingCallStatusCompleted)}}
		creator := model.CallFilter{CreatedBy: &model.StringFilter{Eq: new("user7")}}
		part := model.CallFilter{Name: &model.TextFilter{Contains: new("l 123")}}
		rare := model.CallFilter{Tags: &model.TagsFilter{Has: new("rare")}}
		by := func(field model.CallOrderField, direction model.OrderDirection) db.CallQuery {
			return db.CallQuery{Dataset: model.CallDatasetDefault,
				OrderBy: []*model.CallOrder{{Field: field, Direction: direction, Nulls: model.NullOrderLast}}}
		}
		for _, c := range []struct {
			name, index string
			count       bool
			query       db.CallQuery
		}{
			{"to-do list", "calls_by_status", false, db.CallQuery{Dataset: model.CallDatasetNotClosed}},
			{"number of to-dos", "calls_by_status", true, db.CallQuery{Dataset: model.CallDatasetNotClosed}},
			{"overdue", "calls_by_status", false, call(overdue)},
			{"number of overdue", "calls_by_status", true, call(overdue)},
			{"completed", "calls_by_status", false, inGivenOrder(call(completed))},
			{"number of completed", "summary_counts", true, call(completed)},
			{"by creator", "calls_by_creator", false, call(creator)},
			{"number by creator", "calls_by_creator", true, call(creator)},
			{"by update", "calls_by_update", false, by(model.CallOrderFieldUpdatedAt, model.OrderDirectionDesc)},
			{"by name", "calls_by_name", false, by(model.CallOrderFieldName, model.OrderDirectionAsc)},
			{"rare tag", "call_tags_by_tag", false, call(rare)},
			{"number of a tag", "summary_counts", true, call(rare)},
			{"part of a name", "text_block", false, call(part)},
			{"number with a part of a name", "text_block", true, call(part)},
		} {
			plan, err := e.DB.CallsPlan(e.Ctx, c.query, c.count)
			expectPlan(t, c.name, plan, c.index, err)
		}
		longest := []*model.CallRecordOrder{{Field: model.CallRecordOrderFieldChatDuration,
			Direction: model.OrderDirectionDesc, Nulls: model.NullOrderLast}}
		unread := &model.CallRecordFilter{ReadStatus: &model.ReadStatusFilter{Eq: new(model.ReadStatusNotRead)}}
		concern := &model.CallRecordFilter{CustomerConcern: &model.ListFilter{Has: new("price")}}
		concernIndex := map[string]string{"sqlite": "listed USING PRIMARY KEY", "postgres": "call_records_by_concern"}
		for _, c := range []struct {
			name, index string
			count       bool
			query       db.RecordQuery
		}{
			{"longest", "call_records_by_duration", false, db.RecordQuery{OrderBy: longest}},
			{"unread", "call_records_unread", false, db.RecordQuery{Filter: unread}},
			{"number of unread", "summary_counts", true, db.RecordQuery{Filter: unread}},
			{"concern", concernIndex[engine], false, db.RecordQuery{Filter: concern}},
			{"number of a concern", "summary_counts", true, db.RecordQuery{Filter: concern}},
		} {
			plan, err := e.DB.RecordsPlan(e.Ctx, c.query, c.count)
			expectPlan(t, c.name, plan, c.index, err)
		}
	})
}

func expectPlan(t *testing.T, name, plan, index string, err error) {
	t.Helper()
	isWhole := strings.Contains(plan, "Seq Scan on calls") || strings.Contains(plan, "Seq Scan on call_records") ||
		strings.Contains(plan, "SCAN call ") || strings.Contains(plan, "SCAN call_record ")
	if err != nil || !strings.Contains(plan, index) || isWhole {
		t.Errorf("%s: got %v and the plan\n%s\nwant %s, and no scan of a whole table", name, err, plan, index)
	}
}

// readsTable is what a plan says that reads a table whole, sorts what one that sorts says.
var (
	readsTable = regexp.MustCompile(`Seq Scan|SCAN (call|task|note|customer|record|api)`)
	sorts      = regexp.MustCompile(`Sort|TEMP B-TREE`)
)

// TestReadyPlans runs every statement that is made ready, on some thousand rows, and checks that its plan, which is the
// same for all values, reads no table whole, and sorts nothing for a first page.
func TestReadyPlans(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		callIDs, recordIDs := fillForReadyPlans(t, e)
		run := func(ctx context.Context) {
			t.Helper()
			readByKey(t, ctx, e, callIDs, recordIDs)
			readByKey(t, ctx, e, callIDs[:1], recordIDs[:1])
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

// readByKey reads calls and records by key, and what hangs on them.
func readByKey(t *testing.T, ctx context.Context, e *dbtest.Env, ids []string, recordIDs []int64) {
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
		"NotesOfCalls":        func() error { _, err := e.DB.NotesOfCalls(ctx, ids, model.PageArgs{First: one}); return err },
		"CallHistory":         func() error { _, err := e.DB.CallHistory(ctx, ids, model.PageArgs{First: one}); return err },
		"CallRecordsByID":     func() error { _, err := e.DB.CallRecordsByID(ctx, recordIDs); return err },
		"CallDetails":         func() error { _, err := e.DB.CallDetails(ctx, recordIDs); return err },
		"CustomersOfRecords":  func() error { _, err := e.DB.CustomersOfRecords(ctx, recordIDs); return err },
		"CustomerPersonsByID": func() error { _, err := e.DB.CustomerPersonsByID(ctx, recordIDs); return err },
		"CallsOfRecords":      func() error { _, err := e.DB.CallsOfRecords(ctx, recordIDs); return err },
		"RecordTags":          func() error { _, err := e.DB.RecordTags(ctx, recordIDs); return err },
		"CallRecordsOfCustomers": func() error {
			_, err := e.DB.CallRecordsOfCustomers(ctx, recordIDs, db.RecordQuery{})
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

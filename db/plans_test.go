package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
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
		if _, err := e.DB.ImportCalls(e.Ctx, calls[i:i+db.MaxDelivery]); err != nil {
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

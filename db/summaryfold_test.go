package db_test

import (
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestJobSummaryWithoutFold reads the statistics of a job from deltas alone, whose texts must compare by bytes as those
// of counts do.
func TestJobSummaryWithoutFold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var inputs []*model.SaveCallRecordInput
		for i := range int64(6) { // half of them of job 12, the others of job 120
			inputs = append(inputs, &model.SaveCallRecordInput{ID: i + 1, RobotCallJobID: new(12 + i%2*108),
				ResultStatus: new(model.ResultStatusAnswered), StartTime: &dbtest.Start})
		}
		for range 2 { // the first write of a tenant folds
			if _, err := e.DB.SaveCallRecords(e.Ctx, inputs); err != nil {
				t.Fatal(err)
			}
			for _, in := range inputs {
				in.ID += 100
			}
		}
		stats, err := e.DB.JobStats(e.Ctx, new(int64(12)), nil, "Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		groups, err := stats.Groups(e.Ctx)
		if err != nil || len(groups) != 1 || groups[0].Count != 6 {
			t.Errorf("groups of the job: got %v, %v, want one of 6 records", groups, err)
		}
		days, err := stats.Days(e.Ctx)
		if err != nil || len(days) != 1 {
			t.Errorf("days of the job: got %v, %v, want one", days, err)
		}
	})
}

// TestFoldEmptiesManyCounts folds the deletion of more values than one expression may name.
func TestFoldEmptiesManyCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var inputs []*model.CreateCallInput
		var ids []string
		for i := range 1500 {
			ids = append(ids, fmt.Sprint("c", i))
			in := &model.CreateCallInput{ID: &ids[i]}
			in.Tags = graphql.OmittableOf([]string{fmt.Sprint("tag ", i)})
			inputs = append(inputs, in)
		}
		if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if err := e.DB.Fold(e.Ctx); err != nil {
			t.Fatal(err)
		}
		if got := summaries(t, e)["callTag tag 7"]; got != 1 {
			t.Errorf("calls with the tag: got %d, want 1", got)
		}
		if _, err := e.DB.DeleteCalls(e.Ctx, model.CallSelector{Ids: ids}, db.Batch{}); err != nil {
			t.Fatal(err)
		}
		if err := e.DB.Fold(e.Ctx); err != nil {
			t.Fatalf("fold of deletions: got %v, want none", err)
		}
		if got := summaries(t, e); len(got) != 0 {
			t.Errorf("after the deletion of all calls: got %d counts, want none", len(got))
		}
	})
}

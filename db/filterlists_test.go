package db_test

import (
	"fmt"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// TestManyConcerns filters by more concerns than one expression may name.
func TestManyConcerns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		var concerns []string
		for i := range 1200 {
			concerns = append(concerns, fmt.Sprint("concern ", i))
		}
		inputs := []*model.SaveCallRecordInput{
			{ID: 1, CustomerConcern: concerns[:3]}, {ID: 2, CustomerConcern: concerns[2:4]}, {ID: 3},
		}
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name   string
			filter model.ListFilter
			want   int
		}{
			{"has", model.ListFilter{Has: &concerns[2]}, 2},
			{"has any of many", model.ListFilter{HasAny: concerns}, 2},
			{"has any of two", model.ListFilter{HasAny: concerns[:2]}, 1},
			{"has all of many", model.ListFilter{HasAll: concerns}, 0},
			{"has all of two", model.ListFilter{HasAll: []string{concerns[2], concerns[3]}}, 1},
			{"has all of one twice", model.ListFilter{HasAll: []string{concerns[2], concerns[2]}}, 2},
		} {
			page, err := e.DB.CallRecords(e.Ctx, db.RecordQuery{Filter: &model.CallRecordFilter{CustomerConcern: &c.filter}})
			if err != nil || len(page.Nodes) != c.want {
				t.Errorf("%s: got %v, %v, want %d records", c.name, page, err, c.want)
			}
		}
	})
}

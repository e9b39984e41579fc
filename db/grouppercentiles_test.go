package db_test

import (
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// groupsOfDurations asks for so many percentiles of the durations of all calls, each with a filter of its own where
// isFiltered, and returns the group.
func groupsOfDurations(t *testing.T, e *dbtest.Env, limit int64, percentiles int, isFiltered bool,
) (group *model.StatsGroup, account *db.Account, err error) {
	t.Helper()
	ctx, account := withAccount(t, e, db.AccountLimits{Read: limit})
	q := db.GroupQuery{TimeZone: "UTC", Groups: model.NewStatsPlan(), Total: model.NewStatsPlan()}
	for i := range percentiles {
		m := model.StatsMeasure{Kind: model.StatsPercentile, Of: model.StatsDuration, Percent: float64(i) / 2}
		var filter *model.CallFilter
		if isFiltered {
			filter = &model.CallFilter{ID: &model.IDFilter{Ne: new(fmt.Sprint(i))}}
		}
		q.Groups.Add(m, filter, "groups.duration")
	}
	stats, err := e.DB.CallStats(ctx, model.CallDatasetDefault, nil, q)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := stats.Load(ctx)
	if hasPassed(ctx) {
		return nil, account, db.PassedLimit(ctx)
	}
	if err != nil {
		return nil, account, err
	}
	return groups.Groups[0], account, nil
}

// TestPercentilesShareTheirMemory takes 199 percentiles of 5,000 different durations: what is held of them is counted
// once for each filter, and limited.
func TestPercentilesShareTheirMemory(t *testing.T) {
	const calls, size = 5000, 48
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for part := range calls / 1000 {
			inputs := make([]*model.CreateCallInput, 1000)
			for i := range inputs {
				inputs[i] = &model.CreateCallInput{}
				inputs[i].CallDurationInSeconds = graphql.OmittableOf(new(part*1000 + i))
			}
			if _, err := e.DB.CreateCalls(e.Ctx, inputs, db.Batch{}); err != nil {
				t.Fatal(err)
			}
		}
		group, account, err := groupsOfDurations(t, e, 10*calls*size, 199, false)
		if err != nil || account.Bytes() > 2*calls*size {
			t.Fatalf("199 percentiles of one column: got %d bytes and %v, want fewer than %d", account.Bytes(), err,
				2*calls*size)
		}
		for i := range 199 {
			m := model.StatsMeasure{Kind: model.StatsPercentile, Of: model.StatsDuration, Percent: float64(i) / 2}
			if got, want := *group.Figures.Figure(m), float64(i)*(calls-1)/200; got-want > 1e-6 || want-got > 1e-6 {
				t.Errorf("the percentile %v: got %v, want %v", m.Percent, got, want)
			}
		}
		if e.Engine != "sqlite" {
			return // PostgreSQL holds what it sorts itself, and in files beyond work_mem
		}
		if account.Bytes() < calls*size {
			t.Errorf("199 percentiles of one column: got %d bytes, want %d or more", account.Bytes(), calls*size)
		}
		if _, account, err = groupsOfDurations(t, e, 10*calls*size, 5, true); err != nil || account.Bytes() < 5*calls*size {
			t.Errorf("5 percentiles with filters: got %d bytes and %v, want %d or more", account.Bytes(), err, 5*calls*size)
		}
		if _, account, err = groupsOfDurations(t, e, 10*calls*size, 199, true); !isLimit(err) ||
			account.Bytes() > 11*calls*size {
			t.Errorf("199 percentiles with filters: got %d bytes and %v, want LIMIT_EXCEEDED at %d", account.Bytes(), err,
				10*calls*size)
		}
	})
}

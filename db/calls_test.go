package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
)

// everyCall returns one call for each combination of type, stored status, start (none, past, now, to come) and
// duration.
func everyCall() (calls []*model.CallImport) {
	types := []*model.CallType{nil, new(model.CallTypeInbound), new(model.CallTypeOutbound), new(model.CallTypeMissed)}
	statuses := []*model.OutgoingCallStatus{nil}
	for _, status := range model.AllOutgoingCallStatus {
		statuses = append(statuses, &status)
	}
	starts := []*time.Time{nil}
	for shift := -time.Microsecond; shift <= time.Microsecond; shift += time.Microsecond {
		starts = append(starts, new(dbtest.Start.Add(shift)))
	}
	durations := []*int{nil, new(0), new(61)}
	for _, callType := range types {
		for _, status := range statuses {
			for _, start := range starts {
				for _, duration := range durations {
					c := &model.CallImport{ID: fmt.Sprintf("c%04d", len(calls))}
					c.CallType, c.OutgoingCallStatus = graphql.OmittableOf(callType), graphql.OmittableOf(status)
					c.CallStartTime, c.CallDurationInSeconds = graphql.OmittableOf(start), graphql.OmittableOf(duration)
					c.Name = graphql.OmittableOf(&[]string{"Ａlpha", "beta", "alphabet", "50%_\\", ""}[len(calls)%5])
					if len(calls)%7 == 0 {
						c.Name = graphql.OmittableOf[*string](nil)
					}
					c.Tags = graphql.OmittableOf([][]string{nil, {"a"}, {"a", "B"}}[len(calls)%3])
					calls = append(calls, c)
				}
			}
		}
	}
	return calls
}

func importAll(t testing.TB, e *dbtest.Env) {
	t.Helper()
	out, err := e.DB.ImportCalls(e.Ctx, model.ImportModeUpsert, everyCall())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		if o.Errors != nil {
			t.Fatalf("ImportCalls: %s: got %v, want no error", o.Key, o.Errors)
		}
	}
}

func list(t testing.TB, e *dbtest.Env, q db.CallQuery) (calls []*model.Call, total int) {
	t.Helper()
	if q.First == nil && q.Last == nil {
		q.First = new(1000)
	}
	if q.Dataset == "" {
		q.Dataset = model.CallDatasetDefault
	}
	page, err := e.DB.Calls(e.Ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if total, err = page.TotalCount(e.Ctx); err != nil {
		t.Fatal(err)
	}
	return page.Nodes, total
}

func ids(calls []*model.Call) (ids []string) {
	for _, c := range calls {
		ids = append(ids, c.ID)
	}
	return ids
}

// isOpen reports whether a call is in the data set NOT_CLOSED, by its definition, in Go.
func isOpen(c *model.Call, now time.Time) bool {
	if status := c.OutgoingCallStatus(); status != nil {
		return *status == model.OutgoingCallStatusScheduled || *status == model.OutgoingCallStatusOverdue
	}
	isMissed := c.CallType != nil && *c.CallType == model.CallTypeMissed
	return c.CallStartTime != nil && c.CallStartTime.After(now) && !isMissed
}

func TestDatasets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		importAll(t, e)
		for _, shift := range []time.Duration{0, -time.Microsecond, time.Microsecond, time.Hour, -time.Hour} {
			e.Clock.Set(dbtest.Start.Add(shift))
			all, total := list(t, e, db.CallQuery{})
			closed, closedTotal := list(t, e, db.CallQuery{Dataset: model.CallDatasetClosed})
			open, openTotal := list(t, e, db.CallQuery{Dataset: model.CallDatasetNotClosed})
			if len(all) != len(everyCall()) || total != len(all) {
				t.Fatalf("DEFAULT: got %d calls and the total %d, want %d", len(all), total, len(everyCall()))
			}
			if closedTotal != len(closed) || openTotal != len(open) {
				t.Fatalf("got the totals %d and %d, want %d and %d", closedTotal, openTotal, len(closed), len(open))
			}
			both := append(ids(closed), ids(open)...)
			slices.Sort(both)
			want := ids(all)
			slices.Sort(want)
			if !slices.Equal(both, want) {
				t.Errorf("at %v CLOSED and NOT_CLOSED together: got %v, want %v", shift, both, want)
			}
			for _, c := range all {
				if got, want := slices.Contains(ids(open), c.ID), isOpen(c, e.Clock.Now()); got != want {
					t.Errorf("%s in NOT_CLOSED at %v: got %v, want %v", c.ID, shift, got, want)
				}
			}
		}
	})
}

// TestDerivedStates compares what SQL derives, in filters, with what Go derives, in rows.
func TestDerivedStates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		importAll(t, e)
		all, _ := list(t, e, db.CallQuery{})
		for _, status := range model.AllOutgoingCallStatus {
			filter := &model.CallFilter{OutgoingCallStatus: &model.OutgoingCallStatusFilter{Eq: &status}}
			got, _ := list(t, e, db.CallQuery{Filter: filter})
			want := filtered(all, func(c *model.Call) bool { s := c.OutgoingCallStatus(); return s != nil && *s == status })
			if !slices.Equal(ids(got), ids(want)) {
				t.Errorf("%s: got %v, want %v", status, ids(got), ids(want))
			}
		}
		for _, status := range model.AllCallStatus {
			filter := &model.CallFilter{CallStatus: &model.CallStatusFilter{Eq: &status}}
			got, _ := list(t, e, db.CallQuery{Filter: filter})
			want := filtered(all, func(c *model.Call) bool { s := c.CallStatus(); return s != nil && *s == status })
			if !slices.Equal(ids(got), ids(want)) || len(want) == 0 {
				t.Errorf("%s: got %v, want %v, not empty", status, ids(got), ids(want))
			}
		}
	})
}

func filtered(calls []*model.Call, holds func(*model.Call) bool) (out []*model.Call) {
	for _, c := range calls {
		if holds(c) {
			out = append(out, c)
		}
	}
	return out
}

// check is a condition on calls in Go.
type check = func(*model.Call) bool

// randomFilter returns a filter and the same condition in Go.
func randomFilter(r *rand.Rand, tags map[string][]string, depth int) (*model.CallFilter, check) {
	if depth == 0 || r.IntN(3) == 0 {
		all := randomLeaves(r, tags)
		leaf := all[r.IntN(len(all))]
		return &leaf.filter, leaf.holds
	}
	filters := []*model.CallFilter{}
	var checks []check
	for range r.IntN(4) {
		f, holds := randomFilter(r, tags, depth-1)
		filters, checks = append(filters, f), append(checks, holds)
	}
	switch r.IntN(3) {
	case 0:
		return &model.CallFilter{And: filters}, func(c *model.Call) bool {
			return !slices.ContainsFunc(checks, func(holds check) bool { return !holds(c) })
		}
	case 1:
		return &model.CallFilter{Or: filters}, func(c *model.Call) bool {
			return slices.ContainsFunc(checks, func(holds check) bool { return holds(c) })
		}
	}
	f, holds := randomFilter(r, tags, depth-1)
	return &model.CallFilter{Not: f}, func(c *model.Call) bool { return !holds(c) }
}

// leaf is a filter with one condition, and the same in Go.
type leaf struct {
	filter model.CallFilter
	holds  check
}

// randomLeaves returns a filter of each kind, with random operands.
func randomLeaves(r *rand.Rand, tags map[string][]string) []leaf {
	n, isEmpty := r.IntN(70), r.IntN(2) == 0
	start := dbtest.Start.Add(time.Duration(r.IntN(3)-1) * time.Microsecond)
	callType := model.AllCallType[r.IntN(3)]
	return []leaf{
		{model.CallFilter{CallDurationInSeconds: &model.IntFilter{Gte: &n}},
			func(c *model.Call) bool { return c.CallDurationInSeconds != nil && *c.CallDurationInSeconds >= n }},
		{model.CallFilter{CallDurationInSeconds: &model.IntFilter{Ne: new(61)}},
			func(c *model.Call) bool { return c.CallDurationInSeconds == nil || *c.CallDurationInSeconds != 61 }},
		{model.CallFilter{CallStartTime: &model.DateTimeFilter{Lt: &start}},
			func(c *model.Call) bool { return c.CallStartTime != nil && c.CallStartTime.Before(start) }},
		{model.CallFilter{CallType: &model.CallTypeFilter{NotIn: []model.CallType{callType}}},
			func(c *model.Call) bool { return c.CallType == nil || *c.CallType != callType }},
		{model.CallFilter{Name: &model.TextFilter{Contains: new("ALPHA")}},
			func(c *model.Call) bool { return c.Name != nil && (*c.Name == "Ａlpha" || *c.Name == "alphabet") }},
		{model.CallFilter{Tags: &model.TagsFilter{HasAll: []string{"a", "B"}}},
			func(c *model.Call) bool { return len(tags[c.ID]) == 2 }},
		{model.CallFilter{Tags: &model.TagsFilter{IsEmpty: &isEmpty}},
			func(c *model.Call) bool { return (len(tags[c.ID]) == 0) == isEmpty }},
		{model.CallFilter{Name: &model.TextFilter{IsNull: new(true)}},
			func(c *model.Call) bool { return c.Name == nil }},
		{model.CallFilter{CallDuration: &model.CallDurationFilter{In: []string{"00:00", "01:01"}}},
			func(c *model.Call) bool { return c.CallDurationInSeconds != nil }},
	}
}

func TestRandomFilters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		importAll(t, e)
		all, _ := list(t, e, db.CallQuery{})
		tags, err := e.DB.CallTags(e.Ctx, ids(all))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 150 {
			filter, holds := randomFilter(r, tags, 4)
			found, total := list(t, e, db.CallQuery{Filter: filter})
			want := filtered(all, holds)
			if !slices.Equal(ids(found), ids(want)) || total != len(want) {
				t.Fatalf("%s: got %v and the total %d, want %v", dump(t, filter), ids(found), total, ids(want))
			}
			rest, _ := list(t, e, db.CallQuery{Filter: &model.CallFilter{Not: filter}})
			if len(rest)+len(found) != len(all) {
				t.Fatalf("not %s: got %d calls, want %d", dump(t, filter), len(rest), len(all)-len(found))
			}
		}
	})
}

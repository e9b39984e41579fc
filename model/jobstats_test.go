package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"callbook/model"
)

// statsOf returns statistics of what the database would answer.
func statsOf(groups []model.JobGroup, seconds []model.SecondsCount, days []model.DayGroup) *model.JobStats {
	return &model.JobStats{
		Groups:   func(context.Context) ([]model.JobGroup, error) { return groups, nil },
		Seconds:  func(context.Context) ([]model.SecondsCount, error) { return seconds, nil },
		Days:     func(context.Context) ([]model.DayGroup, error) { return days, nil },
		Concerns: func(context.Context) ([]*model.ConcernCount, error) { return nil, nil },
	}
}

// jsonOf returns a result as JSON, for comparison and messages.
func jsonOf(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

var statsGroups = []model.JobGroup{
	{ResultStatus: new(model.ResultStatusAnswered), IntentLevel: new(model.IntentLevelB),
		RealIntentLevel: new(model.IntentLevelA),
		Rounds:          new(0), Count: 1},
	{ResultStatus: new(model.ResultStatusAnswered), IntentLevel: new(model.IntentLevelA),
		RealIntentLevel: new(model.IntentLevelA),
		Rounds:          new(3), Count: 2},
	{ResultStatus: new(model.ResultStatusAnswered), IntentLevel: new(model.IntentLevelA),
		RealIntentLevel: new(model.IntentLevelA),
		Rounds:          new(10), Count: 4},
	{ResultStatus: new(model.ResultStatusAnswered), IntentLevel: new(model.IntentLevelA), Count: 8},
	{ResultStatus: new(model.ResultStatusBusy), RealIntentLevel: new(model.IntentLevelF), Rounds: new(6), Count: 16},
}

func TestJobStatsCounts(t *testing.T) {
	ctx := t.Context()
	stats, empty := statsOf(statsGroups, nil, nil), statsOf(nil, nil, nil)
	withoutResult := statsOf(append([]model.JobGroup{{Count: 32}}, statsGroups...), nil, nil)
	for _, c := range []struct {
		name string
		got  func(s *model.JobStats) (any, error)
		of   *model.JobStats
		want any
	}{
		{"total", func(s *model.JobStats) (any, error) { return s.Total(ctx) }, stats, 31},
		{"total of none", func(s *model.JobStats) (any, error) { return s.Total(ctx) }, empty, 0},
		{"answered", func(s *model.JobStats) (any, error) { return s.Answered(ctx) }, stats, 15},
		{"answered rate", func(s *model.JobStats) (any, error) { return s.AnsweredRate(ctx) }, stats, 15.0 / 31},
		{"answered rate of none", func(s *model.JobStats) (any, error) { return s.AnsweredRate(ctx) }, empty, nil},
	} {
		got, err := c.got(c.of)
		if g, w := jsonOf(t, got, err), jsonOf(t, c.want, nil); g != w {
			t.Errorf("%s: %s, want %s", c.name, g, w)
		}
	}
	results, err := stats.Results(ctx)
	if err != nil || len(results) != len(model.AllResultStatus) {
		t.Errorf("%d results, %v, want %d: all, zeros too, and none without a result", len(results), err,
			len(model.AllResultStatus))
	}
	results, err = withoutResult.Results(ctx)
	if last := results[len(results)-1]; err != nil || last.ResultStatus != nil || last.Count != 32 {
		t.Errorf("the last result is %s, want 32 without a result", jsonOf(t, last, err))
	}
	intents := func(list []*model.IntentCount, err error) string {
		text := ""
		for _, c := range list {
			text += fmt.Sprintf("%s%d ", orZero(c.IntentLevel), c.Count)
		}
		return text + fmt.Sprint(err)
	}
	if got, want := intents(stats.IntentLevels(ctx)), "A14 B1 C0 D0 E0 F0 16 <nil>"; got != want {
		t.Errorf("grades are %s, want %s", got, want)
	}
	if got, want := intents(stats.RealIntentLevels(ctx)), "A7 B0 C0 D0 E0 F16 8 <nil>"; got != want {
		t.Errorf("real grades are %s, want %s", got, want)
	}
}

func TestJobStatsBuckets(t *testing.T) {
	buckets := func(list []*model.BucketCount, err error) string {
		text := ""
		for _, b := range list {
			text += fmt.Sprintf("%d-%d:%d ", b.From, orZero(b.To), b.Count)
		}
		return text + fmt.Sprint(err)
	}
	var seconds []model.SecondsCount
	for i, s := range []int{0, 9, 10, 59, 60, 119, 120, 179, 180, 100000} {
		seconds = append(seconds, model.SecondsCount{Seconds: s, Count: 1 << i})
	}
	stats := statsOf(statsGroups, seconds, nil)
	if got, want := buckets(stats.Rounds(t.Context())), "0-3:1 3-6:2 6-10:0 10-0:4 <nil>"; got != want {
		t.Errorf("rounds are %s, want %s: of answered records alone", got, want)
	}
	if got, want := buckets(stats.Durations(t.Context())),
		"0-10:3 10-60:12 60-120:48 120-180:192 180-0:768 <nil>"; got != want {
		t.Errorf("durations are %s, want %s", got, want)
	}
}

func TestDurationPercentiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		seconds []model.SecondsCount
		want    string
	}{
		{"none", nil, `{"P50":null,"P90":null,"P99":null}`},
		{"one", []model.SecondsCount{{Seconds: 7, Count: 1}}, `{"P50":7,"P90":7,"P99":7}`},
		{"two", []model.SecondsCount{{Seconds: 0, Count: 1}, {Seconds: 10, Count: 1}}, `{"P50":5,"P90":9,"P99":9.9}`},
		{"unsorted", []model.SecondsCount{{Seconds: 10, Count: 1}, {Seconds: 0, Count: 1}}, `{"P50":5,"P90":9,"P99":9.9}`},
		{"many of one", []model.SecondsCount{{Seconds: 1, Count: 99}, {Seconds: 2, Count: 1}},
			`{"P50":1,"P90":1,"P99":1.01}`},
		{"five", []model.SecondsCount{{Seconds: 1, Count: 1}, {Seconds: 2, Count: 3}, {Seconds: 9, Count: 1}},
			`{"P50":2,"P90":6.2,"P99":8.72}`},
	} {
		p, err := statsOf(nil, c.seconds, nil).DurationPercentiles(t.Context())
		got := jsonOf(t, map[string]*float64{"P50": p.P50, "P90": p.P90, "P99": p.P99}, err)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestDurationPercentilesKeepCounts checks that the counts stay in their order: Durations reads them at the same time.
func TestDurationPercentilesKeepCounts(t *testing.T) {
	seconds := []model.SecondsCount{{Seconds: 10, Count: 1}, {Seconds: 0, Count: 1}}
	if _, err := statsOf(nil, seconds, nil).DurationPercentiles(t.Context()); err != nil || seconds[0].Seconds != 10 {
		t.Errorf("the counts are %v, %v, want them in the order in which they were read", seconds, err)
	}
}

func TestAgreement(t *testing.T) {
	a, err := statsOf(statsGroups, nil, nil).Agreement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cells := ""
	for _, cell := range a.Cells {
		cells += fmt.Sprintf("%s%s%d ", cell.IntentLevel, cell.RealIntentLevel, cell.Count)
	}
	if cells != "AA6 BA1 " || a.Graded != 7 || a.Agreed != 6 || orZero(a.Rate) != 6.0/7 {
		t.Errorf("cells %q, %d of %d agree, rate %v, want AA6 BA1, 6 of 7", cells, a.Agreed, a.Graded, orZero(a.Rate))
	}
	a, err = statsOf(nil, nil, nil).Agreement(t.Context())
	if err != nil || a.Cells == nil || a.Graded != 0 || a.Rate != nil {
		t.Errorf("the agreement of no records is %+v, %v, want no cells and no rate", a, err)
	}
}

func TestTopConcerns(t *testing.T) {
	concerns := []*model.ConcernCount{{Concern: "price", Count: 2}, {Concern: "place", Count: 1}}
	stats := &model.JobStats{Concerns: func(context.Context) ([]*model.ConcernCount, error) { return concerns, nil }}
	for first, want := range map[int]int{1: 1, 2: 2, 3: 2, 100: 2, 0: -1, -1: -1, 101: -1} {
		got, err := stats.TopConcerns(t.Context(), first)
		if want < 0 {
			expectErrors(t, fmt.Sprint("first ", first), model.AsErrors(err), "first: must be from 1 to 100")
		} else if err != nil || len(got) != want {
			t.Errorf("TopConcerns(%d) has %d, %v, want %d", first, len(got), err, want)
		}
	}
}

// TestJobStatsErrors has a database that fails.
func TestJobStatsErrors(t *testing.T) {
	failure := errors.New("the database fails")
	stats := &model.JobStats{
		Groups:   func(context.Context) ([]model.JobGroup, error) { return nil, failure },
		Seconds:  func(context.Context) ([]model.SecondsCount, error) { return nil, failure },
		Days:     func(context.Context) ([]model.DayGroup, error) { return nil, failure },
		Concerns: func(context.Context) ([]*model.ConcernCount, error) { return nil, failure },
	}
	ctx, v := reflect.ValueOf(t.Context()), reflect.ValueOf(stats)
	for i := range v.NumMethod() {
		args := []reflect.Value{ctx}
		if v.Method(i).Type().NumIn() == 2 {
			args = append(args, reflect.ValueOf(1))
		}
		out := v.Method(i).Call(args)
		if err, _ := reflect.TypeAssert[error](out[len(out)-1]); !errors.Is(err, failure) {
			t.Errorf("%s returns the error %v, want %v", v.Type().Method(i).Name, err, failure)
		}
	}
}

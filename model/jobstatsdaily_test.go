package model_test

import (
	"fmt"
	"slices"
	"testing"

	"callbook/model"
)

// day returns the records of a day, none of a day where the date is empty; every second one is answered.
func day(date string, total int) model.DayGroup {
	group := model.DayGroup{Total: total, Answered: total / 2}
	if date != "" {
		group.Date = &date
	}
	return group
}

func TestDaily(t *testing.T) {
	for _, c := range []struct {
		name    string
		days    []model.DayGroup
		want    []string
		outside int
	}{
		{name: "none"},
		{name: "one", days: []model.DayGroup{day("2024-02-29", 1)}, want: []string{"2024-02-29 1 0"}},
		{name: "a gap, not in order", days: []model.DayGroup{day("2024-03-01", 2), day("2024-02-28", 1)},
			want: []string{"2024-02-28 1 0", "2024-02-29 0 0", "2024-03-01 2 1"}},
		{name: "a record of 1970", days: []model.DayGroup{day("1970-01-01", 1), day("2026-05-01", 3), day("2026-05-02", 1)},
			want: []string{"2026-05-01 3 1", "2026-05-02 1 0"}, outside: 1},
		{name: "records of the future", days: []model.DayGroup{day("2026-05-01", 3), day("2099-01-01", 2)},
			want: []string{"2026-05-01 3 1"}, outside: 2},
		{name: "of two in the middle the earlier", days: []model.DayGroup{day("1970-01-01", 2), day("2026-05-01", 2)},
			want: []string{"1970-01-01 2 1"}, outside: 2},
		{name: "the middle record, not the middle day", outside: 3,
			days: []model.DayGroup{day("1970-01-01", 1), day("1971-01-01", 1), day("1972-01-01", 1), day("2026-05-01", 9)},
			want: []string{"2026-05-01 9 4"}},
		{name: "no day in every zone", days: []model.DayGroup{day("", 2), day("2026-05-01", 1)},
			want: []string{"2026-05-01 1 0"}, outside: 2},
		{name: "no day at all", days: []model.DayGroup{day("", 2)}, outside: 2},
		{name: "the ends of time", days: []model.DayGroup{day("0001-01-03", 1), day("9999-12-30", 1), day("9999-12-29", 1)},
			want: []string{"9999-12-29 1 0", "9999-12-30 1 0"}, outside: 1},
		{name: "the first year", days: []model.DayGroup{day("0001-01-03", 1)}, want: []string{"0001-01-03 1 0"}},
	} {
		stats := statsOf(nil, nil, c.days)
		days, err := stats.Daily(t.Context())
		var got []string
		for _, day := range days {
			got = append(got, fmt.Sprintf("%s %d %d", day.Date, day.Total, day.Answered))
		}
		if err != nil || days == nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
		if outside, err := stats.OutsideDaily(t.Context()); err != nil || outside != c.outside {
			t.Errorf("%s: %d outside, %v, want %d", c.name, outside, err, c.outside)
		}
	}
}

// TestDailyReach has days at the ends of the ten years around the median day, and beyond.
func TestDailyReach(t *testing.T) {
	days, err := statsOf(nil, nil, []model.DayGroup{day("2015-02-28", 1), day("2015-03-01", 1), day("2020-03-01", 9),
		day("2025-03-01", 1), day("2025-03-02", 1)}).Daily(t.Context())
	if err != nil || len(days) != 3654 || days[0].Date != "2015-03-01" || days[3653].Date != "2025-03-01" {
		t.Errorf("%d days, %v, want 3654 from 2015-03-01 to 2025-03-01", len(days), err)
	}
}

func TestDailyOfNoDate(t *testing.T) {
	const want = `parsing time "x" as "2006-01-02": cannot parse "x" as "2006"`
	if _, err := statsOf(nil, nil, []model.DayGroup{day("x", 1)}).Daily(t.Context()); fmt.Sprint(err) != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

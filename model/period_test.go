package model_test

import (
	"testing"
	"time"

	"callbook/model"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	berlin, err := model.ReadZone("timeZone", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC) // 1 April in Berlin
	for _, c := range []struct {
		from, to     string
		interval     model.ReportInterval
		want, before string
		days         int
	}{
		{"", "", model.ReportIntervalDay, "2026-03-03 2026-04-01", "2026-02-01 2026-03-02", 30},
		{"", "", model.ReportIntervalWeek, "2025-10-06 2026-04-01", "2025-04-11 2025-10-05", 178},
		{"", "", model.ReportIntervalMonth, "2024-05-01 2026-04-01", "2022-05-31 2024-04-30", 701},
		{"2026-03-01", "2026-03-31", model.ReportIntervalDay, "2026-03-01 2026-03-31", "2026-02-01 2026-02-28", 31},
		{"2026-03-29", "2026-03-29", model.ReportIntervalDay, "2026-03-29 2026-03-29", "2026-03-28 2026-03-28", 1},
		{"2024-01-01", "2024-12-31", model.ReportIntervalDay, "2024-01-01 2024-12-31", "2023-01-01 2023-12-31", 366},
	} {
		p, err := model.NewPeriod(orNil(c.from), orNil(c.to), c.interval, berlin, now)
		if err != nil {
			t.Errorf("%v: got %v, want no error", c, err)
			continue
		}
		if got := days(p); got != c.want || p.Days() != c.days || days(p.Before()) != c.before {
			t.Errorf("%v: got %s of %d days after %s", c, got, p.Days(), days(p.Before()))
		}
	}
}

func days(p model.Period) string {
	return p.From.Format(time.DateOnly) + " " + p.Last().Format(time.DateOnly)
}

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func TestBadPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		interval model.ReportInterval
		code     model.ErrorCode
		field    string
	}{
		{"2026-04-02", "2026-04-01", model.ReportIntervalDay, model.ErrorCodeBadUserInput, "from"},
		{"2027-01-01", "", model.ReportIntervalDay, model.ErrorCodeBadUserInput, "from"},
		{"1899-12-31", "1900-01-01", model.ReportIntervalDay, model.ErrorCodeBadUserInput, "from"},
		{"", "9999-12-31", model.ReportIntervalDay, model.ErrorCodeBadUserInput, "to"},
		{"2025-01-01", "2026-01-02", model.ReportIntervalDay, model.ErrorCodeLimitExceeded, "groupBy"},
		{"2018-01-01", "2026-01-02", model.ReportIntervalWeek, model.ErrorCodeLimitExceeded, "groupBy"},
		{"1990-01-01", "2026-01-02", model.ReportIntervalMonth, model.ErrorCodeLimitExceeded, "groupBy"},
	} {
		now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		_, err := model.NewPeriod(orNil(c.from), orNil(c.to), c.interval, time.UTC, now)
		errs := model.AsErrors(err)
		if len(errs) != 1 || errs[0].Code != c.code || errs[0].Field != c.field {
			t.Errorf("%v: got %v, want %s on %s", c, err, c.code, c.field)
		}
	}
	for _, name := range []string{"", "Local", "Mars/Base", "../etc/passwd"} {
		if _, err := model.ReadZone("timeZone", name); err == nil {
			t.Errorf("%q: got a zone, want an error", name)
		}
	}
}

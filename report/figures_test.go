package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"callbook/model"
	"callbook/report"
)

// answerOf returns what the documents of a question answer, with as many rows as scale says.
func answerOf(t testing.TB, q report.Question, scale float64) (a report.Answer) {
	t.Helper()
	n := func(i int) int { return int(scale * float64(i)) }
	group := func(field string, value any, count int) map[string]any {
		return map[string]any{"key": map[string]any{field: value}, "count": count}
	}
	var course, hours []any
	for i, day := 0, q.Period.From; day.Before(q.Period.To); i, day = i+1, day.AddDate(0, 0, 1) {
		c := n(40 + (i*37)%80)
		if weekday := day.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			c /= 7
		}
		column := group("day", day.Format(time.DateOnly), c)
		column["answered"] = c * 7 / 10
		course = append(course, column)
	}
	for day, name := range model.AllWeekday {
		for hour := 8; hour < 20; hour++ {
			c := n((hour - 7) * (20 - hour) * (7 - day))
			hours = append(hours, map[string]any{"key": map[string]any{"weekday": name, "hourOfDay": hour}, "count": c})
		}
	}
	parts := map[string]any{}
	for i, c := range []int{210, 430, 700, 510, 390, 120, 31, 4} {
		parts[fmt.Sprintf("part%d", i)] = n(c)
	}
	numbers := func(by float64) map[string]any {
		if scale == 0 {
			return map[string]any{"count": 0}
		}
		return map[string]any{"count": n(int(2395 * by)), "answeredRate": 0.64 * by, "customers": n(int(801 * by)),
			"duration": map[string]any{"sum": 512345 * by * scale, "avg": 213.9 * by, "p50": 142 * by, "p90": 510.5},
			"rounds":   map[string]any{"avg": 4.37 * by}}
	}
	total := numbers(1)
	total["compared"] = map[string]any{"other": numbers(0.93)}
	funnel := map[string]any{"part0": n(2395), "part1": n(1530), "part2": n(420), "part3": n(97)}
	times := map[string]any{"total": map[string]any{"asOf": q.Now, "total": total},
		"course": map[string]any{"groups": course}, "hours": map[string]any{"groups": hours},
		"durations": map[string]any{"total": parts}}
	if q.IsOfRecords {
		times["funnel"] = map[string]any{"total": funnel}
	} else {
		times["open"] = map[string]any{"total": parts}
		times["tasks"], times["overdueTasks"] = map[string]any{"totalCount": n(51)}, map[string]any{"totalCount": n(13)}
	}
	long := "a very long name that somebody gave to a result without thinking of those who read it"
	lists := map[string]any{}
	for field, values := range map[string][]any{
		"callType": {"INBOUND", "OUTBOUND", "MISSED"},
		"callStatus": {"RECEIVED", "ATTENDED_DIALLED", "UNATTENDED_DIALLED", "MISSED", "SCHEDULED", "OVERDUE",
			"CANCELLED"},
		"callResult":      {"Interested", "Not interested", long, "No response/Busy", nil, "x"},
		"callPurpose":     {"Prospecting", "Negotiation", "Demo", "Project", "Administrative", nil, "其他用途", "Desk", "zz"},
		"ownerId":         {"account-4821", "account-19", "客户0012345678901234567890", "a"},
		"createdBy":       {"li.wei", "wang.fang", "a.very.long.account.name.of.a.person@example.com", "system"},
		"tag":             {"vip", "续约", "投诉", "q4", long, "new"},
		"resultStatus":    {"ANSWERED", "NO_ANSWER", "BUSY", "POWER_OFF", "REFUSED", "VACANT_NUMBER"},
		"intentLevel":     {"A", "B", "C", "D", "E", "F", nil},
		"realIntentLevel": {"A", "B", nil}, "readStatus": {"NOT_READ", "HAS_READ"},
		"customerConcern": {"价格", "服务", "合同期限", "安装"}, "robotCallJobId": {"9007199254740993", "77"},
	} {
		var groups []any
		for i, value := range values {
			if scale > 0 {
				groups = append(groups, group(field, value, n(1000/(i+1))))
			}
		}
		if field == "tag" {
			field = "tags"
		}
		lists[field] = map[string]any{"groups": groups}
	}
	for what, into := range map[*map[string]any]any{&times: &a.Times, &lists: &a.Lists} {
		text, err := json.Marshal(*what)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// TestReports writes reports in every format and language, with many rows, few and none, and looks at what is in them.
// It writes the files into the folder CALLBOOK_SCREENSHOTS.
func TestReports(t *testing.T) {
	t.Parallel()
	for _, isOfRecords := range []bool{false, true} {
		for name, scale := range map[string]float64{"many": 13.7, "few": 0.02, "none": 0} {
			for locale, word := range map[report.Locale]string{report.English: "Talk time", report.Chinese: "总通话时长"} {
				s := style(t)
				s.Locale = locale
				q := report.Question{IsOfRecords: isOfRecords, Dataset: model.CallDatasetDefault, Now: s.Created}
				var err error
				if q.Period, err = model.NewPeriod(nil, nil, model.ReportIntervalDay, s.Zone, s.Created); err != nil {
					t.Fatal(err)
				}
				f := q.Figures(answerOf(t, q, scale))
				for format, write := range map[string]report.FiguresWriter{"pdf": report.WriteFiguresPDF,
					"html": report.WriteFiguresHTML, "xlsx": report.WriteFiguresXLSX, "json": report.WriteFiguresJSON} {
					var out bytes.Buffer
					if err := write(&out, f, s); err != nil {
						t.Fatalf("%s: %v", format, err)
					}
					if format == "html" && !strings.Contains(out.String(), word) {
						t.Errorf("%s in HTML: got no %q", name, word)
					}
					if format == "xlsx" {
						checkBook(t, out.Bytes(), word)
					}
					if folder := os.Getenv("CALLBOOK_SCREENSHOTS"); folder != "" {
						file := fmt.Sprintf("report-%s-%s-%d.%s", f.Report, name, locale, format)
						if err := os.WriteFile(filepath.Join(folder, file), out.Bytes(), 0o644); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		}
	}
}

// checkBook opens a workbook: a figure's name is on its front.
func checkBook(t *testing.T, file []byte, word string) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || !strings.Contains(fmt.Sprint(rows), word) {
		t.Errorf("the workbook: got %v, %v, want %q", rows, err, word)
	}
}

func BenchmarkReportPDF(b *testing.B) {
	s := style(b)
	q := report.Question{Dataset: model.CallDatasetDefault, Now: s.Created}
	q.Period, _ = model.NewPeriod(nil, nil, model.ReportIntervalDay, s.Zone, s.Created)
	f := q.Figures(answerOf(b, q, 10))
	b.ReportAllocs()
	for b.Loop() {
		if err := report.WriteFiguresPDF(io.Discard, f, s); err != nil {
			b.Fatal(err)
		}
	}
}

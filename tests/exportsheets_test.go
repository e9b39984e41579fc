package tests

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// openBook opens a workbook by another library.
func openBook(t *testing.T, book string) *excelize.File {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader([]byte(book)))
	if err != nil {
		t.Fatalf("%.200s: %v", book, err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// expectSheet checks the cells of a sheet, without the columns that are not named.
func expectSheet(t *testing.T, book *excelize.File, name string, columns []string, want ...string) {
	t.Helper()
	rows, err := book.GetRows(name)
	if err != nil || len(rows) == 0 {
		t.Errorf("%s: got %d rows, %v, want a sheet with a header", name, len(rows), err)
		return
	}
	var got []string
	for _, row := range rows[1:] {
		var cells []string
		for _, column := range columns {
			for i, header := range rows[0] {
				if header == column && i < len(row) {
					cells = append(cells, row[i])
				}
			}
		}
		got = append(got, strings.Join(cells, "|"))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

// TestExportSheets exports calls with their tags, tasks and notes as a workbook.
func TestExportSheets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation { createCalls(inputs: [
			{id: "a", tags: ["y", "x"], callStartTime: "2024-05-17T08:00:00Z"},
			{id: "b", tags: ["x"], callStartTime: "2024-05-16T08:00:00Z"}, {id: "gone", tags: ["z"]}]) { written }
			createCallTasks(select: {ids: ["a", "b", "gone"]}, tasks: [{subject: "=1+1", dueAt: "2024-05-20T00:00:00Z"}]) {
				tasks { id } }
			addNote(callId: "b", text: "two\nlines") { note { id } }
			deleteCalls(select: {ids: ["gone"]}) { written } }`, nil)
		if made["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", made["errors"])
		}
		book := openBook(t, server.Do("GET", "/export/calls.xlsx?columns=id&sheets=TAGS,TASKS,NOTES", "").Body)
		if got, want := fmt.Sprint(book.GetSheetList()), "[Calls Tags Tasks Notes]"; got != want {
			t.Errorf("sheets: got %s, want %s", got, want)
		}
		expectSheet(t, book, "Calls", []string{"id"}, "a", "b")
		expectSheet(t, book, "Tags", []string{"callId", "tag"}, "a|x", "a|y", "b|x")
		expectSheet(t, book, "Tasks", []string{"callId", "subject", "status", "dueAt"},
			"a|=1+1|NOT_STARTED|2024-05-20 08:00:00", "b|=1+1|NOT_STARTED|2024-05-20 08:00:00")
		expectSheet(t, book, "Notes", []string{"callId", "text"}, "b|two\nlines")

		second := openBook(t, server.Do("GET", "/export/calls.xlsx?columns=id&sheets=NOTES,TAGS&first=1&locale=ZH", "").Body)
		if got, want := fmt.Sprint(second.GetSheetList()), "[Calls Notes Tags]"; got != want {
			t.Errorf("sheets: got %s, want %s", got, want)
		}
		expectSheet(t, second, "Notes", []string{"通话标识"})
		expectSheet(t, second, "Tags", []string{"通话标识", "标签"}, "a|x", "a|y")
	})
}

// TestExportOfTranscripts exports call records with their turns: a row a turn, and a cell a transcript.
func TestExportOfTranscripts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		made := server.Post(`mutation ($long: String!) { saveCallRecords(inputs: [
			{id: "1", startTime: "2024-05-17T08:00:00Z", details: [{type: ROBOT, text: "您好, \"hi\""},
				{type: PERSON, text: "=1"}]},
			{id: "2", startTime: "2024-05-16T08:00:00Z"},
			{id: "3", startTime: "2024-05-15T08:00:00Z", details: [{type: ROBOT, text: $long}]}]) { results { outcome } } }`,
			map[string]any{"long": strings.Repeat("long", 1000)})
		if made["errors"] != nil {
			t.Fatalf("the rows: got %v, want no errors", made["errors"])
		}
		got := server.Do("GET", "/export/call-records.csv?columns=id&transcript=ROWS&first=2", "")
		want := "id,details.position,details.type,details.text\n1,1,ROBOT,\"您好, \"\"hi\"\"\"\n1,2,PERSON,\"'=1\"\n2,,,\n"
		if got.Body != want || got.Header.Get("X-Row-Count") != "3" {
			t.Errorf("ROWS: got %q with %s rows, want %q with 3", got.Body, got.Header.Get("X-Row-Count"), want)
		}
		got = server.Do("GET", "/export/call-records.ndjson?columns=id&transcript=cell&first=2", "")
		want = `{"id":"1","details":[{"type":"ROBOT","text":"您好, \"hi\""},{"type":"PERSON","text":"=1"}]}` + "\n" +
			`{"id":"2","details":null}` + "\n"
		if got.Body != want {
			t.Errorf("CELL: got %q, want %q", got.Body, want)
		}
		book := openBook(t, server.Do("GET", "/export/call-records.xlsx?columns=id&transcript=ROWS", "").Body)
		expectSheet(t, book, "Call records", []string{"id", "details.position", "details.type"}, "1|1|ROBOT", "1|2|PERSON",
			"2", "3|1|ROBOT")

		var turns []any
		for range 20 {
			turns = append(turns, map[string]any{"type": "ROBOT", "text": strings.Repeat("长", 4000)})
		}
		server.Post(`mutation ($turns: [CallDetailInput!]) { saveCallRecords(inputs: [{id: "8", details: $turns},
			{id: "9", details: $turns}]) { results { outcome } } }`, map[string]any{"turns": turns})
		refused := server.Do("GET", "/export/call-records.xlsx?transcript=CELL", "")
		if refused.Code() != "LIMIT_EXCEEDED" || !strings.Contains(refused.Body, "XLSX: 9, 8;") &&
			!strings.Contains(refused.Body, "XLSX: 8, 9;") {
			t.Errorf("transcripts of 80,000 characters in cells: got %d %.300s, want LIMIT_EXCEEDED that names 8 and 9",
				refused.Status, refused.Body)
		}
		if whole := server.Do("GET", "/export/call-records.csv?transcript=CELL", ""); whole.Status != 200 {
			t.Errorf("the same as CSV: got %d %.300s, want 200", whole.Status, whole.Body)
		}
	})
}

// TestExportAddressesComeBack makes links of exports with everything, and follows them.
func TestExportAddressesComeBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.Listen(t, e, nil)
		authorization := "Bearer " + server.Key("exporter", model.RoleAdmin)
		for _, input := range []string{
			`{entity: CALLS, format: XLSX, sheets: [TASKS, TAGS], columns: ["id", "name"], locale: ZH, timeZone: "UTC"}`,
			`{entity: CALL_RECORDS, transcript: ROWS, spreadsheetSafe: false, first: 3, offset: 1}`,
		} {
			answer := server.Send("{ exportLink(input: "+input+") { url } }", "Authorization", authorization).JSON()
			link, _ := answer.At("data", "exportLink", "url").(string)
			if got := server.Do("GET", link, ""); got.Status != 200 {
				t.Errorf("%s: got %v, then %d %.300s, want 200", input, answer, got.Status, got.Body)
			}
		}
	})
}

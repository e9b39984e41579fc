package tests

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/files/sheet"
	"callbook/tests/harness"
)

// hostileTexts are texts that formats of tables could change.
var hostileTexts = []string{
	"=1+1", "+1", "+86 138-0013", "＝1+1", "\nx", "x;=y", "-1", "@x", "\tx", " spaced ", "a,b;c\td",
	`"quoted" 'single'`, "line\nbreak\r\nand\rmore", "_x0041_",
	"'apostrophe", "<b>&amp;</b>", "😀𠀀", "1234567890123456789", "007", "TRUE", "2024-01-02", "null", "\\N", "[1]", "{}",
	strings.Repeat("长", 32000),
}

// TestRoundTrip exports calls and records in each format, loads the file into an empty tenant, and exports again: every
// cell has the same value, but for what the server sets.
func TestRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		fillForRoundTrip(t, server)
		for _, c := range []struct{ name, parameters string }{
			{"calls.csv", ""}, {"calls.csv", "?spreadsheetSafe=false&locale=ZH"}, {"calls.csv", "?timeZone=UTC"},
			{"calls.ndjson", ""}, {"calls.xlsx", ""}, {"calls.xlsx", "?locale=EN"}, {"call-records.csv", ""},
			{"call-records.csv", "?spreadsheetSafe=false"}, {"call-records.ndjson", ""}, {"call-records.xlsx", ""},
			{"call-records.csv", "?transcript=CELL"}, {"call-records.ndjson", "?transcript=CELL"},
			{"call-records.xlsx", "?transcript=CELL"},
		} {
			_, actor := dbtest.NewTenant(t.Context())
			other := server.As(actor)
			path := "/export/" + c.name + c.parameters
			before := server.Do("GET", path, "")
			file := harness.WriteFile(t, t.TempDir(), c.name, before.Body)
			tenant := strconv.FormatInt(actor.TenantID, 10)
			code, out, messages := harness.Run(nil, "load", "--db", e.DSN, "--tenant", tenant, file)
			if code != 0 {
				t.Errorf("%s: load: got the exit code %d: %.600s%s", path, code, messages, out)
				continue
			}
			compareTables(t, path, before.Body, other.Do("GET", path, "").Body)
		}
	})
}

func fillForRoundTrip(t *testing.T, server *harness.Server) {
	t.Helper()
	for i, text := range hostileTexts {
		short := string([]rune(text)[:min(200, len([]rune(text)))])
		answer := server.Post(`mutation ($id: ID!, $name: String!, $text: String, $tags: [String!]) {
			createCall(input: {id: $id, name: $name, subject: $name, description: $text, tags: $tags, callType: OUTBOUND,
				callStartTime: "2024-03-31T01:30:00.123456Z", callDurationInSeconds: 3661, outgoingCallStatus: COMPLETED,
				attachments: [{id: "a", name: $name, fileId: "f"}]}) { call { id } }
			saveCallRecords(inputs: [{id: "`+strconv.Itoa(9007199254740993+i)+`", analysisBasis: $name, resultStatus: ANSWERED,
				customerConcern: [$name], calledPhoneNumber: "+86 138", startTime: "2024-03-31T01:30:00Z", chatDuration: 61,
				details: [{type: ROBOT, text: $name}, {type: PERSON, text: "您好\n\"1\""}]}]) {
				results { errors { message } } } }`,
			map[string]any{"id": fmt.Sprintf("c%02d", i), "name": short, "text": text, "tags": []string{"b", "a"}})
		if code, _ := answer.FirstError(); code != nil {
			t.Fatalf("%.40q: got %v, want a call and a record", text, answer)
		}
	}
	server.Post(`mutation { createCall(input: {id: "empty"}) { call { id } } createCall(input: {id: "blank", name: "",
		description: ""}) { call { id } } }`, nil)
}

// setByServer are columns that an import does not carry over.
var setByServer = []string{
	"version", "updatedBy", "updatedAt", "createdByKind", "版本", "更新人", "更新时间", "建立方式", "Version", "Updated by",
	"Updated at", "Created by (kind)",
}

// setInRecords are those of records beside setByServer: imports carry no tags of records, and no creator.
var setInRecords = []string{"createdBy", "createdAt", "tags"}

// compareTables compares the cells of two tables, but for what the server sets.
func compareTables(t *testing.T, name, before, after string) {
	t.Helper()
	want, got := tableCells(t, name, before), tableCells(t, name, after)
	if len(got) != len(want) {
		t.Errorf("%s: got %d rows, want %d", name, len(got), len(want))
		return
	}
	for id, row := range want {
		for column, cell := range row {
			ignored := slices.Contains(setByServer, column) ||
				strings.Contains(name, "records") && slices.Contains(setInRecords, column)
			if other := got[id][column]; !ignored && other != cell {
				t.Errorf("%s: %s of %s: got %.80q, want %.80q", name, column, id, other, cell)
			}
		}
	}
}

// tableCells returns the cells of a table by id and column, each with its kind.
func tableCells(t *testing.T, name, table string) map[string]map[string]string {
	t.Helper()
	reader, err := sheet.Open(strings.NewReader(table), int64(len(table)), sheet.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer reader.Close()
	rows := map[string]map[string]string{}
	for {
		row, err := reader.Next()
		if err == io.EOF { //nolint:errorlint // readers end with io.EOF itself
			return rows
		}
		if err != nil || row.Error != nil {
			t.Fatalf("%s: got %v, %v, want rows", name, err, row)
		}
		cells := map[string]string{}
		for i, cell := range row.Cells {
			cells[reader.Columns[i].Name] = fmt.Sprint(cell.Kind, " ", cell)
		}
		rows[row.Cells[0].String()] = cells
	}
}

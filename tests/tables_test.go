package tests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/files/sheet"
	"callbook/tests/harness"
)

// bankMapping says what the columns of bank-calls.csv are.
const bankMapping = `{"columns": [
	{"column": "job", "field": "ownerSubtype"}, {"column": "contact", "field": "callAgenda"},
	{"column": "duration", "field": "callDurationInSeconds"}, {"column": "campaign", "field": "subject"},
	{"column": "y", "field": "callResult", "values": {"YES": "Interested", "no": "Not interested"}}],
	"constants": {"id": "bank-{row}", "callType": "OUTBOUND", "outgoingCallStatus": "COMPLETED"}}`

// TestLoadMapping loads real calls under headers of their own by a mapping alone: every row goes in, with its duration
// and result; a second time changes nothing; the mapping serves a further file.
func TestLoadMapping(t *testing.T) {
	path := harness.RealData(t, "bank-calls.csv")
	rows := readCSV(t, path)
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		mapping := harness.WriteFile(t, t.TempDir(), "mapping.json", bankMapping)
		load := func(file string) string {
			code, out, messages := harness.Run(nil, "load", "--db", e.DSN, "--tenant",
				strconv.FormatInt(e.Actor.TenantID, 10), "--mapping", mapping, file)
			if code != 0 {
				t.Fatalf("load: got the exit code %d, want 0: %s%s", code, out, messages)
			}
			return out
		}
		all := fmt.Sprintf("loaded: %s calls", commas(len(rows)))
		if out := load(path); !strings.Contains(out, all) || !strings.Contains(out, "0 bad rows") {
			t.Errorf("got %q, want %s", out, all)
		}
		if out := load(path); !strings.Contains(out, commas(len(rows))+" unchanged") {
			t.Errorf("loaded twice: got %q, want all rows unchanged", out)
		}
		server := harness.NewServer(t, e)
		var seconds, interested int
		for _, row := range rows {
			n, err := strconv.Atoi(row[7])
			if err != nil {
				t.Fatal(err)
			}
			seconds += n
			if row[11] == "yes" {
				interested++
			}
		}
		got := 0
		for after := any(nil); ; {
			answer := server.Post(`query ($after: String) { calls(first: 1000, after: $after, orderBy: [{field: ID}]) {
				nodes { callDurationInSeconds } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after})
			for _, node := range harness.List(answer, "data", "calls", "nodes") {
				got += int(harness.At(node, "callDurationInSeconds").(float64))
			}
			if after = answer.At("data", "calls", "pageInfo", "endCursor"); answer.At("data", "calls", "pageInfo",
				"hasNextPage") != true {
				break
			}
		}
		if got != seconds {
			t.Errorf("seconds of all calls: got %d, want %d", got, seconds)
		}
		answer := server.Post(`{ calls(filter: {callResult: {eq: "Interested"}}) { totalCount } }`, nil)
		if n := answer.At("data", "calls", "totalCount"); n != float64(interested) {
			t.Errorf("calls whose y is yes: got %v, want %d", n, interested)
		}
	})
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(harness.ReadFile(t, path)))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func commas(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }

// TestLoadTables loads tables without a mapping: their headers are captions or names of fields.
func TestLoadTables(t *testing.T) {
	folder := t.TempDir()
	dsn := "sqlite:" + filepath.Join(folder, "x.db")
	var workbook bytes.Buffer
	w, err := sheet.NewWriter(&workbook, sheet.XLSX, sheet.WriteOptions{Columns: []sheet.WriteColumn{
		{Name: "标识"}, {Name: "名称"}, {Name: "通话类型"}, {Name: "nonsense"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		cells := []sheet.Cell{
			sheet.TextCell("x" + strconv.Itoa(i)), sheet.TextCell("王芳"), sheet.TextCell("呼入"), sheet.TextCell("-"),
		}
		if err := w.WriteRow(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	gb := "\xb1\xea\xca\xb6,\xc3\xfb\xb3\xc6\ng1,\xcd\xf5\xb7\xbc\n" // 标识,名称 and g1,王芳 in GB18030
	for _, c := range []struct {
		name, content string
		flags         []string
		code          int
		wants         string
	}{
		{"a.xlsx", workbook.String(), nil, 0, "loaded: 3 calls (3 created"},
		{"gb.csv", gb, nil, 0, "loaded: 1 call (1 created"},
		{"tabs.tsv", "id\tname\nt1\tx\n", nil, 0, "loaded: 1 call"},
		{"hash.csv", "id#name\nh1#x\n", []string{"--delimiter", "#"}, 0, "loaded: 1 call"},
		{"records.csv", "通话ID,通话结果\n5,已接听\n", nil, 0, "loaded: 1 call record"},
		{"bad.csv", "id,callType\nb1,INBOUND\nb2,x\n", nil, 1, `bad.csv:3: row 3, id "b2": callType`},
		{"noid.csv", "name\nx\n", nil, 1, "no column is the id"},
		{"old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on", nil, 1, "save it as .xlsx"},
		{"empty.csv", "", nil, 1, "the file is empty"},
		{"hash.csv", "id#name\n", []string{"--delimiter", "##"}, 1, "--delimiter"},
	} {
		args := append([]string{"load", "--db", dsn}, c.flags...)
		code, out, messages := harness.Run(nil, append(args, harness.WriteFile(t, folder, c.name, c.content))...)
		if code != c.code || !strings.Contains(out+messages, c.wants) {
			t.Errorf("%s: got the exit code %d and %s%s, want %d and %q", c.name, code, out, messages, c.code, c.wants)
		}
	}
}

// TestLoadErrors loads tables with a bad row by --errors, corrects the file that it writes, and loads that: the rows
// that went in are left out.
func TestLoadErrors(t *testing.T) {
	folder := t.TempDir()
	dsn := "sqlite:" + filepath.Join(folder, "x.db")
	out := filepath.Join(folder, "errors.csv")
	file := harness.WriteFile(t, folder, "calls.csv", "id,callType,name\na,INBOUND,'=1\nb,wrong,x\nc,,y\n")
	load := func(wants string, code int, args ...string) string {
		t.Helper()
		got, text, messages := harness.Run(nil, append([]string{"load", "--db", dsn}, args...)...)
		if got != code || !strings.Contains(text+messages, wants) {
			t.Errorf("%v: got the exit code %d and %s%s, want %d and %q", args, got, text, messages, code, wants)
		}
		return text
	}
	load("checked, nothing written: 2 calls", 1, "--dry-run", "--errors", out, file)
	if got := harness.ReadFile(t, out); strings.Contains(got, sheet.DoneMark) {
		t.Errorf("of a dry run: got %q, want no row done", got)
	}
	load("the rows with their errors are in "+out, 1, "--errors", out, file)
	got := harness.ReadFile(t, out)
	for _, want := range []string{"Import errors,id,callType,name", "done,a,INBOUND,'=1", "done,c,,y", ",b,wrong,x",
		"callType: must be one of"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want it to have %q", got, want)
		}
	}
	corrected := harness.WriteFile(t, folder, "corrected.csv", strings.Replace(got, ",b,wrong", ",b,OUTBOUND", 1))
	load("loaded: 1 call (1 created", 0, "--errors", out, corrected)
	load("name another one", 1, "--errors", file, file)
	load("goes with one table", 1, "--errors", out, file, file)
}

// TestLoadFurtherSheets loads workbooks with the sheet Calls (2): its rows go in where its header is the same, and it
// is a warning where not.
func TestLoadFurtherSheets(t *testing.T) {
	folder := t.TempDir()
	dsn := "sqlite:" + filepath.Join(folder, "x.db")
	for _, c := range []struct {
		header, value string
		code          int
		wants         string
	}{
		{"name", "x", 0, "loaded: 2 calls"},
		{"subject", "x", 3, "the sheets Calls (2) are not read"},
		{"name", strings.Repeat("x", 300), 1, `sheet "Calls (2)", row 2, id "further": name`},
	} {
		var workbook bytes.Buffer
		columns := []sheet.WriteColumn{{Name: "id"}, {Name: "name"}}
		w, err := sheet.NewWriter(&workbook, sheet.XLSX, sheet.WriteOptions{Sheet: "Calls", Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		further := []sheet.WriteColumn{{Name: "id"}, {Name: c.header}}
		if err := errors.Join(w.WriteRow([]sheet.Cell{sheet.TextCell("first"), sheet.TextCell("y")}),
			w.NextSheet("Calls (2)", further),
			w.WriteRow([]sheet.Cell{sheet.TextCell("further"), sheet.TextCell(c.value)}), w.Close()); err != nil {
			t.Fatal(err)
		}
		file := harness.WriteFile(t, folder, "calls.xlsx", workbook.String())
		code, out, messages := harness.Run(nil, "load", "--db", dsn, file)
		if code != c.code || !strings.Contains(out+messages, c.wants) {
			t.Errorf("%s: got the exit code %d and %s%s, want %d and %q", c.header, code, out, messages, c.code, c.wants)
		}
	}
}

// TestLoadPreview previews a table: nothing is written, and what is printed is a mapping that loads it.
func TestLoadPreview(t *testing.T) {
	folder := t.TempDir()
	dsn := "sqlite:" + filepath.Join(folder, "x.db")
	file := harness.WriteFile(t, folder, "my calls.csv", "name,Duration,odd\na,5,1\nb,x,2\n")
	code, out, messages := harness.Run(nil, "load", "--db", dsn, "--preview", file)
	if code != 1 || !strings.Contains(messages, "1 row would go in; 1 bad row") ||
		!strings.Contains(messages, `row 3, id "my-calls-3": callDurationInSeconds`) {
		t.Errorf("got the exit code %d and %s, want 1 and that the second row is bad", code, messages)
	}
	if _, err := os.Stat(filepath.Join(folder, "x.db")); err == nil {
		t.Errorf("got a database, want none")
	}
	if !json.Valid([]byte(out)) {
		t.Fatalf("got %s, want a mapping", out)
	}
	mapping := harness.WriteFile(t, folder, "mapping.json", out)
	code, out, messages = harness.Run(strings.NewReader("name,Duration,odd\nc,7,1\n"), "load", "--db", dsn, "--mapping",
		mapping, "-")
	if code != 0 || !strings.Contains(out, "loaded: 1 call") {
		t.Errorf("by the mapping from standard input: got %d and %s%s, want 1 call", code, out, messages)
	}
}

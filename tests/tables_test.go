package tests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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

package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"callbook/db/dbtest"
	"callbook/files/sheet"
	"callbook/model"
	"callbook/tests/harness"
)

// started is the answer to startImport.
type started struct {
	id     string // of the job
	code   any    // of the first error
	isNew  bool
	answer harness.Answer
}

// startImport starts the import of a file that comes with the request. arguments are further fields of the input.
func startImport(server *harness.Server, name, content, arguments string, as ...string) started {
	operation := `{"query":"mutation($f: Upload!) { startImport(input: {file: $f, ` +
		strings.NewReplacer(`"`, `\"`, "\n", " ", "\t", " ").Replace(arguments) +
		`}) { isNew job { jobId state kind } } }","variables":{"f":null}}`
	body, contentType := multipartBody([]part{
		{"operations", "", operation}, {"map", "", `{"0":["variables.f"]}`}, {"0", name, content},
	})
	answer := server.Do("POST", "/graphql", body, append([]string{"Content-Type", contentType, "GraphQL-Preflight", "1"},
		as...)...)
	made := answer.JSON()
	id, _ := made.At("data", "startImport", "job", "jobId").(string)
	return started{id, answer.Code(), made.At("data", "startImport", "isNew") == true, answer}
}

const importQuery = `query($id: ID!) { job(id: $id) { state kind error { code message } file { url }
	progress { rowsTotal rowsRead rowsWritten rowsFailed }
	imported { created updated restored unchanged warned } errorFile { name url contentType }
	outcomes(first: 100) { endRow nodes { row outcome rowId version errors { code field cell message }
		warnings { message } } } } }`

// endOfImport waits until an import has ended, and returns it.
func endOfImport(t *testing.T, server *harness.Server, of started, as ...string) harness.Response {
	t.Helper()
	if of.id == "" {
		t.Fatalf("startImport: got %s, want a job", of.answer.Body)
	}
	var job harness.Response
	harness.Eventually(t, "the import has ended", func() bool {
		body := harness.Body(importQuery, vars{"id": of.id})
		job = server.Do("POST", "/graphql", body, append([]string{"Content-Type", "application/json"}, as...)...).JSON()
		state := job.At("data", "job", "state")
		return state != "WAITING" && state != "RUNNING"
	})
	return job
}

// expectImport compares parts of an import that has ended.
func expectImport(t *testing.T, what string, job harness.Response, want vars) {
	t.Helper()
	if got := job.At("data", "job"); !includes(want, got) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// inputOfMapping returns a mapping, as people keep it, as a literal of the input.
func inputOfMapping(t *testing.T, text string) string {
	t.Helper()
	var m struct {
		Columns []struct {
			Column, Field string
			Values        map[string]string
		}
		Constants map[string]string
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("{columns: [")
	for _, c := range m.Columns {
		fmt.Fprintf(&b, "{column: %q, field: %q, values: [", c.Column, c.Field)
		for from, to := range c.Values {
			fmt.Fprintf(&b, "{from: %q, to: %q}", from, to)
		}
		b.WriteString("]}")
	}
	b.WriteString("], constants: [")
	for field, value := range m.Constants {
		fmt.Fprintf(&b, "{field: %q, value: %q}", field, value)
	}
	b.WriteString("]}")
	return b.String()
}

// TestImportByMapping imports real calls under headers of their own by a mapping alone, and once more.
func TestImportByMapping(t *testing.T) {
	path := harness.RealData(t, "bank-calls.csv")
	rows := float64(len(readCSV(t, path)))
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		arguments := "kind: CALLS, mapping: " + inputOfMapping(t, bankMapping)
		content := harness.ReadFile(t, path)
		first := startImport(server, "bank-calls.csv", content, arguments)
		expectImport(t, "the first import", endOfImport(t, server, first), vars{"state": "DONE", "kind": "IMPORT",
			"progress": vars{"rowsTotal": rows, "rowsRead": rows, "rowsWritten": rows, "rowsFailed": 0.0},
			"imported": vars{"created": rows, "updated": 0.0, "unchanged": 0.0}, "errorFile": nil})
		found := server.Post(`{ calls { totalCount } }`, nil)
		if found.At("data", "calls", "totalCount") != rows {
			t.Errorf("calls: got %v, want %v", found, rows)
		}
		if again := startImport(server, "again.csv", content, arguments); again.isNew || again.id != first.id {
			t.Errorf("the same file: got %s, want the first job", again.answer.Body)
		}
		repeated := startImport(server, "bank-calls.csv", content, arguments+", repeat: true")
		if repeated.id == first.id {
			t.Errorf("repeat: got the first job, want another one")
		}
		expectImport(t, "repeated", endOfImport(t, server, repeated), vars{"state": "DONE",
			"imported": vars{"created": 0.0, "unchanged": rows}, "outcomes": vars{"nodes": []any{}}})
	})
}

const raggedCSV = "id,name,callType,callDurationInSeconds\nr1,Ann,OUTBOUND,60\nr2,Bob,sideways,60\nr3,Cid\n" +
	"r4,Dan,INBOUND,1,2\nr5,Eve,INBOUND,long\nr6,Fay,INBOUND,7\n"

// TestImportErrors imports tables with bad rows, and the tables that come back, corrected: only what failed runs.
func TestImportErrors(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		first := startImport(server, "r.csv", raggedCSV, "kind: CALLS")
		job := endOfImport(t, server, first)
		expectImport(t, "ragged rows", job, vars{"state": "DONE", "errorFile": vars{"name": "r-errors.csv"},
			"progress": vars{"rowsTotal": 6.0, "rowsRead": 6.0, "rowsWritten": 3.0, "rowsFailed": 3.0},
			"imported": vars{"created": 3.0, "warned": 1.0},
			"outcomes": vars{"endRow": nil, "nodes": []any{
				vars{"row": 2.0, "outcome": "CREATED", "rowId": "r1", "version": 1.0, "errors": []any{}},
				vars{"row": 3.0, "outcome": "FAILED", "rowId": "r2", "version": nil,
					"errors": []any{vars{"code": "BAD_USER_INPUT", "field": "callType", "cell": "C3"}}},
				vars{"row": 4.0, "outcome": "CREATED", "warnings": []any{vars{
					"message": "the row has 2 cells, the header has 4"}}},
				vars{"row": 5.0, "outcome": "FAILED"},
				vars{"row": 6.0, "outcome": "FAILED", "errors": []any{vars{"field": "callDurationInSeconds", "cell": "D6"}}},
				vars{"row": 7.0, "outcome": "CREATED"},
			}}})
		url, _ := job.At("data", "job", "errorFile", "url").(string)
		back := server.Do("GET", url, "").Body
		if !strings.Contains(back, "done,r1,Ann,OUTBOUND,60") || strings.Count(back, "done,") != 3 {
			t.Fatalf("the table with errors: got %q, want three rows done", back)
		}
		corrected := strings.NewReplacer("sideways", "OUTBOUND", "long", "5", "INBOUND,1,2", "INBOUND,1").Replace(back)
		expectImport(t, "corrected", endOfImport(t, server, startImport(server, "r-errors.csv", corrected, "kind: CALLS")),
			vars{"state": "DONE", "errorFile": nil, "imported": vars{"created": 3.0},
				"progress": vars{"rowsRead": 3.0, "rowsWritten": 3.0, "rowsFailed": 0.0}})
		page := server.Post(`query($id: ID!) { job(id: $id) { outcomes(first: 1, after: 3, outcomes: [FAILED]) {
			endRow nodes { row } } } }`, vars{"id": first.id})
		if !includes(vars{"endRow": 5.0, "nodes": []any{vars{"row": 5.0}}}, page.At("data", "job", "outcomes")) {
			t.Errorf("a page of outcomes: got %v, want row 5", page)
		}
		many := server.Post(`query($id: ID!) { job(id: $id) { outcomes(first: 501) { endRow } } }`, vars{"id": first.id})
		if code, _ := many.FirstError(); code != "LIMIT_EXCEEDED" {
			t.Errorf("501 outcomes: got %v, want LIMIT_EXCEEDED", many)
		}
	})
}

// TestImportWorkbook imports a workbook with a bad cell, and the one that comes back.
func TestImportWorkbook(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		prefix := fmt.Sprint("x", e.Actor.TenantID, "-")
		book := func(columns []string, rows ...[]string) string {
			var b bytes.Buffer
			o := sheet.WriteOptions{}
			for _, name := range columns {
				o.Columns = append(o.Columns, sheet.WriteColumn{Name: name})
			}
			w, err := sheet.NewWriter(&b, sheet.XLSX, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				var cells []sheet.Cell
				for _, text := range row {
					cells = append(cells, sheet.TextCell(text))
				}
				if err := w.WriteRow(cells); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		content := book([]string{"标识", "名称", "通话类型"}, []string{prefix + "1", "王芳", "呼入"},
			[]string{prefix + "2", "李强", "横向"})
		job := endOfImport(t, server, startImport(server, "通话.xlsx", content, "kind: CALLS"))
		expectImport(t, "a workbook", job, vars{"state": "DONE", "imported": vars{"created": 1.0},
			"errorFile": vars{"name": "通话-errors.xlsx"}, "progress": vars{"rowsRead": 2.0, "rowsFailed": 1.0}})
		url, _ := job.At("data", "job", "errorFile", "url").(string)
		back := server.Do("GET", url, "").Body
		reader, err := sheet.Open(strings.NewReader(back), int64(len(back)), sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		row, err := reader.Next()
		if err != nil || row.Cells[0].Text != prefix+"2" || reader.Done != 1 {
			t.Errorf("the workbook that comes back: got %v, %v with %d rows done, want the second row alone", row, err,
				reader.Done)
		}
	})
}

// TestImportOptions imports under each mode and policy, and dry.
func TestImportOptions(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		const calls, records = "id,name\na,A\nb,B\n", "id,calledPhoneNumber\n1,13800138000\n2,13800138001\n"
		server.Post(`mutation { createCall(input: {id: "a"}) { call { id } }
			saveCallRecords(inputs: [{id: "1"}]) { results { outcome } } }`, nil)
		for _, c := range []struct {
			what, content, arguments string
			want                     vars
		}{
			{"dry", calls, "kind: CALLS, options: {dryRun: true}",
				vars{"progress": vars{"rowsRead": 2.0, "rowsWritten": 0.0}, "imported": vars{"created": 0.0}}},
			{"update", calls, "kind: CALLS, options: {mode: UPDATE}", vars{"imported": vars{"updated": 1.0, "created": 0.0},
				"outcomes": vars{"nodes": []any{vars{"rowId": "a", "outcome": "UPDATED", "version": 2.0},
					vars{"rowId": "b", "errors": []any{vars{"code": "NOT_FOUND"}}}}}}},
			{"create", calls, "kind: CALLS, options: {mode: CREATE}", vars{"imported": vars{"updated": 0.0, "created": 1.0},
				"outcomes": vars{"nodes": []any{vars{"rowId": "a", "errors": []any{vars{"code": "CONFLICT"}}},
					vars{"rowId": "b", "outcome": "CREATED"}}}}},
			{"update of records", records, "kind: CALL_RECORDS, options: {mode: UPDATE}",
				vars{"imported": vars{"updated": 1.0, "created": 0.0}, "outcomes": vars{"nodes": []any{
					vars{"rowId": "1", "outcome": "UPDATED"}, vars{"rowId": "2", "errors": []any{vars{"code": "NOT_FOUND"}}}}}}},
			{"create of records", records, "kind: CALL_RECORDS, options: {mode: CREATE}",
				vars{"imported": vars{"updated": 0.0, "created": 1.0}, "outcomes": vars{"nodes": []any{
					vars{"rowId": "1", "errors": []any{vars{"code": "CONFLICT"}}}, vars{"rowId": "2", "outcome": "CREATED"}}}}},
			{"all or nothing", calls + "c,C\nd,D,x\n", "kind: CALLS, options: {policy: ALL_OR_NOTHING}",
				vars{"progress": vars{"rowsRead": 4.0, "rowsWritten": 0.0, "rowsFailed": 1.0}, "imported": vars{"created": 0.0}}},
			{"all", calls + "c,C\nd,D\n", "kind: CALLS, options: {policy: ALL_OR_NOTHING}",
				vars{"progress": vars{"rowsRead": 4.0, "rowsWritten": 2.0}, "imported": vars{"created": 2.0, "unchanged": 2.0}}},
			{"a key twice", "id,name\ne,E\ne,F\n", "kind: CALLS", vars{"imported": vars{"created": 1.0, "updated": 1.0}}},
		} {
			job := endOfImport(t, server, startImport(server, "x.csv", c.content, c.arguments))
			c.want["state"] = "DONE"
			expectImport(t, c.what, job, c.want)
		}
	})
}

// TestBadImports starts imports that cannot begin, or cannot go on.
func TestBadImports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		runJobs(t, e.DB)
		for what, c := range map[string]struct{ name, content, arguments, code string }{
			"not a workbook": {"x.xlsx", "PK\x03\x04 no workbook", "kind: CALLS", "BAD_USER_INPUT"},
			"no id":          {"x.csv", "name\nAnn\n", "kind: CALLS", "BAD_USER_INPUT"},
			"no such column": {"x.csv", "id\na\n", `kind: CALLS, mapping: {columns: [{column: "key", field: "id"}]}`,
				"BAD_USER_INPUT"},
			"empty":    {"x.csv", "", "kind: CALLS", "BAD_USER_INPUT"},
			"no JSON":  {"x.json", `[{"id": "bad-1"}, ]]`, "kind: CALLS", "BAD_USER_INPUT"},
			"no sheet": {"x.csv", "id\na\n", `kind: CALLS, options: {encoding: "klingon"}`, "BAD_USER_INPUT"},
		} {
			job := endOfImport(t, server, startImport(server, c.name, c.content, c.arguments))
			if job.At("data", "job", "state") != "FAILED" || job.At("data", "job", "error", "code") != c.code {
				t.Errorf("%s: got %v, want it failed with %s", what, job, c.code)
			}
		}
		for arguments, code := range map[string]string{
			`kind: CALLS, options: {timeZone: "Mars/Base"}`: "BAD_USER_INPUT",
			`kind: CALLS, options: {delimiter: ";;"}`:       "BAD_USER_INPUT",
			`kind: CALLS, fileId: "x"`:                      "BAD_USER_INPUT",
		} {
			if got := startImport(server, "x.csv", "id\na\n", arguments); got.code != code {
				t.Errorf("%s: got %s, want %s", arguments, got.answer.Body, code)
			}
		}
		open := server.Post(`mutation { startUpload(name: "x.csv", bytes: 3) { fileId } }`, nil)
		for id, code := range map[any]string{open.At("data", "startUpload", "fileId"): "CONFLICT", "none": "NOT_FOUND"} {
			got := server.Post(`mutation($id: ID!) { startImport(input: {kind: CALLS, fileId: $id}) { isNew } }`, vars{"id": id})
			if is, _ := got.FirstError(); is != code {
				t.Errorf("the file %v: got %v, want %s", id, got, code)
			}
		}
		large := part{"0", "x.jsonl", strings.Repeat(" ", 4<<20) + "{}"}
		body, contentType := multipartBody([]part{{"operations", "", upload}, {"map", "", `{"0":["variables.f"]}`}, large})
		got := server.Do("POST", "/graphql", body, "Content-Type", contentType, "GraphQL-Preflight", "1")
		if got.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("a large file at once: got %d %s, want LIMIT_EXCEEDED", got.Status, got.Body)
		}
	})
}

// TestImportsOfOthers starts the same import by two people at once, and looks at it as others.
func TestImportsOfOthers(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.Listen(t, e, nil)
		people := [][]string{{"X-Api-Key", server.Key("ann", model.RoleManager)},
			{"X-Api-Key", server.Key("bob", model.RoleManager)}}
		made := make([]started, len(people))
		var both sync.WaitGroup
		for i, as := range people {
			both.Go(func() { made[i] = startImport(server, "x.csv", "id,name\na,A\nb\nc,C,x\n", "kind: CALLS", as...) })
		}
		both.Wait()
		if made[0].id == "" || made[0].id != made[1].id || made[0].isNew == made[1].isNew {
			t.Fatalf("at once: got %s and %s, want one job", made[0].answer.Body, made[1].answer.Body)
		}
		runJobs(t, e.DB)
		for i, as := range people {
			job := endOfImport(t, server, made[i], as...)
			url, _ := job.At("data", "job", "errorFile", "url").(string)
			if file := server.Do("GET", url, ""); job.At("data", "job", "imported", "created") != 2.0 || file.Status != 200 {
				t.Errorf("person %d: got %v and %d, want the job with its outcomes and its file", i, job, file.Status)
			}
		}
		other := []string{"X-Api-Key", server.Key("cid", model.RoleManager)}
		body := harness.Body(importQuery, vars{"id": made[0].id})
		hidden := server.Do("POST", "/graphql", body, append([]string{"Content-Type", "application/json"}, other...)...)
		if hidden.JSON().At("data", "job") != nil {
			t.Errorf("somebody else: got %s, want nothing", hidden.Body)
		}
		agent := startImport(server, "x.csv", "id,name\na,A\nb\nc,C,x\n", "kind: CALLS", "X-Api-Key",
			server.Key("agent", model.RoleAgent))
		if agent.code != "FORBIDDEN" {
			t.Errorf("an agent: got %s, want FORBIDDEN", agent.answer.Body)
		}
	})
}

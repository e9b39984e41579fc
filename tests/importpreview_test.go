package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

const previewFields = `{ format sheet sheets encoding delimiter columns { header number field guessed samples }
	mapping { columns { column field } constants { field value } } rows { row rowId outcome values } rowCount
	counts { created updated unchanged restored warned } failed stopped
	problems { row rowId code warning field cell message } problemCounts { code count } }`

// previewed previews a file by previewImport, and returns the answer. input has what is asked beside the file.
func previewed(t *testing.T, server *harness.Server, name, text string, input harness.Vars) harness.Response {
	t.Helper()
	all := harness.Vars{"kind": "CALLS", "file": nil}
	maps.Copy(all, input)
	operations, err := json.Marshal(harness.Vars{"variables": harness.Vars{"input": all},
		"query": `query($input: StartImportInput!) { previewImport(input: $input, first: 2) ` + previewFields + ` }`})
	if err != nil {
		t.Fatal(err)
	}
	body, contentType := multipartBody([]part{
		{"operations", "", string(operations)}, {"map", "", `{"0":["variables.input.file"]}`}, {"0", name, text},
	})
	return server.Do("POST", "/graphql", body, "Content-Type", contentType, "GraphQL-Preflight", "1").JSON()
}

// TestPreviewImport previews a table under foreign headers: columns, guesses and samples; rows as they would be, tried
// against those that are stored; what is wrong, with the cell. Nothing is written.
func TestPreviewImport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCalls(inputs: [{id: "old", name: "old"}, {id: "same", name: "same"}]) {
			written } }`, nil)
		const file = "编号;名称;通话时间;状态;录音\n" +
			"new;王芳;17/05/2024 09:30;已接;\nold;changed;;;nonsense\nsame;same;;;\n;no id;;;\nbad;x;never;sideways;\n"
		mapping := harness.Vars{"columns": []any{
			harness.Vars{"column": "编号", "field": "id"}, harness.Vars{"column": "名称", "field": "name"},
			harness.Vars{"column": "通话时间", "field": "callStartTime", "dateFormat": "dd/MM/yyyy HH:mm"},
			harness.Vars{"column": "状态", "field": "outgoingCallStatus",
				"values": []any{harness.Vars{"from": "已接", "to": "COMPLETED"}}},
			harness.Vars{"column": "录音", "field": "voiceRecording"}}}
		got := previewed(t, server, "a b.csv", file, harness.Vars{"mapping": mapping})
		p := got.At("data", "previewImport")
		want := vars{"format": "CSV", "encoding": "UTF-8", "delimiter": ";", "sheet": nil, "rowCount": 5.0, "failed": 2.0,
			"stopped": nil,
			"counts":  vars{"created": 1.0, "updated": 1.0, "unchanged": 1.0, "restored": 0.0, "warned": 1.0},
			"columns": []any{vars{"header": "编号", "number": 1.0, "field": "id", "guessed": false,
				"samples": []any{"new", "old", "same"}}, vars{}, vars{}, vars{}, vars{"samples": []any{"nonsense"}}},
			"rows": []any{vars{"row": 2.0, "rowId": "new", "outcome": "CREATED", "values": vars{"id": "new", "name": "王芳",
				"callStartTime": "2024-05-17T01:30:00Z", "outgoingCallStatus": "COMPLETED"}},
				vars{"row": 3.0, "outcome": "UPDATED", "values": vars{"name": "changed"}}},
			"problemCounts": []any{vars{"code": "BAD_USER_INPUT", "count": 3.0}}}
		if !includes(want, p) {
			t.Errorf("by a mapping: got %v, want %v", got, want)
		}
		problems := fmt.Sprint(harness.At(p, "problems"))
		for _, want := range []string{"cell:E3", "warning:true", "cell:C6", "cell:D6", "row:5", "row:6 rowId:bad"} {
			if !strings.Contains(problems, want) {
				t.Errorf("problems: got %s, want %s among them", problems, want)
			}
		}
		guessed := previewed(t, server, "a b.csv", file, harness.Vars{"options": harness.Vars{"mode": "CREATE"}})
		if problems := fmt.Sprint(guessed.At("data", "previewImport", "problemCounts")); !strings.Contains(problems,
			"code:CONFLICT count:2") || guessed.At("data", "previewImport", "columns", 2, "field") != "callStartTime" ||
			guessed.At("data", "previewImport", "columns", 2, "guessed") != true {
			t.Errorf("by the headers, as new rows alone: got %v, want two conflicts", guessed)
		}
		unknown := previewed(t, server, "a b.csv", "name,odd\nx,y\n", nil)
		if constants := fmt.Sprint(unknown.At("data", "previewImport", "mapping", "constants")); constants !=
			"[map[field:id value:a-b-{row}]]" ||
			unknown.At("data", "previewImport", "rows", 0, "rowId") != "a-b-2" {
			t.Errorf("without an id: got %v, want ids made of the row's number", unknown)
		}
		records := previewed(t, server, "r.ndjson", `{"callRecordId": "7", "status": "ANSWERED", "details": [{"type": `+
			`"ROBOT", "text": "hi"}], "customerPersonId": 8, "customer": "Mei"}`, harness.Vars{"kind": "CALL_RECORDS"})
		if !includes(vars{"rowId": "7", "outcome": "CREATED", "values": vars{"id": "7", "resultStatus": "ANSWERED",
			"customerPerson": vars{"id": "8", "name": "Mei"}, "details": []any{vars{"type": "ROBOT", "text": "hi"}}}},
			records.At("data", "previewImport", "rows", 0)) {
			t.Errorf("records: got %v, want a record with its customer and its turn", records)
		}
		noID := previewed(t, server, "r.csv", "status\nANSWERED\n", harness.Vars{"kind": "CALL_RECORDS"})
		if noID.At("data", "previewImport", "stopped") != "MAPPING" ||
			noID.At("data", "previewImport", "problems", 0, "code") != "BAD_USER_INPUT" {
			t.Errorf("records without an id: got %v, want that the mapping lacks it", noID)
		}
		stored := server.Post(`{ calls(orderBy: [{field: ID}]) { nodes { id name } } callRecords { nodes { id } } }`, nil)
		if fmt.Sprint(stored["data"]) !=
			"map[callRecords:map[nodes:[]] calls:map[nodes:[map[id:old name:old] map[id:same name:same]]]]" &&
			fmt.Sprint(stored["data"]) !=
				"map[callRecords:map[nodes:[]] calls:map[nodes:[map[id:same name:same] map[id:old name:old]]]]" {
			t.Errorf("after the previews: got %v, want the two calls as they were", stored)
		}
	})
}

// TestPreviewOfManyRows previews more rows than a dry run of a batch shows: all are counted, and each that is refused
// by what is stored is told with its own row.
func TestPreviewOfManyRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		var file strings.Builder
		file.WriteString("id,name\n")
		for i := range 1200 {
			fmt.Fprintf(&file, "c%d,x\n", i)
		}
		server.Post(`mutation { createCalls(inputs: [{id: "c20"}, {id: "c600"}]) { written } }`, nil)
		got := previewed(t, server, "many.csv", file.String(), harness.Vars{"options": harness.Vars{"mode": "CREATE"}})
		want := vars{"rowCount": 1200.0, "failed": 2.0, "counts": vars{"created": 1198.0, "unchanged": 0.0},
			"problems": []any{vars{"row": 22.0, "rowId": "c20", "code": "CONFLICT"},
				vars{"row": 602.0, "rowId": "c600", "code": "CONFLICT"}}}
		if p := got.At("data", "previewImport"); !includes(want, p) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestPreviewAgain sends the mapping of a preview back: it is kept under a name, and serves the next file.
func TestPreviewAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const file = "callid,title,duration\na,one,5\nb,two,7\n"
		shown := previewed(t, server, "calls.csv", file, nil)
		mapping := shown.At("data", "previewImport", "mapping")
		if saved := server.Post(saveMapping, harness.Vars{"name": "shop", "kind": "CALLS", "mapping": mapping}); saved.At(
			"data", "saveImportMapping", "created") != true {
			t.Fatalf("the mapping sent back: got %v, want that it is kept", saved)
		}
		again := previewed(t, server, "next.csv", "callid,title,duration\nc,three,9\n", harness.Vars{"mappingName": "shop"})
		if again.At("data", "previewImport", "rows", 0, "values", "callDurationInSeconds") != 9.0 {
			t.Errorf("by the name: got %v, want a call of 9 seconds", again)
		}
		for what, c := range map[string]struct {
			file, code, field string
			input             harness.Vars
		}{
			"a mapping of other headers": {"x,y\n1,2\n", "BAD_USER_INPUT", "mappingName",
				harness.Vars{"mappingName": "shop"}},
			"no such name": {file, "NOT_FOUND", "mappingName", harness.Vars{"mappingName": "none"}},
			"a name and a mapping": {file, "BAD_USER_INPUT", "mappingName",
				harness.Vars{"mappingName": "shop", "mapping": mapping}},
			"a file and a key": {file, "BAD_USER_INPUT", "fileId", harness.Vars{"fileId": "x"}},
			"no such column": {file, "BAD_USER_INPUT", "mapping.columns.0.column", harness.Vars{"mapping": harness.Vars{
				"columns": []any{harness.Vars{"column": "none", "field": "id"}}}}},
			"a list":       {`[{"id": "a"}]`, "BAD_USER_INPUT", "", nil},
			"nothing":      {"", "BAD_USER_INPUT", "", nil},
			"no workbook":  {"PK\x03\x04nonsense", "BAD_USER_INPUT", "", nil},
			"no time zone": {file, "BAD_USER_INPUT", "timeZone", harness.Vars{"options": harness.Vars{"timeZone": "Mars"}}},
		} {
			got := previewed(t, server, "calls.csv", c.file, c.input)
			if code, field := got.FirstError(); code != c.code || c.field != "" && field != c.field &&
				field != "options."+c.field {
				t.Errorf("%s: got %v, want %s on %s", what, got, c.code, c.field)
			}
		}
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		if code, _ := previewed(t, analyst, "calls.csv", file, nil).FirstError(); code != "FORBIDDEN" {
			t.Errorf("without IMPORT: got %v, want FORBIDDEN", code)
		}
	})
}

// TestDeleteFile deletes files: one's own, not one that a job needs, and not those of others.
func TestDeleteFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		got := sendWithKey(server, `mutation($file: Upload!) { uploadFile(file: $file) { fileId url } }`)
		id, _ := got.At("data", "uploadFile", "fileId").(string)
		url, _ := got.At("data", "uploadFile", "url").(string)
		remove := func(server *harness.Server, id string) any {
			code, _ := server.Post(`mutation($id: ID!) { deleteFile(fileId: $id) { fileId } }`,
				harness.Vars{"id": id}).FirstError()
			return code
		}
		shown := server.Post(`query($id: ID!) { previewImport(input: {fileId: $id, kind: CALLS}) { rowCount } }`,
			harness.Vars{"id": id})
		if shown.At("data", "previewImport", "rowCount") == nil {
			t.Errorf("a preview of a stored file: got %v, want its rows", shown)
		}
		actor := e.Actor
		actor.Credential, actor.Permissions = "key of another", []model.Permission{model.PermissionImport}
		if code := remove(server.As(actor), id); code != "NOT_FOUND" {
			t.Errorf("by another credential: got %v, want NOT_FOUND", code)
		}
		stranger, _ := dbtest.NewTenant(e.Ctx)
		other, _ := model.ActorFrom(stranger)
		if code := remove(server.As(other), id); code != "NOT_FOUND" {
			t.Errorf("by another tenant: got %v, want NOT_FOUND", code)
		}
		if _, _, err := e.DB.StartImport(e.Ctx, id, map[string]string{"fileId": id}, "fingerprint", false); err != nil {
			t.Fatal(err)
		}
		if code := remove(server, id); code != "CONFLICT" {
			t.Errorf("a file that a job needs: got %v, want CONFLICT", code)
		}
		jobs, err := e.DB.Jobs(e.Ctx, nil, 1)
		if err == nil {
			_, err = e.DB.CancelJob(e.Ctx, jobs[0].ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		if code := remove(server, id); code != nil {
			t.Errorf("after the job: got %v, want that it is deleted", code)
		}
		if file := server.Do("GET", url, ""); file.Status != 404 {
			t.Errorf("the deleted file: got %d, want 404", file.Status)
		}
		if code := remove(server, id); code != "NOT_FOUND" {
			t.Errorf("again: got %v, want NOT_FOUND", code)
		}
	})
}

// TestStartImportByName imports a file by a mapping that is kept under a name, and refuses what previews refuse.
func TestStartImportByName(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		file, err := e.DB.BeginFile(e.Ctx, db.NewFile{Kind: model.FileKindUpload, Name: "calls.csv"})
		if err == nil {
			if err = e.DB.Receive(e.Ctx, file, strings.NewReader("nr,what\n1,x\n")); err == nil {
				err = e.DB.FinishFile(e.Ctx, file)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		server.Post(saveMapping, harness.Vars{"name": "shop", "kind": "CALLS", "mapping": harness.Vars{
			"columns": []any{harness.Vars{"column": "nr", "field": "id"}, harness.Vars{"column": "what", "field": "name"}}}})
		start := func(more harness.Vars) harness.Response {
			input := harness.Vars{"fileId": file.ID, "kind": "CALLS"}
			maps.Copy(input, more)
			return server.Post(`mutation($input: StartImportInput!) { startImport(input: $input) { isNew job { jobId } } }`,
				harness.Vars{"input": input})
		}
		if got := start(harness.Vars{"mappingName": "none"}); got.At("errors", 0, "extensions", "code") != "NOT_FOUND" {
			t.Errorf("an unknown name: got %v, want NOT_FOUND", got)
		}
		bad := start(harness.Vars{"mapping": harness.Vars{"columns": []any{harness.Vars{"column": "nr", "field": "nr"}}}})
		if code, field := bad.FirstError(); code != "BAD_USER_INPUT" || field != "mapping.columns.0.field" {
			t.Errorf("an unknown field: got %v, want BAD_USER_INPUT with its place", bad)
		}
		got := start(harness.Vars{"mappingName": "shop"})
		id, _ := got.At("data", "startImport", "job", "jobId").(string)
		job, err := e.DB.Job(e.Ctx, id)
		if err != nil || job == nil || !strings.Contains(job.Input, `"column":"nr","field":"id"`) {
			t.Errorf("by the name: got %v, %v, %v; want a job with the mapping", got, job, err)
		}
	})
}

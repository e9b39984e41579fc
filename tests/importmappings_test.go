package tests

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

const saveMapping = `mutation ($name: String!, $kind: ImportKind!, $mapping: ImportMappingInput!) {
	saveImportMapping(name: $name, kind: $kind, mapping: $mapping) { created mapping { name kind createdBy updatedBy
		mapping { clearsEmpty constants { field value }
			columns { column field dateFormat values { from to } } } } } }`

// TestImportMappings keeps mappings under names, reads what was kept, changes it and deletes it.
func TestImportMappings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		mapping := harness.Vars{"clearsEmpty": true,
			"columns": []any{
				harness.Vars{"column": "Status", "field": "outgoingCallStatus", "values": []any{
					harness.Vars{"from": "已接", "to": "COMPLETED"}, harness.Vars{"from": "*", "to": "CANCELLED"}}},
				harness.Vars{"column": "Start", "field": "callStartTime", "dateFormat": "dd/MM/yyyy HH:mm"},
				harness.Vars{"column": "odd"}},
			"constants": []any{harness.Vars{"field": "id", "value": "bank-{row}"},
				harness.Vars{"field": "callType", "value": "OUTBOUND"}}}
		save := func(name, kind string) harness.Response {
			return server.Post(saveMapping, harness.Vars{"name": name, "kind": kind, "mapping": mapping})
		}
		made := save("银行", "CALLS")
		want := `map[created:true mapping:map[createdBy:tester kind:CALLS mapping:map[clearsEmpty:true ` +
			`columns:[map[column:Status dateFormat:<nil> field:outgoingCallStatus values:[map[from:* to:CANCELLED] ` +
			`map[from:已接 to:COMPLETED]]] map[column:Start dateFormat:dd/MM/yyyy HH:mm field:callStartTime values:[]] ` +
			`map[column:odd dateFormat:<nil> field:<nil> values:[]]] constants:[map[field:callType value:OUTBOUND] ` +
			`map[field:id value:bank-{row}]]] name:银行 updatedBy:tester]]`
		if got := fmt.Sprint(made.At("data", "saveImportMapping")); got != strings.ReplaceAll(want, "tester",
			fmt.Sprint(made.At("data", "saveImportMapping", "mapping", "createdBy"))) {
			t.Fatalf("saveImportMapping: got %v, want %s", made, want)
		}
		mapping["constants"] = nil
		if again := save("银行", "CALLS"); again.At("data", "saveImportMapping", "created") != false {
			t.Errorf("the same name: got %v, want one that is not new", again)
		}
		mapping["columns"] = []any{harness.Vars{"column": "Start", "field": "startTime"}}
		save("银行", "CALL_RECORDS")
		list := server.AsRoles("colleague", model.RoleAdmin).Post(`{
			all: importMappings { name kind mapping { constants { field } } }
			records: importMappings(kind: CALL_RECORDS, first: 1) { kind }
			one: importMapping(name: "银行", kind: CALLS) { mapping { clearsEmpty } }
			none: importMapping(name: "bank", kind: CALLS) { name } }`, nil)
		if got := fmt.Sprint(list["data"]); !strings.Contains(got, "none:<nil> one:map[mapping:map[clearsEmpty:true]]") ||
			strings.Count(got, "constants:[]") != 2 || !strings.Contains(got, "records:[map[kind:CALL_RECORDS]]") {
			t.Errorf("importMappings: got %v, want both mappings, as they were saved last", list)
		}
		for want, query := range map[string]string{
			"LIMIT_EXCEEDED": `{ importMappings(first: 501) { name } }`,
			"BAD_USER_INPUT": `{ importMappings(first: 0) { name } }`,
			"NOT_FOUND":      `mutation { deleteImportMapping(name: "bank", kind: CALLS) { name } }`,
		} {
			if code, _ := server.Post(query, nil).FirstError(); code != want {
				t.Errorf("%s: got %v, want %s", query, code, want)
			}
		}
		const remove = `mutation { deleteImportMapping(name: "银行", kind: CALLS) { name } }`
		if code, _ := server.AsRoles("analyst", model.RoleAnalyst).Post(remove, nil).FirstError(); code != "FORBIDDEN" {
			t.Errorf("without IMPORT: got %v, want FORBIDDEN", code)
		}
		if got := server.Post(remove, nil); got["errors"] != nil {
			t.Errorf("deleteImportMapping: got %v, want no errors", got)
		}
	})
}

// TestBadImportMappings keeps mappings that fit no file: each error has its code and place.
func TestBadImportMappings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		column := func(more harness.Vars) harness.Vars {
			c := harness.Vars{"column": "a", "field": "id"}
			maps.Copy(c, more)
			return c
		}
		long := strings.Repeat("x", 2001)
		for _, c := range []struct {
			what, name, code, field string
			mapping                 harness.Vars
		}{
			{"an unknown field", "n", "BAD_USER_INPUT", "mapping.columns.1.field", harness.Vars{"columns": []any{column(nil),
				harness.Vars{"column": "b", "field": "nme"}}}},
			{"a field of records", "n", "BAD_USER_INPUT", "mapping.columns.0.field", harness.Vars{"columns": []any{
				column(harness.Vars{"field": "chatRound"})}}},
			{"a value twice", "n", "BAD_USER_INPUT", "mapping.columns.0.values.1.from", harness.Vars{"columns": []any{
				column(harness.Vars{"values": []any{harness.Vars{"from": "Yes", "to": "1"},
					harness.Vars{"from": "yes ", "to": "0"}}})}}},
			{"no date format", "n", "BAD_USER_INPUT", "mapping.columns.0.dateFormat", harness.Vars{"columns": []any{
				column(harness.Vars{"dateFormat": "today"})}}},
			{"an unknown constant", "n", "BAD_USER_INPUT", "mapping.constants.1.field", harness.Vars{"constants": []any{
				harness.Vars{"field": "id", "value": "{row}"}, harness.Vars{"field": "nme", "value": "x"}}}},
			{"a constant twice", "n", "BAD_USER_INPUT", "mapping.constants.1.field", harness.Vars{"constants": []any{
				harness.Vars{"field": "id", "value": "{row}"}, harness.Vars{"field": "id", "value": "x"}}}},
			{"a long value", "n", "LIMIT_EXCEEDED", "mapping.constants.0.value", harness.Vars{"constants": []any{
				harness.Vars{"field": "id", "value": long}}}},
			{"no name", " ", "BAD_USER_INPUT", "name", harness.Vars{}},
			{"two lines", "a\nb", "BAD_USER_INPUT", "name", harness.Vars{}},
			{"a long name", long[:101], "BAD_USER_INPUT", "name", harness.Vars{}},
		} {
			got := server.Post(saveMapping, harness.Vars{"name": c.name, "kind": "CALLS", "mapping": c.mapping})
			if code, _ := got.FirstError(); code != c.code || got.At("errors", 0, "extensions", "field") != c.field {
				t.Errorf("%s: got %v, want %s on %s", c.what, got, c.code, c.field)
			}
		}
	})
}

// TestImportMappingQuota keeps as many mappings as a tenant may.
func TestImportMappingQuota(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for i := range db.MaxImportMappings {
			if _, _, err := e.DB.SaveImportMapping(e.Ctx, fmt.Sprint(i), model.ImportKindCalls, "{}"); err != nil {
				t.Fatal(err)
			}
		}
		server := harness.NewServer(t, e)
		for name, want := range map[string]any{"one more": "LIMIT_EXCEEDED", "7": nil} {
			got := server.Post(saveMapping, harness.Vars{"name": name, "kind": "CALLS", "mapping": harness.Vars{}})
			if code, _ := got.FirstError(); code != want {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	})
}

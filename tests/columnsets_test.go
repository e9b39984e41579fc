package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// TestExportColumnSets keeps columns under names, exports by them, changes them and deletes them.
func TestExportColumnSets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { createCall(input: {id: "7", name: "Ada", subject: "Demo"}) { call { id } } }`, nil)
		save := func(name string, columns ...any) harness.Response {
			return server.Post(`mutation ($name: String!, $columns: [String!]!) {
				saveExportColumnSet(name: $name, entity: CALLS, columns: $columns) {
					created columnSet { name entity columns createdBy updatedBy } } }`, vars{"name": name, "columns": columns})
		}
		made := save("月报", "subject", "id")
		set, _ := made.At("data", "saveExportColumnSet", "columnSet").(map[string]any)
		if got := fmt.Sprintf("%v %v %v", set["columns"], set["entity"], set["name"]); made["errors"] != nil ||
			made.At("data", "saveExportColumnSet", "created") != true || got != "[subject id] CALLS 月报" ||
			set["createdBy"] == "" || set["createdBy"] != set["updatedBy"] {
			t.Fatalf("saveExportColumnSet: got %v, want the columns, created", made)
		}
		export := func(parameters string) harness.Answer {
			return server.Do("GET", "/export/calls.csv?"+parameters, "")
		}
		named := "columnSet=" + url.QueryEscape("月报")
		if got := export(named); got.Status != 200 || !strings.HasPrefix(got.Body, "subject,id") {
			t.Errorf("an export by name: got %d %s, want the columns subject and id", got.Status, got.Body)
		}
		link := server.Post(`{ exportLink(input: {entity: CALLS, columnSet: "月报"}) { url } }`, nil)
		if again := save("月报", "id", "name"); again.At("data", "saveExportColumnSet", "created") != false {
			t.Errorf("the same name: got %v, want one that is not new", again)
		}
		if got := export(named); !strings.HasPrefix(got.Body, "id,name") {
			t.Errorf("an export after a change: got %s, want the columns id and name", got.Body)
		}
		address, _ := link.At("data", "exportLink", "url").(string)
		if !strings.Contains(address, "columns=subject%2Cid") || strings.Contains(address, "columnSet") {
			t.Errorf("exportLink: got %v, want the columns of that time", link)
		}
		started := server.Post(`mutation { startExport(input: {entity: CALLS, columnSet: "月报"}) { job { jobId } } }`, nil)
		if started["errors"] != nil {
			t.Errorf("startExport: got %v, want a job", started)
		}
		list := server.AsRoles("colleague", model.RoleAdmin).Post(`{
			all: exportColumnSets { name columns } records: exportColumnSets(entity: CALL_RECORDS, first: 1) { name }
			one: exportColumnSet(name: "月报", entity: CALLS) { columns }
			none: exportColumnSet(name: "月报", entity: CALL_RECORDS) { columns } }`, nil)
		if got := fmt.Sprint(list["data"]); got !=
			"map[all:[map[columns:[id name] name:月报]] none:<nil> one:map[columns:[id name]] records:[]]" {
			t.Errorf("exportColumnSets: got %v, want one", list)
		}
		if got := export("columnSet=none"); got.Status != 404 || !strings.Contains(got.Body, "columnSet") {
			t.Errorf("a name that is none: got %d %s, want 404", got.Status, got.Body)
		}
		if got := export(named + "&columns=id"); got.Status != 400 || !strings.Contains(got.Body, "goes without columns") {
			t.Errorf("a name beside columns: got %d %s, want 400", got.Status, got.Body)
		}
		const remove = `mutation { deleteExportColumnSet(name: "月报", entity: CALLS) { name } }`
		if code, _ := server.AsRoles("agent", model.RoleAgent).Post(remove, nil).FirstError(); code != "FORBIDDEN" {
			t.Errorf("without EXPORT: got %v, want FORBIDDEN", code)
		}
		if got := server.Post(remove, nil); got["errors"] != nil {
			t.Errorf("deleteExportColumnSet: got %v, want no errors", got)
		}
		if code, field := server.Post(remove, nil).FirstError(); code != "NOT_FOUND" || field != "name" {
			t.Errorf("deleted twice: got %v about %v, want NOT_FOUND about name", code, field)
		}
	})
}

// TestBadExportColumnSets keeps columns that are none, and more sets than a tenant may.
func TestBadExportColumnSets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		expect := func(arguments, wantCode, wantField string) {
			t.Helper()
			answer := server.Post(`mutation { saveExportColumnSet(`+arguments+`) { created } }`, nil)
			if code, field := answer.FirstError(); code != wantCode || field != wantField {
				t.Errorf("%s: got %v, want %s about %s", arguments, answer, wantCode, wantField)
			}
		}
		expect(`name: "x", entity: CALLS, columns: []`, "BAD_USER_INPUT", "columns")
		expect(`name: "x", entity: CALLS, columns: ["id", "chatRound"]`, "BAD_USER_INPUT", "columns")
		expect(`name: "x", entity: CALL_RECORDS, columns: ["id", "id"]`, "BAD_USER_INPUT", "columns")
		expect(`name: "", entity: CALLS, columns: ["id"]`, "BAD_USER_INPUT", "name")
		expect(`name: "a\nb", entity: CALLS, columns: ["id"]`, "BAD_USER_INPUT", "name")
		for i := range db.MaxExportColumnSets {
			_, _, err := e.DB.SaveExportColumnSet(e.Ctx, fmt.Sprint(i), model.ExportEntityCalls, []string{"id"})
			if err != nil {
				t.Fatal(err)
			}
		}
		expect(`name: "one more", entity: CALLS, columns: ["id"]`, "LIMIT_EXCEEDED", "name")
		if again := server.Post(`mutation { saveExportColumnSet(name: "7", entity: CALLS, columns: ["id"]) { created } }`,
			nil); again["errors"] != nil {
			t.Errorf("one of those that are there: got %v, want no errors", again)
		}
		for want, query := range map[string]string{
			"LIMIT_EXCEEDED": `{ exportColumnSets(first: 501) { name } }`,
			"BAD_USER_INPUT": `{ exportColumnSets(first: 0) { name } }`,
		} {
			if code, _ := server.Post(query, nil).FirstError(); code != want {
				t.Errorf("%s: got %v, want %s", query, code, want)
			}
		}
	})
}

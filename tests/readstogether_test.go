package tests

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// recordsWithAll are operations that read records, and all that hangs on them, with what they answer, null for what
// lacks, and the statements they take.
var recordsWithAll = []struct {
	name, query, want string
	statements        int64
}{
	{"one", `{ callRecord(id: "1") { id details { text } customerPerson { id name } tags call { id } } }`,
		`{"callRecord":{"call":{"id":"<any>"},"customerPerson":{"id":"7","name":"Wang"},"details":[{"text":"你好"}],"id":"1",
			"tags":["a","b"]}}`, 5},
	{"none", `{ callRecord(id: "99") { id details { text } customerPerson { name } } }`, `{"callRecord":null}`, 3},
	{"a customer's fields at two places",
		`{ callRecord(id: "1") { details { position } customerPerson { id } ...F } }
			fragment F on CallRecord { customerPerson { name } }`,
		`{"callRecord":{"customerPerson":{"id":"7","name":"Wang"},"details":[{"position":1}]}}`, 3},
	{"no customer, no turns", `{ callRecord(id: "2") { details { text } customerPerson { name } tags } }`,
		`{"callRecord":{"customerPerson":null,"details":[],"tags":[]}}`, 4},
	{"skipped", `{ callRecord(id: "1") {
			id details @skip(if: true) { text } customerPerson @include(if: false) { name } } }`,
		`{"callRecord":{"id":"1"}}`, 1},
	{"a page", `{ callRecords(orderBy: [{field: ID}]) {
			nodes { id customerPerson { name } details { text } }
			edges { node { tags details { type } customerPerson { id } } } } }`,
		`{"callRecords":{
			"edges":[{"node":{"customerPerson":{"id":"7"},"details":[{"type":"PERSON"}],"tags":["a","b"]}},
				{"node":{"customerPerson":null,"details":[],"tags":[]}}],
			"nodes":[{"customerPerson":{"name":"Wang"},"details":[{"text":"你好"}],"id":"1"},
				{"customerPerson":null,"details":[],"id":"2"}]}}`, 4},
	{"a call", `{ call(id: "c") { id tags relatedCounts { notes } } }`,
		`{"call":{"id":"c","relatedCounts":{"notes":1},"tags":["x"]}}`, 4},
	{"no call", `{ call(id: "missing") { id tags } }`, `{"call":null}`, 2},
	{"a page of calls", `{ calls(filter: {id: {eq: "c"}}) { nodes { tags relatedCounts { notes } } } }`,
		`{"calls":{"nodes":[{"relatedCounts":{"notes":1},"tags":["x"]}]}}`, 4},
}

const recordsToRead = `mutation {
	saveCallRecords(inputs: [{id: "1", customerPerson: {id: "7", name: "Wang", phoneNumber: "13812345678"},
		details: [{type: PERSON, text: "你好"}]}, {id: "2"}]) { results { outcome } }
	tagCallRecords(select: {ids: ["1"]}, tags: ["b", "a"]) { written }
	createCallFromRecord(callRecordId: "1") { call { id } }
	createCall(input: {id: "c", tags: ["x"]}) { call { id } }
	addNote(callId: "c", text: "note") { note { id } } }`

// TestReadsTogether reads records with what hangs on them: by both executors, and on PostgreSQL where statements are
// not prepared, too.
func TestReadsTogether(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		ways := []string{dsn}
		if engine == "postgres" {
			ways = append(ways, withParameter(dsn, "default_query_exec_mode=exec"))
		}
		for _, way := range ways {
			e := dbtest.NewEnv(t, engine, way)
			filled := harness.NewServer(t, e)
			if answer := filled.Post(recordsToRead, nil); answer["errors"] != nil {
				t.Fatal(answer)
			}
			for _, executor := range []string{"", "gqlgen"} {
				server := harness.NewServerOf(t, e, executor)
				for _, c := range recordsWithAll {
					before := server.Statements()
					answer := server.Post(c.query, nil)
					statements := server.Statements() - before
					if !harness.Matches(parsed(t, c.want), answer["data"]) || answer["errors"] != nil || statements != c.statements {
						t.Errorf("%s %s %s: got %v in %d statements, want %s in %d", way, executor, c.name, answer, statements,
							c.want, c.statements)
					}
				}
				readsOfOthers(t, server)
			}
		}
	})
}

// readsOfOthers reads a record as callers who may not see everything.
func readsOfOthers(t *testing.T, server *harness.Server) {
	t.Helper()
	const query = `{ callRecord(id: "1") { details { text } customerPerson { name phoneNumber } } }`
	expect := func(who string, answer harness.Response, record, code string) {
		t.Helper()
		got, _ := answer.FirstError()
		if got == nil {
			got = ""
		}
		if !harness.Matches(parsed(t, record), answer.At("data", "callRecord")) || got != code {
			t.Errorf("%s: got %v, want %s and the code %q", who, answer, record, code)
		}
	}
	narrowed := server.Actor("n", model.RoleAdmin)
	narrowed.Permissions = slices.DeleteFunc(slices.Clone(narrowed.Permissions), func(p model.Permission) bool {
		return p == model.PermissionCustomerPersonRead
	})
	before := server.Statements()
	expect("without the permission", server.As(narrowed).Post(query, nil),
		`{"customerPerson":null,"details":[{"text":"你好"}]}`, "FORBIDDEN")
	if n := server.Statements() - before; n != 2 {
		t.Errorf("without the permission: got %d statements, want 2", n)
	}
	expect("an analyst", server.AsRoles("a", model.RoleAnalyst).Post(query, nil),
		`{"customerPerson":{"name":"Wang","phoneNumber":"138******78"},"details":[{"text":"你好"}]}`, "")
	own := server.Actor("o", model.RoleAdmin)
	own.OwnOnly = true
	expect("own rows alone", server.As(own).Post(query, nil), `null`, "")
}

// TestReadsTogetherFail reads a record where the table of customers is missing: the record and its turns come
// nevertheless, and the customer's error is at the customer.
func TestReadsTogetherFail(t *testing.T) {
	dbtest.EachOwn(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e)
		if answer := server.Post(recordsToRead, nil); answer["errors"] != nil {
			t.Fatal(answer)
		}
		renameCustomers(t, e)
		for _, query := range []string{
			`{ callRecord(id: "1") { details { text } customerPerson { name } tags } }`,
			`{ callRecord(id: "1") { customerPerson { name } details { text } tags } }`,
		} {
			for range 3 {
				answer := server.Post(query, nil)
				code, _ := answer.FirstError()
				want := `{"details":[{"text":"你好"}],"customerPerson":null,"tags":["a","b"]}`
				if code != "INTERNAL" || len(harness.List(answer, "errors")) != 1 ||
					answer.At("errors", 0, "path", 1) != "customerPerson" ||
					!harness.Matches(parsed(t, want), answer.At("data", "callRecord")) {
					t.Errorf("%s: got %v, want %s and INTERNAL at the customer", query, answer, want)
				}
			}
		}
	})
}

// renameCustomers takes the table of customers away.
func renameCustomers(t *testing.T, e *dbtest.Env) {
	t.Helper()
	driver, dsn := "pgx", e.DSN
	if e.Engine == "sqlite" {
		driver, dsn = "sqlite", strings.TrimPrefix(e.DSN, "sqlite:")+"?_pragma=busy_timeout(10000)"
	}
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), "ALTER TABLE customer_persons RENAME TO away"); err != nil {
		t.Fatal(err)
	}
}

// withParameter returns a database's address with one parameter more.
func withParameter(dsn, parameter string) string {
	if strings.Contains(dsn, "?") {
		return dsn + "&" + parameter
	}
	return dsn + "?" + parameter
}

// parsed returns what JSON means.
func parsed(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

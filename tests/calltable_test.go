package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
)

// tableQuery reads a page of a table. Its arguments are appended.
const tableQuery = `{ columns { name type caption { en zh } } rows rowCount hasMore nextCursor }`

// readPages reads a table page by page, and returns the names of its columns and all rows.
func readPages(t *testing.T, server *harness.Server, field, arguments string) (names []string, rows [][]any) {
	t.Helper()
	after := ""
	for range 1000 {
		response := server.Post(fmt.Sprintf(`{ t: %s(first: 7%s%s) %s }`, field, arguments, after, tableQuery), nil)
		table := response.At("data", "t")
		page := harness.List(table, "rows")
		if response["errors"] != nil || harness.At(table, "rowCount") != float64(len(page)) {
			t.Fatalf("%s(%s): got %v, want a page that counts its rows", field, arguments, response)
		}
		names = nil
		for _, column := range harness.List(table, "columns") {
			names = append(names, harness.At(column, "name").(string))
		}
		for _, row := range page {
			rows = append(rows, row.([]any))
		}
		next, hasNext := harness.At(table, "nextCursor").(string)
		if harness.At(table, "hasMore") != hasNext {
			t.Fatalf("%s(%s): got %v, want a cursor where there is more", field, arguments, response)
		}
		if !hasNext {
			return names, rows
		}
		after = `, after: "` + next + `"`
	}
	t.Fatalf("%s(%s): got no last page", field, arguments)
	return nil, nil
}

// TestTables reads tables page by page and compares them with the same rows as objects, by every kind of order and
// filter, as callers who see all, and as some for whom fields are masked.
func TestTables(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		for as, server := range map[string]*harness.Server{
			"admin": server, "analyst": server.AsRoles("analyst", model.RoleAnalyst),
			"agent": server.AsRoles("sample", model.RoleAgent, model.RoleAnalyst),
		} {
			for _, c := range []struct{ table, list, arguments string }{
				{"callTable", "calls", ""},
				{"callTable", "calls", `, dataset: NOT_CLOSED`},
				{"callTable", "calls", `, orderBy: [{field: CALL_STATUS, direction: DESC}, {field: CTI_ENTRY}]`},
				{"callTable", "calls", `, orderBy: [{field: CALL_DURATION_IN_SECONDS, nulls: FIRST}, {field: UPDATED_AT}]`},
				{"callTable", "calls", `, filter: {name: {contains: "a"}}`},
				{"callTable", "calls", `, filter: {callStatus: {in: [OVERDUE, SCHEDULED]}}, orderBy: [{field: SUBJECT}]`},
				{"callTable", "calls", `, filter: {tags: {isEmpty: false}}`},
				{"callTable", "calls", `, filter: {id: {in: []}}`},
				{"callRecordTable", "callRecords", ""},
				{"callRecordTable", "callRecords", `, orderBy: [{field: CUSTOMER_PERSON_ID}]`},
				{"callRecordTable", "callRecords", `, filter: {searchWords: "1"}, orderBy: [{field: INTENT_LEVEL}]`},
			} {
				names, rows := readPages(t, server, c.table, c.arguments)
				list := fmt.Sprintf(`{ l: %s(first: 100%s) { nodes { %s } totalCount } }`, c.list, c.arguments,
					strings.ReplaceAll(strings.Join(names, " "), "attachments", "attachments { title }"))
				response := server.Post(list, nil)
				nodes := harness.List(response, "data", "l", "nodes")
				if total, _ := response.At("data", "l", "totalCount").(float64); int(total) != len(rows) ||
					response["errors"] != nil {
					t.Errorf("%s, %s(%s): got %d rows, want %v %v", as, c.table, c.arguments, len(rows), total, response["errors"])
				}
				for i := range min(len(nodes), len(rows)) {
					for k, name := range names {
						if name == "attachments" {
							continue
						}
						if want, got := harness.At(nodes[i], name), rows[i][k]; harness.JSON(got) != harness.JSON(want) {
							t.Errorf("%s, %s(%s), row %d: got the %s %v, want %v", as, c.table, c.arguments, i, name, got, want)
						}
					}
				}
			}
		}
	})
}

// TestTablesBadInput asks for tables that are none.
func TestTablesBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		narrowed := server.As(model.NewActor(e.Actor.TenantID, "narrow", []model.Role{model.RoleAdmin},
			[]model.Permission{model.PermissionCallRead}))
		cursor := func(query string) string {
			text, isText := server.Post(query, nil).At("data", "x", "nextCursor").(string)
			if !isText {
				t.Fatalf("%s: got no cursor, want one", query)
			}
			return `after: "` + text + `"`
		}
		ofCalls := cursor(`{ x: callTable(first: 1) { nextCursor } }`)
		ofRecords := cursor(`{ x: callRecordTable(first: 1) { nextCursor } }`)
		for _, c := range []struct {
			as          *harness.Server
			field       string
			code, about any
			says        string
		}{
			{server, `callTable(columns: ["id", "nonsense"])`, "BAD_USER_INPUT", "columns", "column 2"},
			{server, `callTable(columns: ["id", "id"])`, "BAD_USER_INPUT", "columns", "twice"},
			{server, `callTable(columns: [])`, "BAD_USER_INPUT", "columns", "at least one"},
			{server, `callTable(columns: ["details"])`, "BAD_USER_INPUT", "columns", "column 1"},
			{server, `callTable(first: 10001)`, "LIMIT_EXCEEDED", "first", "10000"},
			{server, `callTable(first: -1)`, "BAD_USER_INPUT", "first", "0 or more"},
			{server, `callTable(` + ofRecords + `)`, "BAD_USER_INPUT", "after", "no cursor of this list"},
			{server, `callRecordTable(` + ofCalls + `)`, "BAD_USER_INPUT", "after", "no cursor of this list"},
			{server, `callTable(` + ofCalls + `, orderBy: [{field: NAME}])`, "BAD_USER_INPUT", "after", "orderBy"},
			{server, `callTable(after: "x")`, "BAD_USER_INPUT", "after", "no cursor"},
			{analyst, `callTable(orderBy: [{field: CALLER_ID}])`, "FORBIDDEN", "orderBy", "masked"},
			{analyst, `callTable(filter: {callerId: {eq: "1"}})`, "FORBIDDEN", "filter.callerId", "masked"},
			{narrowed, `callRecordTable`, "FORBIDDEN", nil, "CALL_RECORD_READ"},
			{narrowed, `statsTable(callRecords: {})`, "FORBIDDEN", "callRecords", "CALL_RECORD_READ"},
			{server, `statsTable`, "BAD_USER_INPUT", nil, "either"},
			{server, `statsTable(calls: {}, callRecords: {})`, "BAD_USER_INPUT", nil, "either"},
			{server, `statsTable(calls: {figures: []})`, "BAD_USER_INPUT", "calls.figures", "at least one"},
			{server, `statsTable(calls: {figures: [COUNT, COUNT]})`, "BAD_USER_INPUT", "calls.figures", "twice"},
			{server, `statsTable(calls: {groupBy: [DAY, DAY]})`, "BAD_USER_INPUT", "calls.groupBy", "twice"},
			{analyst, `statsTable(calls: {groupBy: [CALLER_ID]})`, "FORBIDDEN", "calls.groupBy", "masked"},
		} {
			response := c.as.Post(`{ x: `+c.field+` { rows } }`, nil)
			code, about := response.FirstError()
			message, _ := response.At("errors", 0, "message").(string)
			if code != c.code || about != c.about || !strings.Contains(message, c.says) || response.At("data", "x") != nil {
				t.Errorf("%s: got %v, want %v about %v with %q", c.field, response, c.code, c.about, c.says)
			}
		}
		none := server.Post(`{ x: callTable(first: 0, columns: ["id"]) `+tableQuery+` }`, nil)
		if got := none.At("data", "x"); harness.At(got, "rowCount") != 0.0 || len(harness.List(got, "columns")) != 1 {
			t.Errorf("no rows: got %v, want the column alone", none)
		}
	})
}

// TestStatsTable compares a table of groups with the groups as objects.
func TestStatsTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewSampleServer(t, e)
		response := server.Post(`{
			t: statsTable(calls: {groupBy: [CALL_TYPE, SCHEDULED_IN_CRM, DAY, HOUR_OF_DAY, WEEKDAY],
				figures: [COUNT, DURATION_AVG, DURATION_P95, ANSWERED_RATE]}) `+tableQuery+`
			o: callStats(groupBy: [CALL_TYPE, SCHEDULED_IN_CRM, DAY, HOUR_OF_DAY, WEEKDAY]) { groups {
				key { callType scheduledInCrm day hourOfDay weekday } count duration { avg p95 } answeredRate } }
			r: statsTable(callRecords: {groupBy: [ROBOT_CALL_JOB_ID, INTENT_LEVEL], figures: [ROUNDS_SUM, COUNT],
				orderBy: [{measure: COUNT, direction: DESC}]}, first: 2) `+tableQuery+`
			p: callRecordStats(groupBy: [ROBOT_CALL_JOB_ID, INTENT_LEVEL], orderBy: [{measure: COUNT, direction: DESC}],
				first: 2) { hasMore groups { key { robotCallJobId intentLevel } rounds { sum } count } } }`, nil)
		if response["errors"] != nil {
			t.Fatalf("got %v, want no errors", response)
		}
		var calls, records []any
		for _, group := range harness.List(response, "data", "o", "groups") {
			key := harness.At(group, "key")
			calls = append(calls, []any{harness.At(key, "callType"), harness.At(key, "scheduledInCrm"),
				harness.At(key, "day"), harness.At(key, "hourOfDay"), harness.At(key, "weekday"), harness.At(group, "count"),
				harness.At(group, "duration", "avg"), harness.At(group, "duration", "p95"), harness.At(group, "answeredRate")})
		}
		for _, group := range harness.List(response, "data", "p", "groups") {
			key := harness.At(group, "key")
			records = append(records, []any{harness.At(key, "robotCallJobId"), harness.At(key, "intentLevel"),
				harness.At(group, "rounds", "sum"), harness.At(group, "count")})
		}
		for alias, want := range map[string][]any{"t": calls, "r": records} {
			if got := response.At("data", alias, "rows"); len(want) == 0 || harness.JSON(got) != harness.JSON(want) {
				t.Errorf("%s: got the rows %v, want %v", alias, got, want)
			}
		}
		if response.At("data", "r", "hasMore") != response.At("data", "p", "hasMore") {
			t.Errorf("got more %v, want %v", response.At("data", "r", "hasMore"), response.At("data", "p", "hasMore"))
		}
		var types []string
		for _, column := range harness.List(response, "data", "t", "columns") {
			types = append(types, fmt.Sprint(harness.At(column, "name"), " ", harness.At(column, "type")))
		}
		const want = "callType STRING, scheduledInCrm BOOLEAN, day DATE, hourOfDay INT, weekday STRING, count INT," +
			" durationAvg FLOAT, durationP95 FLOAT, answeredRate FLOAT"
		if got := strings.Join(types, ", "); got != want {
			t.Errorf("columns: got %s, want %s", got, want)
		}
		if got := response.At("data", "r", "columns", 0, "type"); got != "ID" {
			t.Errorf("a job's key: got the type %v, want ID", got)
		}
	})
}

package tests

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// savedCalls is a query with parameters of many types.
const savedCalls = `query Calls($from: DateTime, $to: DateTime, $ids: [ID!], $first: Int! = 2, $after: String,
		$filter: CallFilter! = {}, $crm: Boolean, $order: OrderDirection! = ASC) {
	calls(first: $first, after: $after, orderBy: [{field: ID, direction: $order}], filter: {and: [$filter,
		{callStartTime: {gte: $from, lt: $to}}, {id: {in: $ids}}, {scheduledInCrm: {eq: $crm}}]}) {
		nodes { ...Fields } pageInfo { hasNextPage endCursor } } }
	fragment Fields on Call { id title: name callDurationInSeconds scheduledInCrm callStartTime }`

// saveQuery saves a query, as an author with roles.
func saveQuery(t *testing.T, server *harness.Server, name, document string) {
	t.Helper()
	response := server.Post(`mutation($input: SaveQueryInput!) { saveQuery(input: $input) { query { name } created } }`,
		vars{"input": vars{"name": name, "document": document}})
	if response.At("data", "saveQuery", "query", "name") != name {
		t.Fatalf("saving %s: got %v, want it saved", name, response)
	}
}

// savedServer returns a server with rows and saved queries.
func savedServer(t *testing.T, e *dbtest.Env) *harness.Server {
	t.Helper()
	server := harness.NewServer(t, e)
	if got := server.Post(`mutation {
		saveCallRecords(inputs: [{id: "7", customerPerson: {id: "9", name: "Li, \"Wei\""}}, {id: "8"}]) {
			results { outcome } }
		createCalls(inputs: [{id: "a", name: "=1+1", callDurationInSeconds: 61, callStartTime: "2024-05-17T07:00:00Z",
			scheduledInCrm: true, tags: ["x", "y"]}, {id: "b", callStartTime: "2024-05-16T08:00:00Z",
			dialledNumber: "13987651234"}, {id: "c"}]) { written } }`, nil); got["errors"] != nil {
		t.Fatalf("the rows: got %v, want no errors", got)
	}
	saveQuery(t, server, "calls", savedCalls)
	saveQuery(t, server, "table", `query($after: String, $first: Int = 2, $columns: [String!]) {
		t: callTable(first: $first, after: $after, columns: $columns, orderBy: [{field: ID}]) {
			columns { name type } rows nextCursor } }`)
	saveQuery(t, server, "records", `query($after: String) { callRecords(after: $after) { nodes { id } } }`)
	saveQuery(t, server, "people", `{ callRecords(orderBy: [{field: ID}]) { edges { node { id
		customerPerson { name gender } } } } }`)
	saveQuery(t, server, "numbers", `{ calls(orderBy: [{field: ID}]) { nodes { id dialledNumber } } }`)
	saveQuery(t, server, "days", `{ callStats(groupBy: [DAY]) { groups { key { day } count } } }`)
	saveQuery(t, server, "tags", `{ calls { nodes { id tags } } }`)
	saveQuery(t, server, "two", `{ a: calls { totalCount } b: viewer { name } }`)
	saveQuery(t, server, "who", `{ viewer { name } }`)
	return server
}

// TestSavedQueriesByHTTP asks for saved queries as JSON, CSV and NDJSON, page by page.
func TestSavedQueriesByHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := savedServer(t, e)
		get := func(target, want string) harness.Answer {
			t.Helper()
			got := server.Do("GET", target, "")
			if got.Status != 200 || got.Body != want || got.Header.Get("Cache-Control") != "private, no-cache" {
				t.Errorf("%s: got %d %v %s, want %s", target, got.Status, got.Header, got.Body, want)
			}
			return got
		}
		const header = "id,title,callDurationInSeconds,scheduledInCrm,callStartTime\n"
		const a = `a,"'=1+1",61,true,2024-05-17T07:00:00Z` + "\n"
		const b = "b,,,,2024-05-16T08:00:00Z\n"
		first := get("/q/calls.csv", header+a+b)
		link := first.Header.Get("Link")
		next, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if first.Header.Get(web.NextCursorHeader) == "" || !strings.HasSuffix(link, `>; rel="next"`) ||
			first.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("the first page: got %v, want a cursor and a link", first.Header)
		}
		if last := get(next, header+"c,,,,\n"); last.Header.Get("Link") != "" {
			t.Errorf("the last page: got %v, want no link", last.Header)
		}
		get("/q/calls.csv?first=1&order=DESC", header+"c,,,,\n")
		get("/q/calls.csv?ids=a&ids=c&crm=true", header+a)
		get("/q/calls.csv?filter="+url.QueryEscape(`{"id":{"eq":"b"}}`), header+b)
		from := time.Date(2024, 5, 16, 8, 0, 0, 0, time.UTC).UnixMilli()
		get(fmt.Sprintf("/q/calls.csv?from=%d&to=%d", from, from+1), header+b)
		get("/q/calls.csv?from=2024-05-16T16:00:00.001%2B08:00", header+a)
		get("/q/calls.ndjson?first=1", `{"id":"a","title":"=1+1","callDurationInSeconds":61,"scheduledInCrm":true,`+
			`"callStartTime":"2024-05-17T07:00:00Z"}`+"\n")
		get("/q/people.csv", "id,customerPerson.name,customerPerson.gender\n7,\"Li, \"\"Wei\"\"\",\n8,,\n")
		get("/q/people.ndjson", `{"id":"7","customerPerson.name":"Li, \"Wei\"","customerPerson.gender":null}`+"\n"+
			`{"id":"8","customerPerson.name":null,"customerPerson.gender":null}`+"\n")
		get("/q/records.json", `{"callRecords":{"nodes":[{"id":"7"},{"id":"8"}]}}`)
		get("/q/days.csv", "key.day,count\n2024-05-16,1\n2024-05-17,1\n,1\n")
		const columns = "?columns=id&columns=tags&columns=version&columns=callStartTime"
		table := get("/q/table.csv"+columns, "id,tags,version,callStartTime\n"+
			"a,\"[\"\"x\"\",\"\"y\"\"]\",1,2024-05-17T07:00:00Z\nb,[],1,2024-05-16T08:00:00Z\n")
		next, _, _ = strings.Cut(strings.TrimPrefix(table.Header.Get("Link"), "<"), ">")
		get(next, "id,tags,version,callStartTime\nc,[],1,\n")
		get("/q/table.ndjson"+columns+"&first=1", `{"id":"a","tags":["x","y"],"version":1,"callStartTime":`+
			`"2024-05-17T07:00:00Z"}`+"\n")
		get("/q/who.json", `{"viewer":{"name":"`+e.Actor.Name+`"}}`)
	})
}

// TestSavedQueriesRights runs saved queries as others than their authors: with the caller's rights and masks.
func TestSavedQueriesRights(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := savedServer(t, e)
		analyst := server.AsRoles("analyst", model.RoleAnalyst)
		saveQuery(t, analyst, "masked", `{ calls(orderBy: [{field: ID}]) { nodes { dialledNumber } } }`)
		all := server.Do("GET", "/q/masked.csv", "")
		if all.Body != "dialledNumber\n\"\"\n13987651234\n\"\"\n" {
			t.Errorf("an analyst's query as an administrator: got %q, want the number", all.Body)
		}
		if got := analyst.Do("GET", "/q/numbers.csv", ""); got.Body != "id,dialledNumber\na,\nb,139******34\nc,\n" {
			t.Errorf("an administrator's query as an analyst: got %q, want the number masked", got.Body)
		}
		if got := server.AsRoles("agent", model.RoleAgent).Do("GET", "/q/numbers.csv", ""); got.Body != "id,dialledNumber\n" {
			t.Errorf("as an agent: got %q, want no rows", got.Body)
		}
		narrowed := server.As(model.NewActor(e.Actor.TenantID, "narrow", []model.Role{model.RoleAdmin},
			[]model.Permission{model.PermissionCallRead}))
		if got := narrowed.Do("GET", "/q/records.csv", ""); got.Status != 403 || got.Code() != "FORBIDDEN" {
			t.Errorf("without the permission: got %d %s, want 403", got.Status, got.Body)
		}
		for _, mutation := range []string{`saveQuery(input: {name: "x", document: "{ viewer { name } }"}) { created }`,
			`deleteQuery(name: "who") { name }`} {
			if code, _ := narrowed.Post("mutation { "+mutation+" }", nil).FirstError(); code != "FORBIDDEN" {
				t.Errorf("%s without EXPORT: got %v, want FORBIDDEN", mutation, code)
			}
		}
		_, other := dbtest.NewTenant(e.Ctx)
		if got := server.As(other).Do("GET", "/q/who.json", ""); got.Status != 404 || got.Code() != "NOT_FOUND" {
			t.Errorf("another tenant's query: got %d %s, want 404", got.Status, got.Body)
		}
		closed := savedDocuments(t, e)
		if got := closed.Do("GET", "/q/who.json", ""); got.Status != 200 {
			t.Errorf("where persisted documents alone are served: got %d %s, want 200", got.Status, got.Body)
		}
		if code, _ := closed.Post(`{ viewer { name } }`, nil).FirstError(); code != "PERSISTED_QUERY_NOT_FOUND" {
			t.Errorf("another document there: got %v, want PERSISTED_QUERY_NOT_FOUND", code)
		}
	})
}

// savedDocuments returns a server that answers persisted documents alone.
func savedDocuments(t *testing.T, e *dbtest.Env) *harness.Server {
	return harness.NewServerOf(t, e, "", func(o *web.Options) {
		o.Documents = map[string]string{"one": "{ viewer { permissions } }"}
	})
}

// TestSavedQueriesTags asks again with the entity tag of an answer.
func TestSavedQueriesTags(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := savedServer(t, e)
		tag := func(as *harness.Server, target string) string {
			t.Helper()
			got := as.Do("GET", target, "")
			if tag := got.Header.Get("ETag"); got.Status == 200 && strings.HasPrefix(tag, `W/"`) {
				return tag
			}
			t.Fatalf("%s: got %d %v, want 200 with a weak tag", target, got.Status, got.Header)
			return ""
		}
		first := tag(server, "/q/calls.json?first=1")
		for _, given := range []string{first, `"x", ` + first, strings.TrimSuffix(first, `"`) + `-gzip"`,
			strings.TrimSuffix(first, `"`) + `-zstd"`, "*"} {
			got := server.Do("GET", "/q/calls.json?first=1", "", "If-None-Match", given)
			if got.Status != 304 || got.Body != "" || got.Header.Get("ETag") != first {
				t.Errorf("%s: got %d %q, want 304", given, got.Status, got.Body)
			}
		}
		for what, other := range map[string]string{
			"another parameter": tag(server, "/q/calls.json?first=2"), "another format": tag(server, "/q/calls.csv?first=1"),
			"another caller": tag(server.AsRoles("analyst", model.RoleAnalyst), "/q/calls.json?first=1"),
		} {
			if other == first {
				t.Errorf("%s: got the same tag, want another", what)
			}
		}
		e.Clock.Set(e.Clock.Now().Add(time.Minute))
		if got := server.Do("GET", "/q/calls.json?first=1", "", "If-None-Match", first); got.Status != 200 {
			t.Errorf("a minute later: got %d, want 200", got.Status)
		}
		saveQuery(t, server, "calls", "{ viewer { name } }")
		if got := server.Do("GET", "/q/calls.json", "", "If-None-Match", first); got.Status != 200 {
			t.Errorf("with another document: got %d, want 200", got.Status)
		}
	})
}

// TestSavedQueriesBadInput saves what is no query, and asks for queries in wrong ways.
func TestSavedQueriesBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := savedServer(t, e)
		saveQuery(t, server, "required", `query($from: DateTime!, $n: Float) { calls(filter: {callStartTime: {gte: $from},
			callDurationInSeconds: {gt: 0}}) { nodes { id } } callStats(having: [{measure: COUNT, gt: $n}]) { timeZone } }`)
		for _, c := range []struct{ name, document, code, about, says string }{
			{"x", `mutation { createCall(input: {}) { call { id } } }`, "BAD_USER_INPUT", "document", "is a mutation"},
			{"x", `subscription { callChanged { operation } }`, "BAD_USER_INPUT", "document", ""},
			{"x", `{ nonsense }`, "BAD_USER_INPUT", "document", "nonsense"},
			{"x", `{ calls(`, "BAD_USER_INPUT", "document", ""},
			{"x", `query A { viewer { name } } query B { viewer { name } }`, "BAD_USER_INPUT", "document", "2 operations"},
			{"x", `{ viewer { name } } #` + strings.Repeat("x", 17<<10), "LIMIT_EXCEEDED", "document", "at most"},
			{"x y", `{ viewer { name } }`, "BAD_USER_INPUT", "name", "letters"},
			{"", `{ viewer { name } }`, "BAD_USER_INPUT", "name", "letters"},
			{strings.Repeat("x", 65), `{ viewer { name } }`, "BAD_USER_INPUT", "name", "letters"},
		} {
			response := server.Post(`mutation($i: SaveQueryInput!) { saveQuery(input: $i) { created } }`,
				vars{"i": vars{"name": c.name, "document": c.document}})
			code, about := response.FirstError()
			message, _ := response.At("errors", 0, "message").(string)
			if code != c.code || about != c.about || !strings.Contains(message, c.says) {
				t.Errorf("saving %.60q: got %v, want %s about %s with %q", c.document, response, c.code, c.about, c.says)
			}
		}
		deleted := server.Post(`mutation { deleteQuery(name: "nobody") { name } }`, nil)
		if code, _ := deleted.FirstError(); code != "NOT_FOUND" {
			t.Errorf("deleting an unknown query: got %v, want NOT_FOUND", code)
		}
		ofTable := url.QueryEscape(server.Do("GET", "/q/table.json", "").Header.Get(web.NextCursorHeader))
		for _, c := range []struct {
			target string
			status int
			code   string
			says   string
		}{
			{"/q/nobody.json", 404, "NOT_FOUND", "nobody"},
			{"/q/calls%00.json", 404, "NOT_FOUND", "no saved query"}, {"/q/%ff.json", 404, "NOT_FOUND", "no saved query"},
			{"/q/calls.xml", 404, "NOT_FOUND", ".ndjson"},
			{"/q/calls", 404, "NOT_FOUND", ".ndjson"},
			{"/q/required.json", 400, "BAD_USER_INPUT", "from: is missing"},
			{"/q/required.json?from=yesterday", 400, "BAD_USER_INPUT", "milliseconds"},
			{"/q/required.json?from=99999999999999999", 400, "BAD_USER_INPUT", "milliseconds"},
			{"/q/required.json?from=0&n=many", 400, "BAD_USER_INPUT", "n: must be a number"},
			{"/q/calls.json?first=ten", 400, "BAD_USER_INPUT", "first: must be a whole number"},
			{"/q/calls.json?first=99999999999", 400, "BAD_USER_INPUT", "first"},
			{"/q/calls.json?first=1&first=2", 400, "BAD_USER_INPUT", "comes 2 times"},
			{"/q/calls.json?crm=yes", 400, "BAD_USER_INPUT", "true or false"},
			{"/q/calls.json?order=UP", 400, "BAD_USER_INPUT", "order: must be one of ASC, DESC"},
			{"/q/calls.json?filter=%7B", 400, "BAD_USER_INPUT", "filter: is no JSON"},
			{"/q/calls.json?filter=%7B%22nonsense%22:1%7D", 400, "BAD_USER_INPUT", "nonsense"},
			{"/q/calls.json?nonsense=1", 400, "BAD_USER_INPUT", "no parameter"},
			{"/q/who.json?first=1", 400, "BAD_USER_INPUT", "the query has none"},
			{"/q/calls.json?first=100000", 413, "LIMIT_EXCEEDED", ""},
			{"/q/calls.json?after=" + ofTable, 400, "BAD_USER_INPUT", "no cursor of this list"},
			{"/q/records.json?after=" + ofTable, 400, "BAD_USER_INPUT", "no cursor of this list"},
			{"/q/table.json?columns=nonsense", 400, "BAD_USER_INPUT", "column 1"},
			{"/q/tags.csv", 400, "BAD_USER_INPUT", "tags is a list"},
			{"/q/two.ndjson", 400, "BAD_USER_INPUT", "2 root fields"},
			{"/q/who.csv", 400, "BAD_USER_INPUT", "no list, connection or table"},
		} {
			got := server.Do("GET", c.target, "")
			message, _ := got.JSON().At("errors", 0, "message").(string)
			if got.Status != c.status || got.Code() != c.code || !strings.Contains(message, c.says) {
				t.Errorf("%s: got %d %s, want %d %s with %q", c.target, got.Status, got.Body, c.status, c.code, c.says)
			}
		}
		listed := server.Post(`{ savedQueries { name parameters { name type default required } createdBy path }
			savedQuery(name: "nobody") { name } }`, nil)
		if got := len(harness.List(listed, "data", "savedQueries")); got != 10 || listed.At("data", "savedQuery") != nil ||
			listed.At("data", "savedQueries", 0, "parameters", 3, "default") != "2" ||
			listed.At("data", "savedQueries", 5, "parameters", 0, "required") != true {
			t.Errorf("the list: got %v, want 10 queries with their parameters", listed)
		}
	})
}

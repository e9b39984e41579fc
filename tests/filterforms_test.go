package tests

import (
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestFilterForms tries empty, null and nested filters.
func TestFilterForms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation { a: createCall(input: {id: "1", name: "50% off_", tags: ["x"]}) { call { id } }
			b: createCall(input: {id: "2", name: "50 percent offX"}) { call { id } }
			c: createCall(input: {id: "3"}) { call { id } } }`, nil)
		cases := []struct {
			filter string
			want   string
		}{
			{`{}`, "1 2 3"}, {`{and: []}`, "1 2 3"}, {`{and: null, or: null, not: null}`, "1 2 3"}, {`{or: []}`, ""},
			{`{not: {}}`, ""},
			{`{not: {or: []}}`, "1 2 3"}, {`{or: [{}]}`, "1 2 3"}, {`{or: [{or: []}]}`, ""}, {`{name: null}`, "1 2 3"},
			{`{name: {}}`, "1 2 3"},
			{`{name: {eq: null, ne: null, in: null, notIn: null, contains: null, startsWith: null, isNull: null}}`, "1 2 3"},
			{`{name: {in: []}}`, ""}, {`{name: {notIn: []}}`, "1 2 3"}, {`{name: {isNull: true}}`, "3"},
			{`{name: {isNull: false}}`, "1 2"},
			{`{name: {ne: "50% off_"}}`, "2 3"}, {`{name: {notIn: ["50% off_"]}}`, "2 3"},
			{`{not: {name: {eq: "50% off_"}}}`, "2 3"},
			{`{not: {name: {contains: "50%"}}}`, "2 3"}, {`{not: {not: {name: {contains: "50%"}}}}`, "1"},
			{`{name: {contains: "%"}}`, "1"}, {`{name: {contains: "_"}}`, "1"}, {`{name: {contains: "OFF"}}`, "1 2"},
			{`{name: {contains: ""}}`, "1 2 3"},
			{`{name: {contains: "\\"}}`, ""}, {`{name: {startsWith: "５0%"}}`, "1"}, {`{name: {eq: ""}}`, ""},
			{`{tags: {}}`, "1 2 3"}, {`{tags: null}`, "1 2 3"}, {`{tags: {hasAny: []}}`, ""}, {`{tags: {hasAll: []}}`, "1 2 3"},
			{`{tags: {isEmpty: true}}`, "2 3"},
			{`{tags: {has: "x"}}`, "1"}, {`{tags: {has: "X"}}`, ""}, {`{tags: {contains: "X"}}`, "1"},
			{`{not: {tags: {has: "x"}}}`, "2 3"}, {`{tags: {isEmpty: false}}`, "1"},
			{`{callType: {ne: INBOUND}}`, "1 2 3"}, {`{callType: {in: []}}`, ""}, {`{callDuration: {}}`, "1 2 3"},
			{`{attachments: {isEmpty: true}}`, "1 2 3"},
			{`{scheduledInCrm: {ne: true}}`, "1 2 3"}, {`{id: {in: ["1", "3"]}}`, "1 3"},
			{`{callPurpose: {startsWith: " "}}`, "1 2 3"},
			{`{name: {isNull: false}, tags: {isEmpty: true}}`, "2"},
		}
		for _, c := range cases {
			response := server.Post(`{ calls(orderBy: [{field: ID}], filter: `+c.filter+`) { totalCount nodes { id } } }`, nil)
			nodes, _ := response.At("data", "calls", "nodes").([]any)
			var ids []string
			for _, node := range nodes {
				ids = append(ids, harness.At(node, "id").(string))
			}
			if got := strings.Join(ids, " "); got != c.want || response.At("errors") != nil ||
				response.At("data", "calls", "totalCount") != float64(len(ids)) {
				t.Errorf("%s: got the calls %q, want %q: %v", c.filter, got, c.want, response)
			}
		}
		empty := server.Post(`{ calls(first: 0) { totalCount nodes { id } pageInfo { hasNextPage startCursor } } }`, nil)
		if empty.At("data", "calls", "totalCount") != 3.0 || len(empty.At("data", "calls", "nodes").([]any)) != 0 {
			t.Errorf("first: 0: got %v, want no nodes of 3", empty)
		}
	})
}

// TestPhones filters by pieces of telephone numbers in various spellings.
func TestPhones(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		server.Post(`mutation {
			saveCallRecords(inputs: [{id: "1", calledPhoneNumber: "13800075555"}, {id: "2",
			calledPhoneNumber: "13712345678"}, {id: "3", calledPhoneNumber: "0755-8888"}]) { results { callRecordId } } }`, nil)
		for filter, want := range map[string]string{`contains: "00"`: "1", `contains: "007"`: "1", `contains: "00075"`: "1",
			`contains: "0755"`: "1 3", `contains: "7"`: "1 2 3", `startsWith: "0"`: "1 2 3", `startsWith: "0755"`: "3",
			`startsWith: "+86 13"`: "1 2"} {
			response := server.Post(`{ callRecords(filter: {phone: {`+filter+`}}, orderBy: [{field: ID}]) { nodes { id } } }`,
				nil)
			var ids []string
			for _, node := range response.At("data", "callRecords", "nodes").([]any) {
				ids = append(ids, harness.At(node, "id").(string))
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("phone: {%s}: got the records %q, want %q", filter, got, want)
			}
		}
	})
}

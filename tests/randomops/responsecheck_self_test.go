package randomops

import (
	"slices"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// TestResponseCheck makes sure that the check of random operations notices what is wrong.
func TestResponseCheck(t *testing.T) {
	const document = `query($s: Boolean! = true) {
		calls { n: nodes { id tags callType createdAt ...F } totalCount @skip(if: $s) }
		node(nodeId: "x") { __typename ... on Task { statusCode } ... on Call { v: version } }
	} fragment F on Call { callDurationInSeconds ctiEntry }`
	const call = `{"id": "1", "tags": ["a"], "callType": "MISSED", "createdAt": "2024-05-17T08:00:00.5Z",
		"callDurationInSeconds": 1, "ctiEntry": null}`
	const right = `{"data": {"calls": {"n": [` + call + `]}, "node": {"__typename": "Task", "statusCode": 10}}}`
	const failed = `{"errors": [{"message": "m", "path": ["calls", "n"], "locations": [{"line": 1, "column": 2}],
		"extensions": {"code": "BAD_USER_INPUT", "requestId": "r"}}],
		"data": {"calls": null, "node": null}}`
	cases := []struct{ body, from, to, problem string }{
		{right, "", "", ""},
		{failed, "", "", ""},
		{right, `"data"`, `"date"`, `the response has "date"`},
		{right, `"id": "1", "tags": ["a"]`, `"tags": ["a"], "id": "1"`, "the keys of Call"},
		{right, `"ctiEntry": null`, `"ctiEntry": null, "ctiEntry": null`, "comes twice"},
		{right, `]}, "node"`, `], "totalCount": 1}, "node"`, "the keys of CallConnection"},
		{right, `"id": "1"`, `"id": 1`, "is no ID"},
		{right, `"id": "1"`, `"id": null`, "is null, but ID!"},
		{right, `["a"]`, `"a"`, "is no list"},
		{right, `["a"]`, `[null]`, "is null, but String!"},
		{right, `"MISSED"`, `"missed"`, "is no CallType"},
		{right, `.5Z`, `.50Z`, "is no DateTime"},
		{right, `Seconds": 1`, `Seconds": 2147483648`, "is no Int"},
		{right, `Seconds": 1`, `Seconds": 1.0`, "is no Int"},
		{right, `"Task"`, `"Note"`, "the keys of Note"},
		{right, `"Task"`, `"Call"`, "the keys of Call"},
		{right, `{"n": [` + call + `]}`, `null`, "is null without an error"},
		{failed, `"n"]`, `"n", 0, "id"]`, ""},
		{failed, `["calls", "n"]`, `["calls2"]`, "leads nowhere"},
		{failed, `, "path": ["calls", "n"]`, ``, "has a path: false"},
		{failed, `"line": 1`, `"line": 0`, "locations"},
		{failed, `"BAD_USER_INPUT"`, `"OOPS"`, "the code"},
		{failed, `"message": "m"`, `"message": ""`, "no message"},
		{failed, `"requestId"`, `"id"`, "no request id"},
		{failed, `"calls": null`, `"calls": {"n": []}`, "not null"},
		{failed, "[{\"message\"", "[], \"x\": [{\"message\"", "an empty one"},
	}
	for _, c := range cases {
		check, err := newResponseCheck(harness.ParsedSchema(), request{document: document, variables: vars{}})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(c.body, c.from) {
			t.Fatalf("got no %q in the body, want it", c.from)
		}
		check.body([]byte(strings.Replace(c.body, c.from, c.to, 1)))
		noticed := slices.ContainsFunc(check.problems, func(p string) bool { return strings.Contains(p, c.problem) })
		if c.problem == "" && len(check.problems) > 0 || c.problem != "" && !noticed {
			t.Errorf("%s for %s: got the problems %q, want %q", c.to, c.from, check.problems, c.problem)
		}
	}
}

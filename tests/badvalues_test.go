package tests

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// badValues are values that are not of their type. The literal is as a document has it, the value as JSON; empty where
// it has no such form.
var badValues = []struct {
	field, typ     string // a field of CreateCallInput, and of CallFilter
	literal, value string
	message        string // that the error contains
}{
	{"callDurationInSeconds", "Int", "2147483648", "2147483648", "must be a whole number of 32 bits"},
	{"callDurationInSeconds", "Int", "-2147483649", "-2147483649", "must be a whole number of 32 bits"},
	{"callDurationInSeconds", "Int", "1.5", "1.5", "must be a whole number of 32 bits"},
	{"callDurationInSeconds", "Int", "1e3", "1e3", "must be a whole number of 32 bits"},
	{"callDurationInSeconds", "Int", `"1"`, `"1"`, "must be a whole number"},
	{"callDurationInSeconds", "Int", "true", "true", "must be a whole number"},
	{"callDurationInSeconds", "Int", "{}", "{}", "must be a whole number"},
	{"name", "String", "1", "1", "must be text"},
	{"name", "String", "true", "true", "must be text"},
	{"name", "String", "INBOUND", "", "must be text"},
	{"name", "String", "{}", "{}", "must be text"},
	{"id", "ID", "1.5", "1.5", "must be text, or a whole number of 64 bits"},
	{"id", "ID", "1e3", "1e3", "must be text, or a whole number of 64 bits"},
	{"id", "ID", "9223372036854775808", "9223372036854775808", "must be text, or a whole number of 64 bits"},
	{"id", "ID", "true", "true", "must be text, or a whole number of 64 bits"},
	{"callType", "CallType", "Inbound", `"Inbound"`, "must be one of INBOUND, OUTBOUND, MISSED; captions such as 呼入"},
	{"callType", "CallType", `"INBOUND"`, `"呼入"`, "must be one of INBOUND, OUTBOUND, MISSED; captions such as 呼入"},
	{"callType", "CallType", "1", "1", "must be one of INBOUND, OUTBOUND, MISSED"},
	{"callType", "CallType", "{}", "{}", "must be one of INBOUND, OUTBOUND, MISSED"},
	{"callStartTime", "DateTime", `"2024-05-17T12:00:00"`, `"2024-05-17T12:00:00"`, "must be an RFC 3339 instant"},
	{"callStartTime", "DateTime", `"2016-12-31T23:59:60Z"`, `"2016-12-31T23:59:60Z"`, "must be an RFC 3339 instant"},
	{"callStartTime", "DateTime", `"2024-02-30T00:00:00Z"`, `"2024-02-30T00:00:00Z"`, "must be an RFC 3339 instant"},
	{"callStartTime", "DateTime", `"2024-05-17 12:00:00Z"`, `"2024-05-17 12:00:00Z"`, "must be an RFC 3339 instant"},
	{"callStartTime", "DateTime", `"0000-12-31T23:59:59Z"`, `"0000-12-31T23:59:59Z"`, "must be in the years 1 to 9999"},
	{"callStartTime", "DateTime", "1526538000", "1526538000", "must be an RFC 3339 instant"},
}

// truthValues are values that are no Boolean, whose filter takes no list.
var truthValues = []string{"1", `"true"`, "{}", "[true]"}

// badKeys are values that are no numeric key.
var badKeys = []string{
	"9223372036854775808", "-1", "1e3", "1.5", "true", `"1e3"`, `"٣"`, `""`, `" 7"`, `"7 "`, `"+7"`, `"07"`, `"x"`,
	`"9223372036854775808"`,
}

// TestBadValues sends values that are not of their type in every way there is: each is a request error with its place,
// and nothing is written, not even by the mutations before it.
func TestBadValues(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		b := badValueTest{t, harness.NewServer(t, e)}
		for _, c := range badValues {
			b.inInput(c.field, c.typ, c.literal, c.value, c.message)
			b.inFilterAndBatch(c.field, c.typ, c.literal, c.value, c.message)
		}
		for _, value := range truthValues {
			b.inInput("ctiEntry", "Boolean", value, value, "must be true or false")
		}
		for _, key := range badKeys {
			const records = `callRecords(filter: {robotCallJobId: {in: [1, `
			b.refused("{ callRecord(id: "+key+") { id } }", "", "must be", "id")
			b.refused("query ($v: ID!) { callRecord(id: $v) { id } }", key, "must be", "id")
			b.refused("query ($v: ID! = "+key+") { callRecord(id: $v) { id } }", "", "must be", "id")
			b.refused("{ "+records+key+"]}}) { totalCount } }", "", "must be", "filter", "robotCallJobId", "in", 1.0)
			b.refused("mutation { saveCallRecords(inputs: [{id: 1}, {id: "+key+"}]) { results { outcome } } }", "", "must be",
				"inputs", 1.0, "id")
		}
		n := b.server.Post(`{ calls { totalCount } callRecords { totalCount } }`, nil)
		if n.At("data", "calls", "totalCount") != 0.0 || n.At("data", "callRecords", "totalCount") != 0.0 {
			t.Errorf("written by requests that are refused: got %v, want nothing", n)
		}
	})
}

type badValueTest struct {
	t      *testing.T
	server *harness.Server
}

// inInput sends a value in the input of the second mutation of a request.
func (b badValueTest) inInput(field, typ, literal, value, message string) {
	b.t.Helper()
	const before = `{ before: createCall(input: {id: "before"}) { call { id } } createCall(input: {`
	b.refused("mutation "+before+field+": "+literal+"}) { call { id } } }", "", message, "input", field)
	b.refused("mutation ($v: "+typ+" = "+literal+") "+before+field+": $v}) { call { id } } }", "", message, "input", field)
	if value != "" {
		b.refused("mutation ($v: "+typ+") "+before+field+": $v}) { call { id } } }", value, message, "input", field)
		b.refused("mutation ($v: CreateCallInput!) { createCall(input: $v) { call { id } } }",
			`{"`+field+`": `+value+"}", message, "input", field)
	}
}

// inFilterAndBatch sends a value in a list of a filter, and in row 500 of a batch.
func (b badValueTest) inFilterAndBatch(field, typ, literal, value, message string) {
	b.t.Helper()
	b.refused("{ calls(filter: {or: [{}, {"+field+": {in: ["+literal+"]}}]}) { totalCount } }", "", message, "filter",
		"or", 1.0, field, "in", 0.0)
	if value == "" {
		return
	}
	b.refused("query ($v: ["+typ+"!]) { calls(filter: {"+field+": {in: $v}}) { totalCount } }", "["+value+"]", message,
		"filter", field, "in", 0.0)
	b.refused("mutation ($v: [CreateCallInput!]!) { createCalls(inputs: $v, policy: VALID_ROWS) { written } }",
		"["+strings.Repeat("{}, ", 500)+`{"`+field+`": `+value+"}]", message, "inputs", 500.0, field)
}

// refused checks that a request is refused at a place. Its variable v has a value, where that is not empty.
func (b badValueTest) refused(query, value, message string, place ...any) {
	b.t.Helper()
	variables := vars{}
	if value != "" {
		variables["v"] = json.RawMessage(value)
	}
	response := b.server.Post(query, variables)
	code, _ := response.FirstError()
	_, hasData := response["data"]
	text, _ := response.At("errors", 0, "message").(string)
	got := harness.List(response, "errors", 0, "extensions", "inputPath")
	if code != "GRAPHQL_VALIDATION_FAILED" || hasData || !strings.Contains(text, message) ||
		!reflect.DeepEqual(got, place) || response.At("errors", 0, "locations", 0, "line") != 1.0 {
		b.t.Errorf("%s with %.200s: got %v, want GRAPHQL_VALIDATION_FAILED without data, %q at %v", query, value, response,
			message, place)
	}
}

// TestGoodTimes sends instants in the forms of RFC 3339 that are seldom seen.
func TestGoodTimes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, instant := range []string{"2024-05-17t12:00:00z", "2024-05-17T12:00:00.000000Z", "2024-05-17T12:00:00-00:00",
			"2024-05-17T20:00:00+08:00", "2024-05-18t11:59:00+23:59"} {
			response := server.Post(`query ($v: DateTime) { callDraft(input: {callStartTime: $v}) { call { callStartTime } } }`,
				vars{"v": instant})
			if got := response.At("data", "callDraft", "call", "callStartTime"); got != "2024-05-17T12:00:00Z" {
				t.Errorf("%s: got %v, want 2024-05-17T12:00:00Z", instant, response)
			}
		}
	})
}

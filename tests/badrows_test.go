package tests

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// badCalls are calls that break a rule of ours, each with the field at fault.
var badCalls = []struct {
	row   vars
	field string
}{
	{vars{"voiceRecording": "x"}, "voiceRecording"},
	{vars{"voiceRecording": "https://example.com/" + strings.Repeat("x", 2048)}, "voiceRecording"},
	{vars{"name": strings.Repeat("字", 201)}, "name"},
	{vars{"callDuration": "5"}, "callDuration"},
	{vars{"callDurationInSeconds": -1}, "callDurationInSeconds"},
	{vars{"callDuration": "01:00", "callDurationInSeconds": 3}, "callDuration"},
	{vars{"callType": "MISSED", "outgoingCallStatus": "CANCELLED"}, "outgoingCallStatus"},
	{vars{"outgoingCallStatus": "SCHEDULED"}, "callStartTime"},
	{vars{"tags": []string{"a,b"}}, "tags"},
	{vars{"attachments": []vars{{"title": strings.Repeat("x", 101)}}}, "attachments.0.title"},
	{vars{"id": ""}, "id"},
	{vars{"id": "good-1"}, "id"},
}

// badDeliveries are deliveries that break a rule of ours, each with the field at fault.
var badDeliveries = []struct {
	row   vars
	field string
}{
	{vars{"fullAudioUrl": "x"}, "fullAudioUrl"},
	{vars{"customerAudioUrl": "ftp://example.com/"}, "customerAudioUrl"},
	{vars{"calledPhoneNumber": strings.Repeat("5", 31)}, "calledPhoneNumber"},
	{vars{"analysisBasis": strings.Repeat("x", 2001)}, "analysisBasis"},
	{vars{"chatDuration": -1}, "chatDuration"},
	{vars{"chatRound": -1}, "chatRound"},
	{vars{"customerConcern": []string{strings.Repeat("x", 101)}}, "customerConcern.0"},
	{vars{"attributes": []string{strings.Repeat("x", 1001)}}, "attributes.0"},
	{vars{"customerPersonId": "1", "customerPerson": vars{"id": "2"}}, "customerPerson.id"},
	{vars{"customerPerson": vars{"id": "3", "name": strings.Repeat("x", 201)}}, "customerPerson.name"},
	{vars{"customerPerson": vars{"id": "4", "properties": []vars{{"name": "", "value": "x"}}}},
		"customerPerson.properties.0.name"},
	{vars{"details": []vars{{"type": "ROBOT", "text": strings.Repeat("x", 10001)}}}, "details.0.text"},
	{vars{"details": []vars{{"position": 0, "type": "ROBOT", "text": "x"}}}, "details.0.position"},
	{vars{"id": "1"}, "id"},
}

const (
	createRows = `mutation($in: [CreateCallInput!]!) { rows: createCalls(inputs: $in, policy: VALID_ROWS) {
		results { index outcome errors { code field } } } }`
	saveRecordRows = `mutation($in: [SaveCallRecordInput!]!) { rows: saveCallRecords(inputs: $in) {
		results { index outcome errors { code field } } } }`
)

// TestBadRows sends one bad row of each kind among good ones, and checks that each fails alone.
func TestBadRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		calls, deliveries := []any{vars{"id": "good-1"}}, []any{vars{"id": "1"}}
		var callFields, deliveryFields []string
		for _, c := range badCalls {
			calls, callFields = append(calls, c.row), append(callFields, c.field)
		}
		for i, c := range badDeliveries {
			row := vars{"id": fmt.Sprint(100 + i)}
			maps.Copy(row, c.row)
			deliveries, deliveryFields = append(deliveries, row), append(deliveryFields, c.field)
		}
		calls = append(calls, vars{"id": "good-2", "voiceRecording": ""})
		deliveries = append(deliveries, vars{"id": "2", "fullAudioUrl": "", "customerAudioUrl": " "})
		checkRows(t, server.Post(createRows, vars{"in": calls}), callFields)
		checkRows(t, server.Post(saveRecordRows, vars{"in": deliveries}), deliveryFields)
		got := server.Post(`{ calls { totalCount nodes { voiceRecording } } callRecords { totalCount nodes { fullAudioUrl } }
			customerPersons { totalCount } }`, nil)
		if n := got.At("data", "calls", "totalCount"); n != 2.0 {
			t.Errorf("calls: got %v, want the 2 good ones", n)
		}
		if n := got.At("data", "callRecords", "totalCount"); n != 2.0 {
			t.Errorf("call records: got %v, want the 2 good ones", n)
		}
		if n := got.At("data", "customerPersons", "totalCount"); n != 0.0 {
			t.Errorf("customers: got %v, want none of bad rows", n)
		}
	})
}

// checkRows checks that the first and the last row of a batch were created, and that the others failed by these fields.
func checkRows(t *testing.T, response harness.Response, fields []string) {
	t.Helper()
	results, _ := response.At("data", "rows", "results").([]any)
	if len(results) != len(fields)+2 {
		t.Fatalf("got %v, want %d results", response, len(fields)+2)
	}
	for i, result := range results {
		if i == 0 || i == len(fields)+1 {
			if got := harness.At(result, "outcome"); got != "CREATED" {
				t.Errorf("row %d: got %v, want CREATED", i, result)
			}
			continue
		}
		code, field := harness.At(result, "errors", 0, "code"), harness.At(result, "errors", 0, "field")
		wantCode := "BAD_USER_INPUT"
		if harness.At(result, "outcome") != "FAILED" || code != wantCode || field != fields[i-1] {
			t.Errorf("row %d: got %v, want FAILED by %s with %s", i, result, wantCode, fields[i-1])
		}
	}
}

// TestRowsOfWrongTypes sends rows with values of the wrong JSON type: they refuse the request, which names the row.
func TestRowsOfWrongTypes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		for _, c := range []struct {
			query string
			bad   vars
			field string
		}{
			{createRows, vars{"voiceRecording": 7}, "voiceRecording"},
			{createRows, vars{"callStartTime": 7}, "callStartTime"},
			{createRows, vars{"name": []any{}}, "name"},
			{saveRecordRows, vars{"id": "2", "fullAudioUrl": true}, "fullAudioUrl"},
			{saveRecordRows, vars{"id": "2", "chatRound": "1"}, "chatRound"},
		} {
			response := server.Post(c.query, vars{"in": []any{vars{"id": "1"}, c.bad}})
			code, field := response.FirstError()
			path, want := fmt.Sprint(response.At("errors", 0, "extensions", "inputPath")), "[inputs 1 "+c.field+"]"
			if code != "GRAPHQL_VALIDATION_FAILED" || response["data"] != nil || path != want {
				t.Errorf("%v: got %v about %v, want the request refused at %s", c.bad, response, field, want)
			}
		}
		got := server.Post(`{ calls { totalCount } callRecords { totalCount } }`, nil)
		if got.At("data", "calls", "totalCount") != 0.0 || got.At("data", "callRecords", "totalCount") != 0.0 {
			t.Errorf("after requests that were refused: got %v, want nothing written", got)
		}
	})
}

// TestAddressesOfOneCall writes addresses by mutations of one call: an odd one is an error of the field, a blank one
// clears.
func TestAddressesOfOneCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		const address = "https://recordings.example.com/1.wav"
		write := func(mutation, value string) harness.Response {
			return server.Post(fmt.Sprintf(mutation, value), nil)
		}
		const (
			create = `mutation { a: createCall(input: {id: "first-%[1]s"}) { call { id } }
				b: createCall(input: {id: "c", voiceRecording: "%[1]s"}) { call { voiceRecording } } }`
			update = `mutation { b: updateCall(id: "c", input: {voiceRecording: "%s"}) { call { voiceRecording } } }`
			save   = `mutation { b: saveCall(input: {id: "c", voiceRecording: "%s"}) { call { voiceRecording } } }`
		)
		for _, c := range []struct {
			mutation, value string
			want            any // the recording; "error" where the address is refused
		}{
			{create, "x", "error"}, {create, "", nil}, {update, address, address}, {update, "x", "error"}, {update, "", nil},
			{save, address, address}, {save, "ftp://example.com/1", "error"}, {save, " ", nil},
		} {
			response := write(c.mutation, c.value)
			code, field := response.FirstError()
			path := fmt.Sprint(response.At("errors", 0, "extensions", "inputPath"))
			isRefused := code == "BAD_USER_INPUT" && field == "voiceRecording" && path == "[input voiceRecording]"
			got := response.At("data", "b", "call", "voiceRecording")
			if isRefused {
				got = "error"
			}
			if got != c.want || code != nil && !isRefused {
				t.Errorf("%s with %q: got %v, want %v", c.mutation, c.value, response, c.want)
			}
		}
		draft := server.Post(`{ callDraft(input: {voiceRecording: "x"}) { errors { field } } }`, nil)
		if field := draft.At("data", "callDraft", "errors", 0, "field"); field != "voiceRecording" {
			t.Errorf("a draft: got %v, want an error about voiceRecording", draft)
		}
		batch := server.Post(`mutation { updateCalls(select: {ids: ["c"]}, input: {voiceRecording: "x"}) {
			results { outcome errors { field } } } }`, nil)
		if got := batch.At("data", "updateCalls", "results", 0); harness.At(got, "outcome") != "FAILED" ||
			harness.At(got, "errors", 0, "field") != "voiceRecording" {
			t.Errorf("a patch of many: got %v, want the row FAILED by voiceRecording", batch)
		}
		if call, err := e.DB.Call(e.Ctx, "first-x", false); err != nil || call == nil {
			t.Errorf("the mutation before one that is refused: got %v, %v, want its call", call, err)
		}
	})
}

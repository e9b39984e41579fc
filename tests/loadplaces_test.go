package tests

import (
	"fmt"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// uploaded loads a file by the mutation of its rows and returns its payload.
func uploaded(t *testing.T, server *harness.Server, name, text string) any {
	t.Helper()
	field := "importCalls"
	if strings.Contains(text, "callRecordId") {
		field = "importCallRecords"
	}
	operation := `{"query":"mutation($f: Upload!) { ` + field + `(file: $f) { rows created updated ` +
		`restored unchanged failed warned errors { line index rowId code field message } warnings { line index rowId field ` +
		`message } } }","variables":{"f":null}}`
	body, contentType := multipartBody([]part{
		{"operations", "", operation}, {"map", "", `{"0":["variables.f"]}`}, {"0", name, text},
	})
	answer := server.Do("POST", "/graphql", body, "Content-Type", contentType, "GraphQL-Preflight", "1")
	payload := answer.JSON().At("data", field)
	if payload == nil {
		t.Fatalf("loading %s: got %s, want a payload", name, answer.Body)
	}
	return payload
}

// includes reports whether generic JSON has all members that are wanted, and lists with as many elements.
func includes(want, got any) bool {
	switch want := want.(type) {
	case vars:
		members, isObject := got.(map[string]any)
		for name, value := range want {
			member, isThere := members[name]
			if !isThere || !includes(value, member) {
				return false
			}
		}
		return isObject
	case []any:
		elements, _ := got.([]any)
		for i := range min(len(want), len(elements)) {
			if !includes(want[i], elements[i]) {
				return false
			}
		}
		return len(want) == len(elements)
	}
	return want == got
}

// minified returns an array of calls on one line, of which the 700th is at fault, and the 800th has an odd recording.
func minified() string {
	rows := make([]string, 1000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":"c-%d","name":"x"}`, i+1)
	}
	rows[699] = `{"id":"c-700","call_type":"sideways"}`
	rows[799] = `{"id":"c-800","voice_recording_s":"none"}`
	return "[" + strings.Join(rows, ",") + "]"
}

// TestMinifiedFile loads a file of one line with a bad row, by the mutation and on the command line.
func TestMinifiedFile(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		file := harness.WriteFile(t, t.TempDir(), "calls.json", minified())
		code, out, messages := harness.Run(nil, "load", "--db", dsn, "--tenant", fmt.Sprint(e.Actor.TenantID), file)
		if want := "loaded: 999 calls (999 created, 0 updated, 0 restored, 0 unchanged); 1 bad row, 1 warning;"; code != 1 ||
			!strings.HasPrefix(out, want) {
			t.Errorf("load: got %d %q, want 1 %q", code, out, want)
		}
		for _, want := range []string{
			file + `:1: row 699, id "c-700": call_type: must be one of INBOUND, MISSED, OUTBOUND`,
			file + `:1: warning: row 799, id "c-800": voice_recording_s: is left out: it must be an absolute http`,
		} {
			if !strings.Contains(messages, want) {
				t.Errorf("load: got %q, want %q in it", messages, want)
			}
		}
		got := uploaded(t, harness.ListenAnonymous(t, e, nil), "calls.json", minified())
		want := vars{"failed": 1.0, "warned": 1.0, "unchanged": 999.0, "errors": []any{vars{"line": 1.0, "index": 699.0,
			"rowId": "c-700", "code": "BAD_USER_INPUT", "field": "call_type"}}, "warnings": []any{vars{"line": 1.0,
			"index": 799.0, "rowId": "c-800", "field": "voice_recording_s",
			"message": "is left out: it must be an absolute http or https address"}}}
		if !includes(want, got) {
			t.Errorf("imported: got %v, want %v", got, want)
		}
	})
}

// TestPlacesInEnvelopes loads files of other forms with bad rows.
func TestPlacesInEnvelopes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		for _, c := range []struct {
			file, text string
			want       vars
		}{
			{"x.json", `{"code":200,"data":{"content":[{"callRecordId":1},{"callRecordId":2},{"callRecordId":3},` +
				`{"callRecordId":"4x"}],"number":1}}`, vars{"line": 1.0, "index": 3.0, "rowId": "4x", "field": "callRecordId"}},
			{"x.jsonl", "{\"data\":[{\"callRecordId\":5}]}\n{\"data\":[{\"callRecordId\":6,\"chatRound\":-1}]}\n",
				vars{"line": 2.0, "index": 1.0, "rowId": "6", "field": "chatRound"}},
			{"x.json", `[{"callRecordId":7},{"colour":1}]`,
				vars{"line": 1.0, "index": 1.0, "rowId": nil, "field": "callRecordId"}},
			{"x.json", `[{"callRecordId":8},`, vars{"line": nil, "index": nil, "rowId": nil, "field": nil}},
		} {
			got := uploaded(t, server, c.file, c.text)
			if !includes([]any{c.want}, harness.At(got, "errors")) {
				t.Errorf("%s: got %v, want the error %v", c.text, got, c.want)
			}
		}
	})
}

// TestRestoredByLoads loads calls that were deleted: they are counted as restored, by the mutation and on the command
// line.
func TestRestoredByLoads(t *testing.T) {
	const text = `[{"id":"r-1","name":"a"},{"id":"r-2","name":"b"},{"id":"r-3","name":"c"}]`
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.ListenAnonymous(t, e, nil)
		remove := func() {
			response := server.Post(`mutation { deleteCalls(select: {ids: ["r-1", "r-2"]}) { written } }`, nil)
			if n := response.At("data", "deleteCalls", "written"); n != 2.0 {
				t.Fatalf("deleting: got %v, want 2 calls deleted", response)
			}
		}
		uploaded(t, server, "x.json", text)
		remove()
		got := uploaded(t, server, "x.json", strings.Replace(text, `"c"`, `"d"`, 1))
		want := vars{"rows": 3.0, "created": 0.0, "updated": 1.0, "restored": 2.0, "unchanged": 0.0, "failed": 0.0}
		if !includes(want, got) {
			t.Errorf("imported: got %v, want %v", got, want)
		}
		remove()
		code, out, _ := harness.Run(strings.NewReader(text), "load", "--db", dsn, "--tenant",
			fmt.Sprint(e.Actor.TenantID))
		if want := "(0 created, 1 updated, 2 restored, 0 unchanged)"; code != 0 || !strings.Contains(out, want) {
			t.Errorf("load: got %d %q, want 0 and %q", code, out, want)
		}
	})
}

// TestLenientRows loads calls in spellings that have one meaning.
func TestLenientRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.ListenAnonymous(t, e, nil)
		text := `[{"id":"l-1","tag":"vip"},
			{"id":"l-2","attachments":{"name":"n","file_id":"f"},"call_start_time":1533355053,"voice_recording_s":""},
			{"id":"l-3","call_start_time":"1533355053000","outgoing_call_status":"Completed",
				"voice_recording_s":"https://recordings.example.com/3.wav"},
			{"id":"l-3","outgoing_call_status":"Scheduled","voice_recording_s":"gone"},
			{"id":"l-4","tenantId":999999,"name":"x"}]`
		got := uploaded(t, server, "x.json", text)
		want := vars{"created": 3.0, "updated": 1.0, "failed": 1.0, "warned": 1.0,
			"errors": []any{vars{"index": 4.0, "rowId": "l-4", "field": "tenantId"}}}
		if !includes(want, got) {
			t.Errorf("imported: got %v, want %v", got, want)
		}
		const start = "2018-08-04T03:57:33Z"
		response := server.Post(`{ calls(orderBy: [{field: ID}]) { nodes { id tags callStartTime outgoingCallStatus
			voiceRecording attachments { name fileId } } } }`, nil)
		wantCalls := []any{
			vars{"id": "l-1", "tags": []any{"vip"}},
			vars{"id": "l-2", "callStartTime": start, "voiceRecording": nil,
				"attachments": []any{vars{"name": "n", "fileId": "f"}}},
			vars{"id": "l-3", "callStartTime": start, "outgoingCallStatus": "OVERDUE",
				"voiceRecording": "https://recordings.example.com/3.wav"},
		}
		if calls := response.At("data", "calls", "nodes"); !includes(wantCalls, calls) {
			t.Errorf("the calls: got %v, want %v", calls, wantCalls)
		}
	})
}

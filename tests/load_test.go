package tests

import (
	"regexp"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestLoadRealRecords loads the real call records twice.
func TestLoadRealRecords(t *testing.T) {
	file := harness.RealData(t, "call-records.jsonl")
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		for _, want := range []string{
			`500 call records, 8,476 turns \(500 created, 0 updated, 0 restored, 0 unchanged\); 0 bad rows`,
			`500 call records, 8,476 turns \(0 created, 0 updated, 0 restored, 500 unchanged\); 0 bad rows`,
		} {
			code, out, messages := harness.Run(nil, "load", "--db", dsn, file)
			if code != 0 || !regexp.MustCompile(want).MatchString(out) ||
				!regexp.MustCompile(`^(.* rows, \d+ %\n)*$`).MatchString(messages) {
				t.Fatalf("load: got %d %q %q, want 0 %s and progress", code, out, messages, want)
			}
		}
		e := dbtest.NewEnv(t, engine, dsn)
		server := harness.NewServer(t, e).As(harness.LocalAdministrator)
		for _, first := range []int{20, 100} {
			before := server.Statements()
			response := server.Post(`query($first: Int!) { callRecords(filter: {robotCallJobId: {eq: "50"}}, first: $first) {
				totalCount nodes { id startTime customerConcern customerPerson { id } details { position type text } } } }`,
				vars{"first": first})
			nodes := response.At("data", "callRecords", "nodes").([]any)
			if response.At("data", "callRecords", "totalCount") != 500.0 || len(nodes) != first ||
				len(harness.At(nodes[0], "details").([]any)) == 0 {
				t.Errorf("first %d: got %v, want as many records with turns of 500", first, response)
			}
			if n := server.Statements() - before; n != 4 {
				t.Errorf("first %d: got %d statements, want 4", first, n)
			}
		}
	})
}

// TestLoadDocuments loads every JSON example of the two source documents.
func TestLoadDocuments(t *testing.T) {
	seeds := harness.RealData(t, "../seeds")
	dsn := "sqlite:" + t.TempDir() + "/x.db"
	fence := regexp.MustCompile("(?s)```[a-z]*\\s*\\n(\\s*[\\[{].*?)```")
	var records, missing int
	for _, name := range []string{"call-record-api.md", "crm-call-api.md"} {
		text := harness.ReadFile(t, seeds+"/"+name)
		for _, example := range fence.FindAllStringSubmatch(text, -1) {
			code, out, messages := harness.Run(strings.NewReader(example[1]), "load", "--db", dsn)
			switch {
			case strings.Contains(example[1], "callRecordId"):
				records++
				if code != 0 || !strings.Contains(out, "1 call record, 2 turns (1 created") {
					t.Errorf("%s: got %d %q %q, want 0 and 1 call record created", example[1], code, out, messages)
				}
			case strings.Contains(example[1], `"call_type"`):
				missing++
				if code != 1 || !strings.Contains(messages, "id: is missing") || strings.Count(messages, "\n") != 1 {
					t.Errorf("%s: got %d %q %q, want 1 and one line on the missing id", example[1], code, out, messages)
				}
			case code == 0:
				t.Errorf("%s: got %q, want a request not to be loaded", example[1], out)
			}
		}
	}
	if records != 2 || missing < 19 {
		t.Errorf("the examples: got %d records and %d calls, want 2 and 19 or more", records, missing)
	}
	server, _ := harness.Serve(t, "--db", dsn)
	record := server.Post(`{ callRecord(id: 47) { startTime } }`, nil)
	if record.At("data", "callRecord", "startTime") != "2018-08-04T03:57:33Z" {
		t.Errorf("record 47: got %v, want it to start at 2018-08-04T03:57:33Z", record)
	}
}

// wireCalls are calls with the spellings of values that occur in the wire format.
const wireCalls = `[
  {"id": "w-1", "name": "第一通", "call_type": "呼入", "outgoing_call_status": null,
  "call_start_time": "2018-10-02T16:54:08", "call_duration": "01:05",
   "scheduled_in_crm": "False", "cti_entry": 1, "tag": "a, b,,a", "create_man": "importer",
   "create_time": "2018-10-01 16:39", "update_man": "x", "attachments": [{"name": "n", "fileId": "f"}],},
  {"id": "w-2", "call_type": "outbound", "outgoing_call_status": "已完成", "scheduled_in_crm": "是", "cti_entry": "0",
  "extra": 1},
]`

// TestLoadCalls loads calls in the wire format twice.
func TestLoadCalls(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		for _, want := range []string{"2 calls (2 created, 0 updated, 0 restored, 0 unchanged)",
			"2 calls (0 created, 0 updated, 0 restored, 2 unchanged)"} {
			code, out, messages := harness.Run(strings.NewReader(wireCalls), "load", "--db", dsn, "--time-zone", "UTC", "-")
			if code != 0 || !strings.Contains(out, want) ||
				messages != "note: field extra means nothing here and was left out of 1 row\n" {
				t.Errorf("load: got %d %q %q, want 0 %s and a note of the field extra", code, out, messages, want)
			}
		}
		e := dbtest.NewEnv(t, engine, dsn)
		got := harness.NewServer(t, e).As(harness.LocalAdministrator).Post(
			`{ a: call(id: "w-1") { name callType callStartTime callDurationInSeconds scheduledInCrm ctiEntry tags createdBy
			createdAt updatedBy version attachments { attachmentId name fileId } }
			b: call(id: "w-2") { callType outgoingCallStatus callDuration scheduledInCrm ctiEntry } }`, nil)
		want := map[string]any{
			"a": vars{"name": "第一通", "callType": "INBOUND", "callStartTime": "2018-10-02T16:54:08Z",
				"callDurationInSeconds": 65.0, "scheduledInCrm": false, "ctiEntry": true,
				"tags": []any{"a", "b"}, "createdBy": "importer", "createdAt": "2018-10-01T16:39:00Z", "updatedBy": "local",
				"version":     1.0,
				"attachments": []any{vars{"attachmentId": "<any>", "name": "n", "fileId": "f"}}},
			"b": vars{"callType": "OUTBOUND", "outgoingCallStatus": "COMPLETED", "callDuration": nil, "scheduledInCrm": true,
				"ctiEntry": false}}
		if !harness.Matches(want, got["data"]) {
			t.Errorf("the calls: got %v, want %v", got, want)
		}
	})
}

// wireRecord is a record with a different value in every field of the wire format.
const wireRecord = `{"code": 200, "data": {"callRecordId": 7, "tenantId": 1, "robotCallJobId": 11,
  "dialogFlowId": 12, "robotCallTaskId": 13,
  "phoneNumberId": 14,
  "calledPhoneNumber": "555-0107", "resultStatus": "BUSY", "intentLevel": "B", "realIntentLevel": "C",
  "customerConcern": ["c"], "attributes": ["a"],
  "fullAudioUrl": "https://r.example.com/f", "customerAudioUrl": "https://r.example.com/c", "analysisBasis": "b",
  "startTime": "2018-10-02T16:54:08",
  "endTime": "2018-10-02 16:54", "chatDuration": 5, "chatRound": 6, "readStatus": "HAS_READ",
  "callDetailList": [{"text": "t", "type": "PERSON", "callDetailId": 1}],
  "customerPerson": {"customerPersonId": 15, "tenantId": 1, "creationTime": "2018-10-01 16:39", "customerGroupId": 16,
  "customerGroupName": "g", "name": "n",
    "phoneNumber": "555-0108", "wechatNumber": "w", "source": "IMPORTED_FROM_PUSH", "gender": "FEMALE",
    "properties": {"k": "v"}, "lastFollowTime": "2018-10-03 00:00:01",
    "lastChatDuration": 17, "lastStartTime": "2018-10-04 00:00:02", "lastIntentLevel": "E", "lastDialStatus": "REFUSED",
    "assignTime": "2018-10-05 00:00:03"}}}`

// TestLoadEveryRecordField loads a record with a different value in every field of the wire format, and reads each
// where it belongs.
func TestLoadEveryRecordField(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, engine, dsn string) {
		code, _, messages := harness.Run(strings.NewReader(wireRecord), "load", "--db", dsn, "--time-zone", "UTC")
		if code != 0 || messages != "" {
			t.Fatalf("load: got %d %s, want 0 and no message", code, messages)
		}
		got := harness.NewServer(t, dbtest.NewEnv(t, engine, dsn)).As(harness.LocalAdministrator).Post(
			`{ callRecord(id: "7") { robotCallJobId dialogFlowId robotCallTaskId phoneNumberId calledPhoneNumber
			resultStatus intentLevel realIntentLevel customerConcern attributes fullAudioUrl customerAudioUrl analysisBasis
				startTime endTime chatDuration chatRound readStatus
			details { callDetailId type text } customerPerson {
				id creationTime customerGroupId customerGroupName name phoneNumber wechatNumber source gender
			properties { name value } lastFollowTime lastChatDuration lastStartTime lastIntentLevel lastDialStatus assignTime } }
				}`, nil)
		want := vars{"robotCallJobId": "11", "dialogFlowId": "12", "robotCallTaskId": "13", "phoneNumberId": "14",
			"calledPhoneNumber": "555-0107",
			"resultStatus":      "BUSY", "intentLevel": "B", "realIntentLevel": "C", "customerConcern": []any{"c"},
			"attributes":   []any{"a"},
			"fullAudioUrl": "https://r.example.com/f", "customerAudioUrl": "https://r.example.com/c", "analysisBasis": "b",
			"startTime": "2018-10-02T16:54:08Z",
			"endTime":   "2018-10-02T16:54:00Z", "chatDuration": 5.0, "chatRound": 6.0, "readStatus": "HAS_READ",
			"details": []any{vars{"callDetailId": "1", "type": "PERSON", "text": "t"}},
			"customerPerson": vars{"id": "15", "creationTime": "2018-10-01T16:39:00Z", "customerGroupId": "16",
				"customerGroupName": "g", "name": "n", "phoneNumber": "555-0108",
				"wechatNumber": "w", "source": "IMPORTED_FROM_PUSH", "gender": "FEMALE",
				"properties": []any{vars{"name": "k", "value": "v"}}, "lastFollowTime": "2018-10-03T00:00:01Z",
				"lastChatDuration": 17.0, "lastStartTime": "2018-10-04T00:00:02Z", "lastIntentLevel": "E",
				"lastDialStatus": "REFUSED", "assignTime": "2018-10-05T00:00:03Z"}}
		if record := got.At("data", "callRecord"); !harness.Matches(want, record) {
			t.Errorf("the record: got %v, want %v", record, want)
		}
	})
}

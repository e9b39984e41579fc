package files_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"callbook/files"
	"callbook/model"
)

// readMember reads a row of a kind that has one member beside its key.
func readMember(t *testing.T, kind files.Kind, name, value string) files.Row {
	t.Helper()
	key := `"id":"1"`
	if kind == files.RecordKind {
		key = `"callRecordId":1`
	}
	rows, err := readAll(t, fmt.Sprintf(`{%s,%q:%s}`, key, name, value), files.Options{Kind: kind})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s %s: %d rows, %v, want one", name, value, len(rows), err)
	}
	return rows[0]
}

// TestMembers reads members of calls in all forms. want is the value, "null" for a member that clears, or an error.
func TestMembers(t *testing.T) {
	const wholeNumber = "call_duration_in_seconds: must be a whole number of 32 bits, not "
	const truth = "cti_entry: must be True or False, 1 or 0, 是 or 否, not "
	const instant = "call_start_time: must be a time such as 2018-08-04 11:57:33 or 2018-08-04T11:57:33+08:00, not "
	const callType = "call_type: must be one of INBOUND, MISSED, OUTBOUND, or its caption, not "
	for _, c := range []struct{ name, value, want string }{
		{"name", `"a"`, "a"}, {"name", `" a "`, " a "}, {"name", `""`, ""}, {"name", `7`, "7"}, {"name", `1.50`, "1.50"},
		{"name", `null`, "null"}, {"name", `true`, "name: must be text"}, {"name", `["a"]`, "name: must be text"},
		{"name", `"a\u0000"`, "name: must not contain the character NUL"}, {"name", `"😀"`, "😀"},
		{"name", `"\ud83d\ude00"`, "😀"}, {"name", `"\ud83d"`, "name: has half a surrogate pair"},
		{"name", `"\\ud83d"`, `\ud83d`}, {"name", "\"\xff\"",
			"name: is not valid UTF-8; convert the file, or save it as UTF-8"},

		{"call_duration_in_seconds", `7`, "7"}, {"call_duration_in_seconds", `" 7 "`, "7"},
		{"call_duration_in_seconds", `""`, "null"}, {"call_duration_in_seconds", `1.5`, wholeNumber + `"1.5"`},
		{"call_duration_in_seconds", `2147483648`, wholeNumber + `"2147483648"`},

		{"cti_entry", `true`, "true"}, {"cti_entry", `"False"`, "false"}, {"cti_entry", `1`, "true"},
		{"cti_entry", `"0"`, "false"},
		{"cti_entry", `"是"`, "true"}, {"cti_entry", `"否"`, "false"}, {"cti_entry", `" "`, "null"},
		{"cti_entry", `"yes"`, truth + `"yes"`},

		{"call_start_time", `"2018-08-04 11:57:33"`, "2018-08-04T11:57:33Z"},
		{"call_start_time", `"2018-08-04T11:57:33"`, "2018-08-04T11:57:33Z"},
		{"call_start_time", `"2018-08-04 11:57"`, "2018-08-04T11:57:00Z"},
		{"call_start_time", `"2018-08-04T11:57"`, "2018-08-04T11:57:00Z"},
		{"call_start_time", `"2018-08-04"`, "2018-08-04T00:00:00Z"},
		{"call_start_time", `"2018-08-04T11:57:33.1234567+08:00"`, "2018-08-04T03:57:33.123456Z"},
		{"call_start_time", `""`, "null"}, {"call_start_time", `"soon"`, instant + `"soon"`},
		{"call_start_time", `"0000-01-01"`, "call_start_time: must be in the years 1 to 9999"},

		{"call_type", `"inbound"`, "INBOUND"}, {"call_type", `"呼入"`, "INBOUND"}, {"call_type", `""`, "null"},
		{"call_type", `"x"`, callType + `"x"`},

		{"voice_recording_s", `"https://example.com/1"`, "https://example.com/1"},
		{"voice_recording_s", `"x"`, "voice_recording_s: must be an absolute http or https address"},

		{"tag", `"b,a"`, "[b a]"}, {"tag", `["b","a,c",1,null]`, "[b a,c 1]"}, {"tag", `null`, "[]"},
		{"tag", `[true]`, "tag.0: must be text"}, {"tag", `{}`, "tag: must be text"},

		{"attachments", `{}`, "attachments: must be a list of objects"},
		{"attachments", `[null]`, "attachments.0: must be an object"},
		{"attachments", `[{"id":true}]`, "attachments.0.id: must be text"},
	} {
		row := readMember(t, files.CallKind, c.name, c.value)
		got := row.Errors.Error()
		if len(row.Errors) == 0 {
			got = memberOf(row.Call, c.name)
		}
		if got != c.want {
			t.Errorf("%s %s is read as %q, want %q", c.name, c.value, got, c.want)
		}
	}
}

// memberOf returns what was read of a member, as text.
func memberOf(call *model.CallImport, name string) string {
	switch name {
	case "name":
		return textOf(call.Name.Value())
	case "call_duration_in_seconds":
		return textOf(call.CallDurationInSeconds.Value())
	case "cti_entry":
		return textOf(call.CtiEntry.Value())
	case "call_start_time":
		if at := call.CallStartTime.Value(); at != nil {
			return at.Format(time.RFC3339Nano)
		}
		return "null"
	case "call_type":
		return textOf(call.CallType.Value())
	case "voice_recording_s":
		return textOf(call.VoiceRecording.Value())
	case "tag":
		return fmt.Sprint(call.Tags.Value())
	}
	return "?"
}

func textOf[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}

// TestIgnoredMembers reads members that have no meaning, some of them in lists.
func TestIgnoredMembers(t *testing.T) {
	rows, err := readAll(t, `{"callRecordId":1,"z":1,"callDetailList":[{"type":"ROBOT","text":"a","x":1},
		{"type":"ROBOT","text":"b","x":2}],"customerPerson":{"customerPersonId":1,"y":1}}`, files.Options{})
	if want := []string{"callDetailList.x", "customerPerson.y", "z"}; err != nil || !slices.Equal(rows[0].Ignored, want) {
		t.Errorf("ignored %v, %v, want %v", rows[0].Ignored, err, want)
	}
}

// TestMissingMembers reads rows without their keys, and rows of another tenant.
func TestMissingMembers(t *testing.T) {
	for input, want := range map[string]string{
		`{"call_type":"INBOUND"}`:                   "id: is missing; without it, loading twice would double the call",
		`{"callRecordId":null,"resultStatus":null}`: "callRecordId: is missing",
		`{"callRecordId":"x"}`:                      "callRecordId: must be a whole number from 0 to 9223372036854775807",
		`{"callRecordId":1,"tenantId":2}`:           "tenantId: is 2, but the data goes to tenant 1",
		`{"callRecordId":1,"tenantId":1}`:           "",
		`{"callRecordId":1,"customerPerson":{}}`:    "customerPerson.customerPersonId: is missing",
		`{"callRecordId":1,"callDetailList":[{}]}`:  "callDetailList.0.type: is missing; callDetailList.0.text: is missing",
	} {
		rows, err := readAll(t, input, files.Options{})
		if err != nil || len(rows) != 1 || rows[0].Errors.Error() != want {
			t.Errorf("%s: rows %+v, %v, want one with the error %q", input, rows, err, want)
		}
	}
}

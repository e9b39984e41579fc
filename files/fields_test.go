package files_test

import (
	"fmt"
	"slices"
	"strings"
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
	const instant = "call_start_time: must be a time such as 2018-08-04 11:57:33, 2018-08-04T11:57:33+08:00 or " +
		"1533355053 (seconds since 1970; milliseconds have 13 digits), not "
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
		{"call_start_time", `1533355053`, "2018-08-04T03:57:33Z"},
		{"call_start_time", `"1533355053"`, "2018-08-04T03:57:33Z"},
		{"call_start_time", `1533355053123`, "2018-08-04T03:57:33.123Z"},
		{"call_start_time", `" 1533355053123 "`, "2018-08-04T03:57:33.123Z"},
		{"call_start_time", `1000000000`, "2001-09-09T01:46:40Z"},
		{"call_start_time", `4102444799999`, "2099-12-31T23:59:59.999Z"},
		{"call_start_time", `4102444800`, instant + `"4102444800"`},
		{"call_start_time", `4102444800000`, instant + `"4102444800000"`},
		{"call_start_time", `999999999`, instant + `"999999999"`},
		{"call_start_time", `"0533355053"`, instant + `"0533355053"`},
		{"call_start_time", `20180804`, instant + `"20180804"`},
		{"call_start_time", `201808041157`, instant + `"201808041157"`},
		{"call_start_time", `20180804115733`, instant + `"20180804115733"`},
		{"call_start_time", `1533355053.5`, instant + `"1533355053.5"`},
		{"call_start_time", `-1533355053`, instant + `"-1533355053"`},
		{"call_start_time", `"0000-01-01"`, "call_start_time: must be in the years 1 to 9999"},

		{"call_type", `"inbound"`, "INBOUND"}, {"call_type", `"呼入"`, "INBOUND"}, {"call_type", `""`, "null"},
		{"call_type", `"x"`, callType + `"x"`},

		{"voice_recording_s", `"https://example.com/1"`, "https://example.com/1"},
		{"voice_recording_s", `" https://example.com/1 "`, "https://example.com/1"},
		{"voice_recording_s", `""`, "null"}, {"voice_recording_s", `" "`, "null"}, {"voice_recording_s", `null`, "null"},
		{"voice_recording_s", `"x"`, "left out"}, {"voice_recording_s", `7`, "left out"},
		{"voice_recording_s", `"ftp://example.com/1"`, "left out"},
		{"voice_recording_s", `true`, "voice_recording_s: must be text"},
		{"voice_recording_s", `"` + strings.Repeat("x", 2049) + `"`,
			"voice_recording_s: has 2049 characters; at most 2048"},

		{"tag", `"b,a"`, "[b a]"}, {"tag", `["b","a,c",1,null]`, "[b a,c 1]"}, {"tag", `null`, "[]"},
		{"tag", `[true]`, "tag.0: must be text"}, {"tag", `{}`, "tag: must be text"},

		{"attachments", `[{"id":1,"fileId":"a"},{"file_id":"b"},{"fileid":"c"}]`, "[1:a :b :c]"},
		{"attachments", `{"id":1,"file_id":"a"}`, "[1:a]"}, {"attachments", `""`, "[]"}, {"attachments", `[]`, "[]"},
		{"attachments", `[{"fileId":null,"file_id":"b","fileid":"c"}]`, "[:b]"},
		{"attachments", `{"id":true}`, "attachments.0.id: must be text"},
		{"attachments", `"a"`, "attachments: must be a list of objects"},
		{"attachments", `7`, "attachments: must be a list of objects"},
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
		if isWarned := len(row.Warnings) > 0; isWarned != (c.want == "left out") {
			t.Errorf("%s %s: got the warnings %v, want some for what is left out", c.name, c.value, row.Warnings)
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
		if !call.VoiceRecording.IsSet() {
			return "left out"
		}
		return textOf(call.VoiceRecording.Value())
	case "tag":
		return fmt.Sprint(call.Tags.Value())
	case "attachments":
		links := []string{}
		for _, link := range call.Attachments.Value() {
			links = append(links, strings.TrimPrefix(textOf(link.ID), "null")+":"+textOf(link.FileID))
		}
		return fmt.Sprint(links)
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
		`{"id":"a","name":"x","tenantId":2}`:        "tenantId: is 2, but the data goes to tenant 1",
		`{"id":"a","name":"x","tenant_id":"2"}`:     "tenant_id: is 2, but the data goes to tenant 1",
		`{"id":"a","name":"x","tenantId":1}`:        "",
		`{"id":"a","name":"x","tenantId":null}`:     "",
		`{"callRecordId":1,"customerPerson":{}}`:    "customerPerson.customerPersonId: is missing",
		`{"callRecordId":1,"callDetailList":[{}]}`:  "callDetailList.0.type: is missing; callDetailList.0.text: is missing",
	} {
		rows, err := readAll(t, input, files.Options{})
		if err != nil || len(rows) != 1 || rows[0].Errors.Error() != want {
			t.Errorf("%s: rows %+v, %v, want one with the error %q", input, rows, err, want)
		}
	}
}

// TestCreators reads who created a call: names that could look like others' are left out with a warning.
func TestCreators(t *testing.T) {
	const leftOut = "create_man: is left out: it has line breaks, control or direction marks, so that it could look " +
		"like another name"
	for value, want := range map[string]struct{ name, warning string }{
		`" 王 小明 "`: {"王 小明", ""}, `"bob\n"`: {"bob", ""}, `""`: {"null", ""}, `"bob\nroot"`: {"null", leftOut},
		`"bob\u202e"`: {"null", leftOut}, `"bob\u2028root"`: {"null", leftOut}, `"bo\tb"`: {"null", leftOut},
	} {
		row := readMember(t, files.CallKind, "create_man", value)
		warning := ""
		if row.Warnings != nil {
			warning = row.Warnings.Error()
		}
		if name := textOf(row.Call.CreatedBy); row.Errors != nil || name != want.name || warning != want.warning {
			t.Errorf("%s: got %q, the warning %q and the errors %v, want %q and %q", value, name, warning, row.Errors,
				want.name, want.warning)
		}
	}
}

// TestWarningsOfRecords reads records with addresses that are none: the addresses are left out.
func TestWarningsOfRecords(t *testing.T) {
	const leftOut = ": is left out: it must be an absolute http or https address"
	for _, name := range []string{"fullAudioUrl", "customerAudioUrl"} {
		row := readMember(t, files.RecordKind, name, `"x"`)
		if row.Errors != nil || row.Warnings.Error() != name+leftOut {
			t.Errorf("%s: got the errors %v and the warnings %v, want the warning %s", name, row.Errors, row.Warnings,
				name+leftOut)
		}
		if r := row.Record; r.FullAudioURL != nil || r.CustomerAudioURL != nil {
			t.Errorf("%s: got the record %+v, want no address", name, r)
		}
	}
}

// TestSparseRows reads objects with few members: a known member beside an id makes a call.
func TestSparseRows(t *testing.T) {
	schema := loadSchema(t)
	names := []string{"create_man", "create_time", "update_man", "update_time"}
	for _, field := range schema.Types["CreateCallInput"].Fields {
		if field.Name != "id" {
			names = append(names, callWireName(field.Name))
		}
	}
	for _, name := range names {
		rows, err := readAll(t, fmt.Sprintf(`{"id":"x",%q:null}`, name), files.Options{})
		if err != nil || len(rows) != 1 || rows[0].Call == nil || rows[0].Call.ID != "x" {
			t.Errorf("an id with %s: got %+v, %v, want a call", name, rows, err)
		}
	}
	for input, want := range map[string]files.Kind{
		`{"id":"x"}`: files.AnyKind, `{"name":"x"}`: files.AnyKind, `{"tag":"vip"}`: files.AnyKind,
		`{"id":"x","colour":1}`: files.AnyKind, `{"owner_type":"LEAD"}`: files.CallKind,
		`{"id":"x","tag":"vip","callRecordId":1}`: files.RecordKind, `{"callRecordId":1}`: files.RecordKind,
	} {
		rows, err := readAll(t, input, files.Options{})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s: %d rows, %v, want one", input, len(rows), err)
		}
		got := files.AnyKind
		switch {
		case rows[0].Call != nil:
			got = files.CallKind
		case rows[0].Record != nil:
			got = files.RecordKind
		}
		if got != want {
			t.Errorf("%s: got a row of the kind %q, want %q", input, got, want)
		}
	}
}

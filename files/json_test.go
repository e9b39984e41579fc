package files_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"callbook/files"
)

func readAll(t testing.TB, input string, o files.Options) (rows []files.Row, err error) {
	t.Helper()
	o.Location, o.TenantID = time.UTC, 1
	err = files.ReadJSON(strings.NewReader(input), o, func(row files.Row) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func TestReadJSON(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		lines []int // on which the rows begin
	}{
		"object":             {`{"callRecordId":1}`, []int{1}},
		"array":              {"[\n\n{\"callRecordId\":1},\n{\"callRecordId\":2}]", []int{3, 4}},
		"trailing commas":    {"[{\"callRecordId\":1,} , \n{\"callRecordId\":2\n,\n},\n]\n", []int{1, 2}},
		"commas in text":     {`[{"callRecordId":1,"analysisBasis":",]\",}\\"},]`, []int{1}},
		"list envelope":      {"{\"code\":200,\n\"data\":{\"number\":1,\"content\":[\n{\"callRecordId\":1},\n{\"callRecordId\":2}]},\"requestId\":\"x\"}", []int{3, 4}},
		"detail envelope":    {"{\"code\":200,\"data\":\n{\"callRecordId\":1}}", []int{2}},
		"array in data":      {`{"code":200,"data":[{"callRecordId":1}]}`, []int{1}},
		"one a line":         {"{\"callRecordId\":1}\n\n{\"callRecordId\":2}\n", []int{1, 3}},
		"envelopes a line":   {"{\"data\":{\"callRecordId\":1}}\n{\"data\":{\"callRecordId\":2}}\n", []int{1, 2}},
		"values over lines":  {"{\n\"callRecordId\":1}\n{\n\"callRecordId\":2}", []int{1, 3}},
		"one after another":  {`{"callRecordId":1} {"callRecordId":2}`, []int{1, 1}},
		"arrays of arrays":   {`[[{"callRecordId":1}],[[]]]`, []int{1}},
		"nothing":            {"  \n ", nil},
		"only a trailing ,":  {"{\"callRecordId\":1},", []int{1}},
		"Windows line ends":  {"{\"callRecordId\":1}\r\n{\"callRecordId\":2}\r\n", []int{1, 2}},
		"lines with a comma": {"{\"callRecordId\":1},\n{\"callRecordId\":2}", []int{1, 2}},
	} {
		rows, err := readAll(t, c.input, files.Options{})
		if name == "lines with a comma" { // no JSON unless it is said to be one a line
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			rows, err = readAll(t, c.input, files.Options{Lines: true})
		}
		if err != nil || len(rows) != len(c.lines) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
			continue
		}
		for i, row := range rows {
			if row.Errors != nil || row.Record == nil || row.Line != c.lines[i] {
				t.Errorf("%s: row %d is %+v", name, i, row)
			}
		}
	}
}

// TestReadJSONByteByByte reads what arrives slowly.
func TestReadJSONByteByByte(t *testing.T) {
	input := "[{\"callRecordId\":1,},\n{\"callRecordId\":2,\"callDetailList\":[{\"type\":\"ROBOT\",\"text\":\"a,]\",},],},]"
	var rows []files.Row
	err := files.ReadJSON(iotest.OneByteReader(strings.NewReader(input)), files.Options{Location: time.UTC, TenantID: 1}, func(row files.Row) error {
		rows = append(rows, row)
		return nil
	})
	if err != nil || len(rows) != 2 || rows[1].Line != 2 || len(rows[1].Record.Details) != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"callRecordId":1}`, `[{"id":"1","call_type":"呼入","cti_entry":1,},]`, "{\"a\":1}\n{", `{"code":1,"data":{"content":[{}]}}`,
		`{"id":"x","call_start_time":"2018-08-04 11:57:33","tag":["a"],"attachments":[{"id":1}]}`,
		`{"callRecordId":"1","customerPerson":{"customerPersonId":1,"properties":{"a":"b"}},"callDetailList":[null,{}]}`, "\xef\xbb\xbf[]", `[1,"x",null,,]`} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, input []byte, lines bool) {
		last := 0
		_ = files.ReadJSON(bytes.NewReader(input), files.Options{Location: time.UTC, TenantID: 1, Lines: lines}, func(row files.Row) error {
			if row.Line < last || row.Line > bytes.Count(input, []byte("\n"))+1 {
				t.Errorf("a row on line %d after line %d", row.Line, last)
			}
			last = row.Line
			if (row.Call == nil) == (row.Record == nil) && row.Errors == nil {
				t.Errorf("a row that is nothing: %+v", row)
			}
			if row.Call != nil && row.Errors == nil {
				row.Call.Check()
			}
			if row.Record != nil && row.Errors == nil {
				row.Record.Normalize()
			}
			return nil
		})
	})
}

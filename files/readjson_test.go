package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
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
		"object":          {`{"callRecordId":1}`, []int{1}},
		"array":           {"[\n\n{\"callRecordId\":1},\n{\"callRecordId\":2}]", []int{3, 4}},
		"trailing commas": {"[{\"callRecordId\":1,} , \n{\"callRecordId\":2\n,\n},\n]\n", []int{1, 2}},
		"commas in text":  {`[{"callRecordId":1,"analysisBasis":",]\",}\\"},]`, []int{1}},
		"list envelope": {"{\"code\":200,\n\"data\":{\"number\":1,\"content\":[\n" +
			"{\"callRecordId\":1},\n{\"callRecordId\":2}]},\"requestId\":\"x\"}", []int{3, 4}},
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
				t.Errorf("%s: no error, want one: a document has no commas between its values", name)
			}
			rows, err = readAll(t, c.input, files.Options{Lines: true})
		}
		if err != nil || len(rows) != len(c.lines) {
			t.Errorf("%s: %d rows, %v, want %d", name, len(rows), err, len(c.lines))
			continue
		}
		for i, row := range rows {
			if row.Errors != nil || row.Record == nil || row.Line != c.lines[i] {
				t.Errorf("%s: row %d is %+v, want a record on line %d", name, i, row, c.lines[i])
			}
		}
	}
}

// TestReadJSONByteByByte reads what arrives slowly.
func TestReadJSONByteByByte(t *testing.T) {
	input := "[{\"callRecordId\":1,},\n" +
		"{\"callRecordId\":2,\"callDetailList\":[{\"type\":\"ROBOT\",\"text\":\"a,]\",},],},]"
	var rows []files.Row
	options := files.Options{Location: time.UTC, TenantID: 1}
	err := files.ReadJSON(iotest.OneByteReader(strings.NewReader(input)), options, func(row files.Row) error {
		rows = append(rows, row)
		return nil
	})
	if err != nil || len(rows) != 2 || rows[1].Line != 2 || len(rows[1].Record.Details) != 1 {
		t.Errorf("rows %+v, %v, want two, the second on line 2 with one turn", rows, err)
	}
}

// TestReadJSONErrors reads files that are wrong. rows are the errors of rows, "" for a row that is right.
func TestReadJSONErrors(t *testing.T) {
	const good = `{"callRecordId":1}`
	large := `{"callRecordId":1,"analysisBasis":"` + strings.Repeat("x", 16<<20+8192) + `"}`
	for _, c := range []struct {
		name  string
		input string
		lines bool
		rows  []string
		err   string
	}{
		{name: "cut off", input: "[" + good + ",\n{", rows: []string{""},
			err: "line 2: the text ends in the middle of a JSON value"},
		{name: "no JSON", input: "[" + good + ",\nx]", rows: []string{""},
			err: "line 2: not JSON: invalid character 'x' looking for beginning of value"},
		{name: "no JSON on a line", input: good + "\nx\n" + good, rows: []string{"",
			"not JSON: invalid character 'x' looking for beginning of value", ""}},
		{name: "no rows", input: `[1,"x",null]`, rows: []string{`a row must be an object, not "1"`,
			`a row must be an object, not "x"`, "a row must be an object, not null"}},
		{name: "empty envelope", input: `{"code":200,"data":null}`,
			rows: []string{"data: the envelope holds no rows but null"}},
		{name: "row and envelope", input: `{"callRecordId":1,"data":[]}`,
			rows: []string{"is both a row and an envelope: it has fields of a row beside data or content"}},
		{name: "neither kind", input: `{"a":1}`,
			rows: []string{"is neither a call (call_type, call_start_time, …) nor a call record (callRecordId, …)"}},
		{name: "deep", input: strings.Repeat("[", 17), err: "line 1: arrays are nested more than 16 deep"},
		{name: "large", input: large, err: "line 1: a row has more than 16777216 bytes"},
		{name: "large line", input: large + "\n" + good, lines: true,
			rows: []string{"a row has more than 16777216 bytes", ""}},
	} {
		rows, err := readAll(t, c.input, files.Options{Lines: c.lines})
		if got := fmt.Sprint(err); c.err != "" && got != c.err || c.err == "" && err != nil {
			t.Errorf("%s: error %s, want %q", c.name, got, c.err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row.Errors.Error())
		}
		if !slices.Equal(got, c.rows) {
			t.Errorf("%s: rows with errors %q, want %q", c.name, got, c.rows)
		}
	}
	stop := errors.New("stop")
	err := files.ReadJSON(strings.NewReader("["+good+good), files.Options{}, func(files.Row) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the error is %v, want the one of yield", err)
	}
}

// TestPlaces reads files of all forms: rows are numbered through the file, and named by their keys as they are written.
func TestPlaces(t *testing.T) {
	long := strings.Repeat("字", 101)
	for _, c := range []struct{ name, input, want string }{
		{"an array", `[{"id":"a","name":"x"},7,{"id":8,"tag":"x"},{"a":1}]`, `0 "a", 1 "", 2 "8", 3 ""`},
		{"envelopes in an array",
			`[{"data":{"content":[{"callRecordId":1},{"callRecordId":"x"}]}},{"data":{"callRecordId":3}}]`,
			`0 "1", 1 "x", 2 "3"`},
		{"one a line", "{\"id\":\"a\",\"name\":\"x\"}\n{\n{\"id\":\"c\"}\n", `0 "a", 1 "", 2 "c"`},
		{"keys of other kinds",
			`[{"id":null,"name":"x"},{"id":{"a":1},"name":"x"},{"id":true,"name":"x"},{"callRecordId":[]}]`,
			`0 "", 1 "", 2 "", 3 ""`},
		{"a row and envelope", `{"id":"a","tag":"x","data":[{"callRecordId":1}]}`, `0 "1", 1 "a"`},
		{"a long key", `{"id":"` + long + `","name":"x"}`, `0 "` + long[:300] + `…"`},
	} {
		rows, err := readAll(t, c.input, files.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprintf("%d %q", row.Index, row.ID))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %s, want %s", c.name, strings.Join(got, ", "), c.want)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{
		`{"callRecordId":1}`,
		`[{"id":"1","call_type":"呼入","cti_entry":1,},]`,
		"{\"a\":1}\n{",
		`{"code":1,"data":{"content":[{}]}}`,
		`{"id":"x","call_start_time":"2018-08-04 11:57:33","tag":["a"],"attachments":[{"id":1}]}`,
		`{"callRecordId":"1","customerPerson":{"customerPersonId":1,"properties":{"a":"b"}},"callDetailList":[null,{}]}`,
		"\xef\xbb\xbf[]",
		`[1,"x",null,,]`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, input []byte, lines bool) {
		last, index := 0, 0
		options := files.Options{Location: time.UTC, TenantID: 1, Lines: lines}
		_ = files.ReadJSON(bytes.NewReader(input), options, func(row files.Row) error {
			if row.Line < last || row.Line > bytes.Count(input, []byte("\n"))+1 {
				t.Errorf("a row is on line %d after one on line %d, want the lines of the input in order", row.Line, last)
			}
			last = row.Line
			if row.Index != index {
				t.Errorf("row %d has the index %d", index, row.Index)
			}
			index++
			if (row.Call == nil) == (row.Record == nil) && row.Errors == nil {
				t.Errorf("row %+v is neither a call nor a record, want one of them or errors", row)
			}
			if row.Call != nil && row.Errors == nil {
				_ = row.Call.Check()
			}
			if row.Record != nil && row.Errors == nil {
				_ = row.Record.Normalize()
			}
			return nil
		})
	})
}

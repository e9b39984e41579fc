package files

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/files/sheet"
)

func openCSV(t *testing.T, text string) *sheet.Reader {
	t.Helper()
	reader, err := sheet.Open(strings.NewReader(text), int64(len(text)), sheet.Options{Format: sheet.CSV})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	return reader
}

// readTable reads all rows of a table by a mapping; without columns, by the one that the headers suggest.
func readTable(t *testing.T, kind Kind, m Mapping, text string) (rows []Row) {
	t.Helper()
	reader := openCSV(t, text)
	if m.Columns == nil {
		m.Columns = GuessMapping(kind, reader.Columns).Columns
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	table, err := NewTable(reader, m, Options{Kind: kind, Location: shanghai, TenantID: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.All(func(row Row) error { rows = append(rows, row); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestGuessMapping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind         Kind
		header, want string
	}{
		{CallKind, "标识", "id"}, {CallKind, " Call Start Time ", "callStartTime"},
		{CallKind, "call_start_time", "callStartTime"}, {CallKind, "通话持续时间（秒）", "callDurationInSeconds"},
		{CallKind, "Duration", "callDurationInSeconds"}, {CallKind, "呼叫类型", "callType"}, {CallKind, "电话", "dialledNumber"},
		{CallKind, "Version", ""}, {CallKind, "Updated by", ""}, {CallKind, "age", ""}, {CallKind, "", ""},
		{RecordKind, "通话ID", "id"}, {RecordKind, "callRecordId", "id"}, {RecordKind, "意向等级", "intentLevel"},
		{RecordKind, "姓名", "customerPerson.name"}, {RecordKind, "job", ""},
	} {
		m := GuessMapping(c.kind, []sheet.Column{{Name: c.header, Number: 1}})
		if got := m.Columns[0].Field; got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.kind, c.header, got, c.want)
		}
	}
	twice := GuessMapping(CallKind, []sheet.Column{{Name: "名称", Number: 1}, {Name: "name", Number: 2}})
	if twice.Columns[0].Field != "name" || twice.Columns[1].Field != "" {
		t.Errorf("two headers of one field: got %+v, want the first alone to be mapped", twice.Columns)
	}
}

// TestUsualHeaders looks that each header is written as headerKey has it, and is no caption of another field.
func TestUsualHeaders(t *testing.T) {
	t.Parallel()
	for kind, fields := range usualHeaders {
		seen := map[string]string{}
		for field, headers := range fields {
			if _, isKnown := columnOf(kind, field); !isKnown {
				t.Errorf("%s: got the field %s, want one of a column", kind, field)
			}
			for _, header := range headers {
				if headerKey(header) != header {
					t.Errorf("%s %s: got %q, want %q", kind, field, header, headerKey(header))
				}
				if other, isFound := FindColumn(kind, header); isFound && other.Field != field {
					t.Errorf("%s %s: got %q, which is a name of %s", kind, field, header, other.Field)
				}
				if seen[header] != "" {
					t.Errorf("%s %s: got %q, which %s has too", kind, field, header, seen[header])
				}
				seen[header] = field
			}
		}
	}
}

func TestMappingErrors(t *testing.T) {
	t.Parallel()
	id := MappedColumn{Column: "a", Field: "id"}
	for _, c := range []struct {
		name, path, message string
		mapping             Mapping
	}{
		{"unknown field", "mapping.columns.1.field", `there is no field "nme"`,
			Mapping{Columns: []MappedColumn{id, {Column: "b", Field: "nme"}}}},
		{"a field of the server", "mapping.columns.1.field", "set by the server",
			Mapping{Columns: []MappedColumn{id, {Column: "b", Field: "version"}}}},
		{"a field twice", "mapping.columns.1.field", "id is the field of the column \"a\" already",
			Mapping{Columns: []MappedColumn{id, {Column: "b", Field: "id"}}}},
		{"no such column", "mapping.columns.1.column", `no column "x"`,
			Mapping{Columns: []MappedColumn{id, {Column: "x", Field: "name"}}}},
		{"no id", "mapping.columns", "no column is the id", Mapping{Columns: []MappedColumn{{Column: "b", Field: "name"}}}},
		{"a constant beside a column", "mapping.constants.id", `is the field of the column "a"`,
			Mapping{Columns: []MappedColumn{id}, Constants: map[string]string{"id": "x"}}},
		{"an unknown constant", "mapping.constants.nme", "there is no field",
			Mapping{Columns: []MappedColumn{id}, Constants: map[string]string{"nme": "x"}}},
		{"no date format", "mapping.columns.0.dateFormat", "no date format",
			Mapping{Columns: []MappedColumn{{Column: "a", Field: "id", DateFormat: "today"}}}},
	} {
		errs := c.mapping.Check(CallKind, []sheet.Column{{Name: "a", Number: 1}, {Name: "b", Number: 2}})
		if len(errs) != 1 || errs[0].Field != c.path || !strings.Contains(errs[0].Message, c.message) {
			t.Errorf("%s: got %v, want one error on %s: %s", c.name, errs, c.path, c.message)
		}
	}
	for _, text := range []string{"", "[]", `{"colums": []}`, `{"columns": {}}`} {
		if _, err := ReadMapping(strings.NewReader(text)); err == nil {
			t.Errorf("%q: got no error, want that it is no mapping", text)
		}
	}
}

func TestDateLayout(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 7, 15, 4, 5, 0, time.UTC)
	for format, want := range map[string]string{
		"yyyy-MM-dd HH:mm:ss": "2024-03-07 15:04:05", "d/M/yy H:mm": "7/3/24 15:04", "yyyy年M月d日": "2024年3月7日",
		"MMM d, yyyy h:mm a": "Mar 7, 2024 3:04 PM", "yyyyMMddHHmmss": "20240307150405", "": "",
		"yyyy-MM-dd HH:mm:ssXXX": "2024-03-07 15:04:05Z",
	} {
		layout, err := dateLayout(format)
		if err != nil || at.Format(layout) != want {
			t.Errorf("%q: got %q and %v, want %q", format, at.Format(layout), err, want)
		}
	}
	for _, format := range []string{"HH:mm", "yyyy-xx", "2006-01-02", "dd.MM"} {
		if layout, err := dateLayout(format); err == nil {
			t.Errorf("%q: got the layout %q, want an error", format, layout)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	rows := readTable(t, CallKind, Mapping{
		Columns: []MappedColumn{
			{Column: "when", Field: "callStartTime", DateFormat: "dd/MM/yyyy HH:mm"},
			{Column: "how", Field: "outgoingCallStatus", Values: map[string]string{"Done": "COMPLETED", "*": "CANCELLED"}},
			{Column: "long", Field: "callDuration"}, {Column: "tags", Field: "tags"},
			{Column: "text", Field: "description"}, {Column: "unused"},
		},
		Constants:   map[string]string{"id": "x-{row}", "callType": "呼出"},
		ClearsEmpty: true,
	}, "when,how,long,tags,text,unused\n"+
		"07/03/2024 15:04, done ,02:05,\"a,b\",\"say \"\"hi\"\" \\ <b>\n😀\",1\n"+
		"2024-03-07,never,x,\"[\"\"c,d\"\"]\",,\n")
	if len(rows) != 2 {
		t.Fatalf("got %d rows, want 2", len(rows))
	}
	call := rows[0].Call
	got := fmt.Sprint(call.ID, " ", *call.CallType.Value(), " ", call.CallStartTime.Value().UTC(), " ",
		*call.OutgoingCallStatus.Value(), " ", *call.CallDuration.Value(), " ", call.Tags.Value(), " ",
		*call.Description.Value())
	want := "x-2 OUTBOUND 2024-03-07 07:04:00 +0000 UTC COMPLETED 02:05 [a b] say \"hi\" \\ <b>\n😀"
	if got != want || len(rows[0].Errors) > 0 {
		t.Errorf("the first row: got %s and %v, want %s", got, rows[0].Errors, want)
	}
	second := rows[1].Call
	if errs := rows[1].Errors; len(errs) != 1 || errs[0].Field != "callStartTime" {
		t.Errorf("a date of another format: got %v, want one error on callStartTime", errs)
	}
	if !second.Description.IsSet() || second.Description.Value() != nil {
		t.Errorf("an empty cell that clears: got %v, want null", second.Description)
	}
	if tags := second.Tags.Value(); !slices.Equal(tags, []string{"c,d"}) {
		t.Errorf("a list as JSON: got %q, want [c,d]", tags)
	}
}

// TestTableRows reads rows that are odd: short ones, the template's example, records with their customer.
func TestTableRows(t *testing.T) {
	t.Parallel()
	calls := readTable(t, CallKind, Mapping{}, "标识,名称,通话类型\na,x,未接\nEXAMPLE,y,z\nb\nc,,nope\n")
	if len(calls) != 3 || calls[1].ID != "b" || len(calls[1].Warnings) != 1 || calls[1].Call.Name.IsSet() {
		t.Errorf("got %+v, want three rows without the example, the second with a warning and no name", calls)
	}
	if errs := calls[2].Check(); len(errs) != 1 || errs[0].Field != "callType" || calls[2].Line != 5 {
		t.Errorf("the last row: got %v in line %d, want callType in line 5", errs, calls[2].Line)
	}
	records := readTable(t, RecordKind, Mapping{},
		"通话ID,接收电话客户id,客户姓名,被叫客户电话号码,客户关注点,对话内容\n"+
			`1,2,王芳,13800138000,"价格,交期","[{""type"":""ROBOT"",""text"":""您好""}]"`+"\n3,,李雷,1,,\n")
	first := records[0].Record
	if errs := records[0].Check(); len(errs) > 0 || *first.CustomerPerson.Name != "王芳" || first.CustomerPerson.ID != 2 ||
		len(first.CustomerConcern) != 2 || len(first.Details) != 1 {
		t.Errorf("a record: got %+v and %v, want its customer, two concerns and a turn", first, errs)
	}
	if errs := records[1].Check(); len(errs) == 0 {
		t.Errorf("a customer's name without its id: got no error, want one")
	}
}

func FuzzTable(f *testing.F) {
	f.Add("标识,名称,标签\na,x,\"[1\"\n", "yyyy")
	f.Add("id;callDuration;attachments\n1;02:05;[]\n", "")
	f.Fuzz(func(t *testing.T, text, format string) {
		reader, err := sheet.Open(strings.NewReader(text), int64(len(text)), sheet.Options{Format: sheet.CSV})
		if err != nil {
			return
		}
		defer reader.Close()
		m := GuessMapping(CallKind, reader.Columns)
		for i := range m.Columns {
			m.Columns[i].DateFormat = format
		}
		table, err := NewTable(reader, m, Options{Kind: CallKind, Location: time.UTC})
		if err != nil {
			return
		}
		for {
			row, err := table.Next()
			if err != nil {
				return
			}
			if row.Call == nil && len(row.Errors) == 0 {
				t.Errorf("got a row without a call and without errors")
			}
			if row.Call != nil {
				_ = row.Check()
			}
		}
	})
}

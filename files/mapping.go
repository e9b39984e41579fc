package files

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"callbook/files/sheet"
	"callbook/model"
)

// Mapping says which columns of a table are which fields, and how their values are read. Its JSON is what people keep.
type Mapping struct {
	Columns []MappedColumn `json:"columns"`
	// Constants are the values of fields that no column has, by field. {row} in them is the number of the row.
	Constants map[string]string `json:"constants,omitempty"`
	// ClearsEmpty says that an empty cell clears the field of a row that exists; otherwise it leaves it.
	ClearsEmpty bool `json:"clearsEmpty,omitempty"`
}

// MappedColumn says what a column is.
type MappedColumn struct {
	Column string `json:"column"` // its header, or its letters where the table has no header
	Field  string `json:"field"`  // the name in the schema, such as callStartTime; empty where the column is left out
	// Values says what values of the file mean, whatever their case; "*" stands for all that are not named.
	Values map[string]string `json:"values,omitempty"`
	// DateFormat is how times are written, such as dd/MM/yyyy HH:mm; where empty, as the source documents write them.
	DateFormat string `json:"dateFormat,omitempty"`
}

// rowMark stands for a row's number in constants.
const rowMark = "{row}"

// ReadMapping reads a mapping from its JSON. Error: BAD_USER_INPUT.
func ReadMapping(r io.Reader) (m Mapping, err error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, model.BadInput("mapping", "is no mapping: %v", err)
	}
	return m, nil
}

// GuessKind returns what the rows of a table seem to be: by the fields of a mapping where it has some, else by the
// headers. Where they do not decide, rows are calls.
func GuessKind(m Mapping, columns []sheet.Column) Kind {
	fits := map[Kind]int{}
	for _, kind := range []Kind{CallKind, RecordKind} {
		if len(m.Columns) == 0 {
			for _, c := range GuessMapping(kind, columns).Columns {
				if _, isName := FindColumn(kind, c.Column); isName {
					fits[kind]++ // a name of the field tells more than a header that is usual
				}
				if c.Field != "" {
					fits[kind]++
				}
			}
		}
		for _, c := range m.Columns {
			if _, isKnown := columnOf(kind, c.Field); isKnown {
				fits[kind]++
			}
		}
	}
	if fits[RecordKind] > fits[CallKind] {
		return RecordKind
	}
	return CallKind
}

// GuessMapping returns the mapping that the headers of a table suggest. A column that suggests none has no field, and
// neither has one whose field an earlier column has.
func GuessMapping(kind Kind, columns []sheet.Column) (m Mapping) {
	taken := map[string]bool{}
	for _, c := range columns {
		guess := MappedColumn{Column: c.Name}
		if field := guessField(kind, c.Name); field != "" && !taken[field] {
			guess.Field = field
			taken[field] = true
		}
		m.Columns = append(m.Columns, guess)
	}
	return m
}

// guessField returns the field that a header suggests, empty where it suggests none that can be written.
func guessField(kind Kind, header string) string {
	column, isFound := FindColumn(kind, header)
	if !isFound {
		wanted := headerKey(header)
		for field, headers := range usualHeaders[kind] {
			if slices.Contains(headers, wanted) {
				return field
			}
		}
		return ""
	}
	if column.IsOutput {
		return ""
	}
	return column.Field
}

// usualHeaders are headers that other systems use, as headerKey has them, by field.
var usualHeaders = map[Kind]map[string][]string{
	CallKind: {
		"id":                 {"callid", "recordid", "编号", "通话id", "通话编号", "主键"},
		"name":               {"title", "callname", "通话名称", "标题"},
		"callType":           {"type", "direction", "类型", "呼叫类型", "呼叫方向"},
		"outgoingCallStatus": {"status", "状态"},
		"callStartTime": {
			"start", "starttime", "startedat", "datetime", "calltime", "calldate", "开始时间", "通话时间", "呼叫时间",
		},
		"callDuration":          {"length", "talktime", "时长mmss"},
		"callDurationInSeconds": {"duration", "durationseconds", "seconds", "billsec", "时长", "通话时长", "时长秒", "通话时长秒"},
		"callPurpose":           {"purpose", "目的"},
		"callResult":            {"result", "outcome", "disposition", "结果"},
		"callAgenda":            {"agenda", "议程"},
		"callerId":              {"caller", "callingnumber", "from", "fromnumber", "主叫", "主叫号码", "主叫号"},
		"dialledNumber": {
			"dialednumber", "callednumber", "to", "tonumber", "phone", "phonenumber", "被叫", "被叫号码", "电话", "电话号码",
		},
		"voiceRecording": {"recording", "recordingurl", "audio", "录音", "录音地址"},
		"tags":           {"tag", "labels", "label"},
		"description":    {"notes", "note", "comment", "comments", "remark", "remarks", "备注", "说明"},
		"ownerId":        {"owner", "accountid", "customerid", "客户id", "客户编号"},
		"createdBy":      {"agent", "agentname", "user", "坐席", "客服", "创建人"},
		"createdAt":      {"created", "createtime", "创建时间"},
	},
	RecordKind: {
		"id":                  {"recordid", "callid", "通话记录id", "编号"},
		"robotCallJobId":      {"jobid", "任务编号"},
		"calledPhoneNumber":   {"phone", "phonenumber", "called", "电话", "电话号码", "被叫号码", "客户电话"},
		"resultStatus":        {"status", "result", "通话状态", "状态", "结果"},
		"intentLevel":         {"intent", "意向"},
		"startTime":           {"start", "startedat", "开始时间", "拨打时间", "通话时间"},
		"endTime":             {"end", "endedat", "结束时间"},
		"chatDuration":        {"duration", "seconds", "时长", "通话时长秒"},
		"chatRound":           {"rounds", "turns", "轮次", "对话轮次"},
		"fullAudioUrl":        {"recording", "recordingurl", "audio", "录音", "录音地址"},
		"customerPerson.name": {"customer", "customername", "name", "客户", "客户姓名", "姓名"},
	},
}

// HasID reports whether a column or a constant is the id of rows.
func (m Mapping) HasID() bool {
	_, isConstant := m.Constants["id"]
	return isConstant || slices.ContainsFunc(m.Columns, func(c MappedColumn) bool { return c.Field == "id" })
}

// ProposeIDs has the keys of rows be made of a file's name and their numbers, where nothing is the id yet.
func (m *Mapping) ProposeIDs(fileName string) {
	if m.HasID() {
		return
	}
	const most = model.MaxIDLength / 2 // bytes, beside which a number has room
	name := filepath.Base(fileName)
	name = strings.ReplaceAll(strings.TrimSuffix(name, filepath.Ext(name)), " ", "-")
	for len(name) > most {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	constants := map[string]string{"id": name + "-" + rowMark}
	maps.Copy(constants, m.Constants)
	m.Constants = constants
}

// Check returns everything that is wrong with a mapping for a table of these columns, as BAD_USER_INPUT errors about
// mapping.
func (m Mapping) Check(kind Kind, columns []sheet.Column) model.Errors {
	errs := m.CheckFields(kind)
	for i, c := range m.Columns {
		same := func(other sheet.Column) bool { return other.Name == c.Column }
		if c.Field != "" && !slices.ContainsFunc(columns, same) {
			errs = append(errs, badMapping(fmt.Sprintf("columns.%d.column", i), "the table has no column %q", c.Column))
		}
	}
	if !m.HasID() {
		errs = append(errs, badMapping("columns", `no column is the id, by which a row is known when the file comes `+
			`again; map one, or make ids of the row's number by a constant such as {"id": "import-{row}"}`))
	}
	return errs
}

func badMapping(path, format string, args ...any) *model.Error {
	return model.BadInput("mapping."+path, format, args...)
}

// CheckFields returns what Check does that does not depend on the table, as far as the mapping goes: it may have no id
// yet.
func (m Mapping) CheckFields(kind Kind) (errs model.Errors) {
	byField := map[string]string{}
	for i, c := range m.Columns {
		at := fmt.Sprintf("columns.%d", i)
		if why := m.wrongField(kind, c.Field); why != "" {
			errs = append(errs, badMapping(at+".field", "%s", why))
		}
		if earlier, isTaken := byField[c.Field]; isTaken && c.Field != "" {
			errs = append(errs, badMapping(at+".field", "%s is the field of the column %q already", c.Field, earlier))
		}
		byField[c.Field] = c.Column
		if _, err := dateLayout(c.DateFormat); err != nil {
			errs = append(errs, badMapping(at+".dateFormat", "%v", err))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(m.Constants)) {
		if why := m.wrongField(kind, field); why != "" {
			errs = append(errs, badMapping("constants."+field, "%s", why))
		} else if column, isMapped := byField[field]; isMapped {
			errs = append(errs, badMapping("constants."+field, "is the field of the column %q", column))
		}
	}
	return errs
}

// wrongField returns why a field cannot be mapped, empty where it can.
func (m Mapping) wrongField(kind Kind, field string) string {
	column, isKnown := columnOf(kind, field)
	switch {
	case field == "":
		return ""
	case !isKnown:
		return fmt.Sprintf("there is no field %q; fields are %s", field, strings.Join(writableFields(kind), ", "))
	case column.IsOutput:
		return field + " is set by the server"
	}
	return ""
}

// columnOf returns the column of a field.
func columnOf(kind Kind, field string) (Column, bool) {
	columns := Columns(kind)
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Field == field })
	if i < 0 {
		return Column{}, false
	}
	return columns[i], true
}

func writableFields(kind Kind) (names []string) {
	for _, c := range Columns(kind) {
		if !c.IsOutput {
			names = append(names, c.Field)
		}
	}
	return names
}

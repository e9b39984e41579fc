package files

import (
	"strings"
	"unicode"

	"callbook/model"
)

// ColumnType is what the cells of a column hold.
type ColumnType string

const (
	TextColumn     ColumnType = "TEXT"     // any text
	KeyColumn      ColumnType = "KEY"      // a numeric key: text, since programs round long numbers
	CountColumn    ColumnType = "COUNT"    // a whole number, 0 or more
	BoolColumn     ColumnType = "BOOLEAN"  // True or False, 1 or 0, 是 or 否
	TimeColumn     ColumnType = "TIME"     // a time, without a zone in that of the import
	DurationColumn ColumnType = "DURATION" // mm:ss; minutes may exceed 59
	URLColumn      ColumnType = "URL"      // an address of the web
	ListColumn     ColumnType = "LIST"     // texts with commas between, or a JSON list
	JSONColumn     ColumnType = "JSON"     // a list of objects
)

// Column is a column of a file of calls or call records. Field, Caption and values come from model.PicklistFields.
type Column struct {
	Field     string // the name in the schema; customerPerson.name for a field of a record's customer
	Wire      string // the name in the documents of the CRM and of the AI platform
	Caption   model.Caption
	Type      ColumnType
	Values    []model.KnownValue // that are usual
	IsClosed  bool               // others than Values are refused
	MaxLength int                // in characters, of each text of a list; 0 for none
	Width     float64            // in characters
	Example   model.Caption      // with the names of enums; empty for none
	Required  bool
	IsOutput  bool // the server sets it: exports have it, imports ignore it
}

// columnForm is what a column is beside its caption.
type columnForm struct {
	field     string
	ofType    ColumnType
	maxLength int
	width     float64
	example   string // English and Chinese, with a bar between where they differ
	isOutput  bool
}

// ExampleKey is the key of the example in templates. A row with it is never imported.
const ExampleKey = "EXAMPLE"

const longKey = 19 // digits of the greatest numeric key

// callColumns are the columns of calls, in the order of files.
var callColumns = []columnForm{
	{"id", TextColumn, model.MaxIDLength, 24, ExampleKey, false},
	{"name", TextColumn, 200, 24, "Wang Fang, first call|王芳，首次沟通", false},
	{"subject", TextColumn, 255, 28, "Offer for 20 seats|20 个坐席的报价", false},
	{"callType", TextColumn, 0, 12, "OUTBOUND", false},
	{"outgoingCallStatus", TextColumn, 0, 16, "COMPLETED", false},
	{"callStatus", TextColumn, 0, 16, "", true},
	{"callStartTime", TimeColumn, 0, 20, "2024-05-17 09:30:00", false},
	{"callDuration", DurationColumn, 50, 14, "02:05", false},
	{"callDurationInSeconds", CountColumn, 0, 14, "125", false},
	{"callPurpose", TextColumn, 60, 18, "Prospecting", false},
	{"callResult", TextColumn, 60, 20, "Interested", false},
	{"callAgenda", TextColumn, 255, 24, "Prices, start date|价格、上线时间", false},
	{"reminder", TextColumn, 60, 20, "15 minutes before", false},
	{"scheduledInCrm", BoolColumn, 0, 16, "true", false},
	{"ctiEntry", BoolColumn, 0, 12, "false", false},
	{"callerId", TextColumn, 30, 18, "02161234567", false},
	{"dialledNumber", TextColumn, 30, 18, "13800138000", false},
	{"voiceRecording", URLColumn, model.MaxURLLength, 30, "https://example.com/calls/1.mp3", false},
	{"tags", ListColumn, 0, 20, "vip,renewal|重要客户,续约", false},
	{"description", TextColumn, 32000, 40, "Asked for an offer by Friday.|希望周五前收到报价。", false},
	{"ownerId", TextColumn, 100, 18, "L-1001", false},
	{"ownerType", TextColumn, 100, 14, "LEAD", false},
	{"ownerSubtype", TextColumn, 100, 14, "", false},
	{"attachments", JSONColumn, 0, 24, "", false},
	{"createdBy", TextColumn, 100, 16, "", false},
	{"createdByKind", TextColumn, 0, 14, "", true},
	{"createdAt", TimeColumn, 0, 20, "", false},
	{"updatedBy", TextColumn, 0, 16, "", true},
	{"updatedAt", TimeColumn, 0, 20, "", true},
	{"version", CountColumn, 0, 10, "", true},
}

// recordColumns are the columns of call records, in the order of files.
var recordColumns = []columnForm{
	{"id", KeyColumn, longKey, 22, ExampleKey, false},
	{"robotCallJobId", KeyColumn, longKey, 20, "301", false},
	{"dialogFlowId", KeyColumn, longKey, 20, "12", false},
	{"robotCallTaskId", KeyColumn, longKey, 20, "", false},
	{"phoneNumberId", KeyColumn, longKey, 20, "", false},
	{"customerPersonId", KeyColumn, longKey, 20, "88001", false},
	{"customerPerson.name", TextColumn, 200, 18, "Wang Fang|王芳", false},
	{"customerPerson.customerGroupId", KeyColumn, longKey, 20, "", false},
	{"customerPerson.customerGroupName", TextColumn, 200, 18, "", false},
	{"customerPerson.wechatNumber", TextColumn, 100, 18, "", false},
	{"customerPerson.source", TextColumn, 0, 18, "", false},
	{"customerPerson.gender", TextColumn, 0, 10, "FEMALE", false},
	{"calledPhoneNumber", TextColumn, 30, 18, "13800138000", false},
	{"resultStatus", TextColumn, 0, 16, "ANSWERED", false},
	{"intentLevel", TextColumn, 0, 16, "B", false},
	{"realIntentLevel", TextColumn, 0, 16, "", false},
	{"customerConcern", ListColumn, 100, 24, "price,delivery|价格,交付", false},
	{"attributes", ListColumn, 1000, 24, "", false},
	{"fullAudioUrl", URLColumn, model.MaxURLLength, 30, "https://example.com/records/1.wav", false},
	{"customerAudioUrl", URLColumn, model.MaxURLLength, 30, "", false},
	{"analysisBasis", TextColumn, 2000, 30, "Asked for the price twice.|两次询问价格。", false},
	{"startTime", TimeColumn, 0, 20, "2024-05-17 09:30:00", false},
	{"endTime", TimeColumn, 0, 20, "2024-05-17 09:32:05", false},
	{"endsBeforeStart", BoolColumn, 0, 14, "", true},
	{"chatDuration", CountColumn, 0, 12, "125", false},
	{"chatRound", CountColumn, 0, 12, "6", false},
	{"readStatus", TextColumn, 0, 12, "NOT_READ", false},
	{"details", JSONColumn, 0, 40, `[{"type":"ROBOT","text":"您好"},{"type":"PERSON","text":"你好"}]`, false},
	{"tags", ListColumn, 0, 20, "", true},
	{"version", CountColumn, 0, 10, "", true},
	{"createdBy", TextColumn, 0, 16, "", true},
	{"createdByKind", TextColumn, 0, 14, "", true},
	{"createdAt", TimeColumn, 0, 20, "", true},
	{"updatedBy", TextColumn, 0, 16, "", true},
	{"updatedAt", TimeColumn, 0, 20, "", true},
}

// Columns returns the columns of files of a kind, in their order. Callers must not change them.
func Columns(kind Kind) []Column {
	if kind == RecordKind {
		return allColumns.records
	}
	return allColumns.calls
}

var allColumns = struct{ calls, records []Column }{
	buildColumns(model.PicklistTypeCall, callColumns), buildColumns(model.PicklistTypeCallRecord, recordColumns),
}

// buildColumns joins the forms of columns with the captions of their fields.
func buildColumns(ofType model.PicklistType, forms []columnForm) (columns []Column) {
	captions := map[string]*model.PicklistField{}
	for _, field := range model.PicklistFields() {
		switch field.Type {
		case ofType:
			captions[field.Field] = field
		case model.PicklistTypeCustomerPerson:
			captions[customerPrefix+field.Field] = field
		}
	}
	for _, form := range forms {
		field := captions[form.field]
		c := Column{
			Field: form.field, Wire: callWireName(form.field), Caption: field.Caption, Type: form.ofType, Values: field.Known,
			IsClosed:  field.Kind != nil && *field.Kind == model.PicklistKindClosed,
			MaxLength: form.maxLength, Width: form.width, Required: form.field == "id",
			IsOutput: form.isOutput,
		}
		en, zh, differ := strings.Cut(form.example, "|")
		if !differ {
			zh = en
		}
		c.Example = model.Caption{En: en, Zh: zh}
		if ofType == model.PicklistTypeCallRecord {
			c.Wire = strings.NewReplacer("details", "callDetailList").Replace(form.field)
			if form.field == "id" {
				c.Wire = "callRecordId"
			}
		}
		if strings.HasPrefix(form.field, customerPrefix) {
			c.Caption = model.Caption{En: "Customer: " + field.Caption.En, Zh: "客户" + strings.TrimPrefix(field.Caption.Zh, "客户")}
		}
		columns = append(columns, c)
	}
	return columns
}

const customerPrefix = "customerPerson."

// FindColumn returns the column that a header of a file names: by a caption, by the field's name or by that in the
// source documents, whatever the case, and without minding spaces and punctuation. It returns false for other headers.
func FindColumn(kind Kind, header string) (Column, bool) {
	wanted := headerKey(header)
	for _, c := range Columns(kind) {
		for _, name := range []string{c.Caption.En, c.Caption.Zh, c.Field, c.Wire} {
			if wanted != "" && headerKey(name) == wanted {
				return c, true
			}
		}
	}
	return Column{}, false
}

// headerKey returns a header without what people write differently.
func headerKey(header string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// CaptionIn returns a caption in a language.
func CaptionIn(c model.Caption, locale model.Locale) string {
	if locale == model.LocaleZh {
		return c.Zh
	}
	return c.En
}

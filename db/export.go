package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/uptrace/bun"

	"callbook/model"
)

// ValueKind is what the values of an exported column are.
type ValueKind int

// The kinds of values of exported columns.
const (
	TextValue     ValueKind = iota
	KeyValue                // a whole number that is a key: text in JSON, which loses digits of long numbers
	NumberValue             // a whole number
	BoolValue               // true or false
	TimeValue               // an instant, in Micros
	JSONValue               // a list, as JSON
	TagsValue               // tags, with commas between
	DurationValue           // seconds, which are shown as mm:ss
)

// ExportColumn is a column of an export.
type ExportColumn struct {
	Field   string // of the schema
	Caption model.Caption
	Kind    ValueKind

	expr string // as it stands in a query; ? stands for now
	mask bool   // whether the field is one of model.MaskedFields
}

// Cell is a value of an exported row. Its text is good until the next row.
type Cell struct {
	IsNull bool
	Text   []byte
	Micros int64 // of an instant, since 1970
}

// Export is what is exported: queries whose arguments are checked, and whose rows come one at a time.
type Export struct {
	ExportTable                // the rows that were asked for
	Sheets      []*ExportTable // what hangs on them

	scope scope
	db    *DB
	count func(context.Context) (int, error)
}

// ExportTable is a table of an export.
type ExportTable struct {
	Name    string // of its sheet in a workbook
	Columns []ExportColumn

	typeName string
	query    *bun.SelectQuery
	owns     int // place in the query, behind the columns, of whether the actor created the row; -1 where it is not read
}

// NewExport checks what is to be exported for the context's actor. It returns BAD_USER_INPUT, LIMIT_EXCEEDED, and
// FORBIDDEN for a filter or an order by what is masked. It takes no statement.
func (d *DB) NewExport(ctx context.Context, in model.ExportInput) (*Export, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkExport(in); err != nil {
		return nil, err
	}
	e := &Export{scope: s, db: d}
	if in.Entity == model.ExportEntityCalls {
		return e, e.ofCalls(in)
	}
	return e, e.ofRecords(in)
}

func checkExport(in model.ExportInput) error {
	var errs model.Errors
	refuse := func(isGiven bool, field, message string) {
		if isGiven {
			errs = append(errs, model.BadInput(field, "%s", message))
		}
	}
	isCalls := in.Entity == model.ExportEntityCalls
	refuse(isCalls && in.CallRecordFilter != nil, "callRecordFilter", "is for call records")
	refuse(isCalls && in.CallRecordOrderBy != nil, "callRecordOrderBy", "is for call records")
	refuse(!isCalls && in.CallFilter != nil, "callFilter", "is for calls")
	refuse(!isCalls && in.CallOrderBy != nil, "callOrderBy", "is for calls")
	refuse(!isCalls && in.Dataset != model.CallDatasetDefault, "dataset", "is for calls")
	refuse(isCalls && in.Transcript != nil, "transcript", "is for call records")
	refuse(!isCalls && in.Sheets != nil, "sheets", "is for calls")
	refuse(in.Sheets != nil && in.Format != model.ExportFormatXlsx, "sheets", "is for XLSX: other formats have one table")
	refuse(in.First != nil && *in.First < 0, "first", "must be 0 or more")
	refuse(in.Offset != nil && *in.Offset < 0, "offset", "must be 0 or more")
	refuse(in.Columns != nil && len(in.Columns) == 0, "columns", "must name at least one column")
	if err := CheckTimeZone(in.TimeZone); err != nil {
		errs = append(errs, model.AsErrors(err)...)
	}
	return errs.Err()
}

func (e *Export) ofCalls(in model.ExportInput) error {
	s := e.scope
	order, err := orderOf(s, in.CallOrderBy, callSortStep, callKeys[model.CallOrderFieldID], defaultCallOrder)
	if err != nil {
		return model.InField(err, "callOrderBy")
	}
	filtered, err := s.filterAt("callFilter", in.CallFilter, callFilterColumns)
	if err != nil {
		return err
	}
	filtered.fact, filtered.split = nil, nil
	c := s.inDataset(in.Dataset, allOf(expr(isLive), filtered))
	return exportOf[model.Call](e, in, "Call", c, order)
}

func (e *Export) ofRecords(in model.ExportInput) error {
	s := e.scope
	order, err := orderOf(s, in.CallRecordOrderBy, recordSortStep, recordKeys[model.CallRecordOrderFieldID],
		defaultRecordOrder)
	if err != nil {
		return model.InField(err, "callRecordOrderBy")
	}
	filtered, err := s.filterAt("callRecordFilter", in.CallRecordFilter, recordFilterColumns)
	if err != nil {
		return err
	}
	return exportOf[model.CallRecord](e, in, "CallRecord", filtered, order)
}

// exportOf gives an export the queries of rows of a type.
func exportOf[T any](e *Export, in model.ExportInput, typeName string, c cond, order []sortStep[T]) error {
	columns, err := columnsToExport(typeName, in.Columns)
	if err != nil {
		return err
	}
	if in.Transcript != nil {
		columns = append(columns, transcriptColumn())
	}
	s, l := e.scope, list[T]{scope: e.scope}
	limited := func() *bun.SelectQuery {
		q := where(s.selectFrom((*T)(nil)), c)
		for _, step := range order {
			q.OrderExpr(step.sql(), l.stepArguments(step)...)
		}
		if in.First != nil {
			q.Where("? > 0", *in.First).Limit(int64(max(1, *in.First))) // bun takes 0 for none
		}
		if in.Offset != nil {
			if in.First == nil {
				q.Limit(1<<63 - 1) // SQLite has no OFFSET without LIMIT
			}
			q.Offset(int64(*in.Offset))
		}
		return q
	}
	e.ExportTable = s.exportTable(exportSheetNames[typeName], typeName, columns, limited())
	if len(in.Sheets) > 0 {
		rows := limited
		if in.First == nil && in.Offset == nil {
			rows = func() *bun.SelectQuery { return where(s.selectFrom((*T)(nil)), c) }
		}
		e.Sheets, err = s.exportSheets(in.Sheets, rows)
	}
	e.count = func(ctx context.Context) (int, error) {
		n, err := where(s.selectFrom((*T)(nil)), c).Count(ctx)
		if in.Offset != nil {
			n = max(0, n-int64(*in.Offset))
		}
		if in.First != nil {
			n = min(n, int64(*in.First))
		}
		return int(n), err
	}
	return err
}

// exportSheetNames are the names of the sheets, by the type of their rows.
var exportSheetNames = map[string]string{"Call": "Calls", "CallRecord": "Call records"}

// exportTable returns a table of the rows of a query, which gets the columns.
func (s scope) exportTable(name, typeName string, columns []ExportColumn, q *bun.SelectQuery) ExportTable {
	t := ExportTable{Name: name, Columns: columns, typeName: typeName}
	t.choose(s, q)
	return t
}

// choose makes a query that of the table: it gives it the columns, and whether the actor created the row where that
// matters.
func (t *ExportTable) choose(s scope, q *bun.SelectQuery) {
	for _, column := range t.Columns {
		sql := strings.NewReplacer("JOINED", s.dialect.joinTexts, "QUOTED", s.dialect.quoteJSON,
			"TENANT", strconv.FormatInt(s.actor.TenantID, 10)).Replace(column.expr)
		q.ColumnExpr(sql, s.clockArguments(sql)...)
	}
	t.query, t.owns = q, -1
	if _, isMasked := model.MaskedFields()[t.typeName]; isMasked && s.actor.SeesOwnClearer() {
		t.owns = len(t.Columns)
		isCreator := s.isCreator("?TableAlias")
		q.ColumnExpr("CASE WHEN "+isCreator.sql+" THEN 1 ELSE 0 END", isCreator.args...)
	}
}

// Count returns how many rows there are to export, without those of Sheets, in one statement.
func (e *Export) Count(ctx context.Context) (int, error) { return e.count(ctx) }

// columnsToExport returns the columns of a type that are named, all where names is nil. It returns BAD_USER_INPUT for
// a name that is none, or that comes twice.
func columnsToExport(typeName string, names []string) ([]ExportColumn, error) {
	all := ExportColumns(typeName)
	if names == nil {
		return all, nil
	}
	var columns []ExportColumn
	var errs model.Errors
	for i, name := range names {
		isName := func(c ExportColumn) bool { return c.Field == name }
		at := slices.IndexFunc(all, isName)
		switch {
		case at < 0:
			errs = append(errs, model.BadInput("columns", "the column %d is none of %s", i+1, fieldNames(all)))
		case slices.ContainsFunc(columns, isName):
			errs = append(errs, model.BadInput("columns", "the column %s is named twice", name))
		default:
			columns = append(columns, all[at])
		}
		if len(errs) == maxOrderSteps {
			break
		}
	}
	return columns, errs.Err()
}

func fieldNames(columns []ExportColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Field
	}
	return strings.Join(names, ", ")
}

// notExported are fields that are no columns: what hangs on rows.
var notExported = map[string][]string{
	"Call":       {"deletedAt", "relatedCounts", "tasks", "notes", "history", "callRecord"},
	"CallRecord": {"details", "transcript", "customerPerson", "call"},
	"Task":       {"statusCode", "call"},
	"Note":       {"call"},
}

// exportedAs are the columns that are not texts of the table, by type and field; kinds alone where the expression is
// the column that has the field's name.
var exportedAs = map[string]map[string]ExportColumn{
	"Call": {
		"version":               {Kind: NumberValue},
		"outgoingCallStatus":    {expr: effectiveStatus},
		"callStatus":            {expr: callStatus},
		"callStartTime":         {Kind: TimeValue},
		"callDuration":          {Kind: DurationValue, expr: "call.call_duration_in_seconds"},
		"callDurationInSeconds": {Kind: NumberValue},
		"scheduledInCrm":        {Kind: BoolValue},
		"ctiEntry":              {Kind: BoolValue},
		"tags":                  {Kind: TagsValue, expr: tagsJoined("call_tags", "call_id", "call")},
		"attachments":           {Kind: JSONValue},
		"createdAt":             {Kind: TimeValue},
		"updatedAt":             {Kind: TimeValue},
	},
	"CallRecord": {
		"id":               {Kind: KeyValue},
		"robotCallJobId":   {Kind: KeyValue},
		"dialogFlowId":     {Kind: KeyValue},
		"robotCallTaskId":  {Kind: KeyValue},
		"phoneNumberId":    {Kind: KeyValue},
		"customerPersonId": {Kind: KeyValue},
		"customerConcern":  {Kind: JSONValue},
		"attributes":       {Kind: JSONValue},
		"startTime":        {Kind: TimeValue},
		"endTime":          {Kind: TimeValue},
		"endsBeforeStart": {Kind: BoolValue, expr: "(call_record.start_time IS NOT NULL AND call_record.end_time" +
			" IS NOT NULL AND call_record.end_time < call_record.start_time)"},
		"chatDuration": {Kind: NumberValue},
		"chatRound":    {Kind: NumberValue},
		"version":      {Kind: NumberValue},
		"tags":         {Kind: TagsValue, expr: tagsJoined("call_record_tags", "call_record_id", "call_record")},
		"createdAt":    {Kind: TimeValue},
		"updatedAt":    {Kind: TimeValue},
	},
	"Task": {
		"version":   {Kind: NumberValue},
		"dueAt":     {Kind: TimeValue},
		"closedAt":  {Kind: TimeValue},
		"createdAt": {Kind: TimeValue},
		"updatedAt": {Kind: TimeValue},
	},
	"Note": {
		"version":   {Kind: NumberValue},
		"createdAt": {Kind: TimeValue},
		"updatedAt": {Kind: TimeValue},
	},
}

// tagsJoined returns the expression of the tags of a row, in their order. JOINED stands for the engine's function, and
// TENANT for the tenant: named by its number, so that Citus sends the statement to one node.
func tagsJoined(table, key, row string) string {
	return "(SELECT JOINED(tag, ',') FROM (SELECT tagged.tag FROM " + table +
		" AS tagged WHERE tagged.tenant_id = TENANT AND tagged." + key + " = " + row + ".id ORDER BY tagged.tag) AS listed)"
}

// ExportColumns returns all columns of a type of the schema, Call, CallRecord, Task or Note, in the order of its
// captions.
func ExportColumns(typeName string) (columns []ExportColumn) {
	for _, field := range model.PicklistFields() {
		if field.TypeName() != typeName || slices.Contains(notExported[typeName], field.Field) {
			continue
		}
		column := exportedAs[typeName][field.Field]
		column.Field, column.Caption = field.Field, field.Caption
		if column.expr == "" {
			column.expr = columnOfField(typeName) + "." + columnOfField(field.Field)
		}
		_, column.mask = model.MaskedFields()[typeName][field.Field]
		columns = append(columns, column)
	}
	return columns
}

// transcriptColumn returns the column of the turns of a record, as the column details of imports has them: a JSON list.
func transcriptColumn() ExportColumn {
	const listed = "(SELECT type, text FROM call_details AS detail WHERE detail.tenant_id = TENANT" +
		" AND detail.call_record_id = call_record.id ORDER BY detail.position) AS turn"
	return ExportColumn{Field: DetailsField, Caption: model.Caption{En: "Transcript", Zh: "对话内容"}, Kind: JSONValue,
		expr: `(SELECT '[' || JOINED('{"type":"' || turn.type || '","text":' || QUOTED(turn.text) || '}', ',') || ']' FROM ` +
			listed + ")"}
}

// DetailsField is the field of the turns of a record.
const DetailsField = "details"

// columnOfField returns the column that has the name of a field: call_start_time for callStartTime.
func columnOfField(field string) string {
	var column strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 {
			column.WriteByte('_')
		}
		column.WriteRune(unicode.ToLower(r))
	}
	return column.String()
}

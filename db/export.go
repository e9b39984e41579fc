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

// Export is what is exported: a query whose arguments are checked, and whose rows come one at a time.
type Export struct {
	Columns []ExportColumn

	scope    scope
	db       *DB
	typeName string
	query    *bun.SelectQuery
	owns     int // place in the query, behind the columns, of whether the actor created the row; -1 where it is not read
	count    func(context.Context) (int, error)
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
	e := &Export{scope: s, db: d, owns: -1}
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

// exportOf gives an export the query of rows of a type.
func exportOf[T any](e *Export, in model.ExportInput, typeName string, c cond, order []sortStep[T]) (err error) {
	if e.Columns, err = columnsToExport(typeName, in.Columns); err != nil {
		return err
	}
	s, l := e.scope, list[T]{scope: e.scope}
	e.typeName = typeName
	q := where(s.selectFrom((*T)(nil)), c)
	e.choose(q)
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
	e.query = q
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
	return nil
}

// choose gives a query the columns, and whether the actor created the row where that matters.
func (e *Export) choose(q *bun.SelectQuery) {
	for _, column := range e.Columns {
		sql := strings.NewReplacer("JOINED", e.scope.dialect.joinTexts,
			"TENANT", strconv.FormatInt(e.scope.actor.TenantID, 10)).Replace(column.expr)
		q.ColumnExpr(sql, e.scope.clockArguments(sql)...)
	}
	if e.scope.actor.SeesOwnClearer() {
		e.owns = len(e.Columns)
		isCreator := e.scope.isCreator("?TableAlias")
		q.ColumnExpr("CASE WHEN "+isCreator.sql+" THEN 1 ELSE 0 END", isCreator.args...)
	}
}

// Count returns how many rows there are to export, in one statement.
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
}

// tagsJoined returns the expression of the tags of a row, in their order. JOINED stands for the engine's function, and
// TENANT for the tenant: named by its number, so that Citus sends the statement to one node.
func tagsJoined(table, key, row string) string {
	return "(SELECT JOINED(tag, ',') FROM (SELECT tagged.tag FROM " + table +
		" AS tagged WHERE tagged.tenant_id = TENANT AND tagged." + key + " = " + row + ".id ORDER BY tagged.tag) AS listed)"
}

// ExportColumns returns all columns of a type of the schema, Call or CallRecord, in the order of its captions.
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

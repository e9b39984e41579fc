package graph

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"callbook/db"
	"callbook/model"
)

func (r query) StatsTable(
	ctx context.Context, calls *model.CallStatsTableInput, callRecords *model.CallRecordStatsTableInput, first *int,
) (*model.Table, error) {
	var t *statsTable
	var err error
	argument := "calls"
	switch {
	case (calls == nil) == (callRecords == nil):
		return nil, model.BadInput("", "give either calls or callRecords")
	case calls != nil:
		t, err = r.tableOfCalls(ctx, *calls, first)
	default:
		argument = "callRecords"
		t, err = r.tableOfRecords(ctx, *callRecords, first)
	}
	if err != nil {
		return nil, reportAll(ctx, inArgument(argument, err))
	}
	return t.read(ctx)
}

// inArgument returns an error with its fields under an argument: groupBy becomes calls.groupBy. Those about the
// argument itself, or about first, which stands beside it, stay.
func inArgument(argument string, err error) error {
	known := model.AsErrors(err)
	if known == nil {
		return err
	}
	placed := make(model.Errors, len(known))
	for i, e := range known {
		own := *e
		if own.Field != "" && own.Field != "first" && own.Field != argument {
			own.Field = argument + "." + own.Field
		}
		placed[i] = &own
	}
	return placed
}

// statsTable is a table of figures of groups.
type statsTable struct {
	stats      *model.Stats
	dimensions []*model.TableColumn
	figures    []model.StatsMeasure
	columns    []*model.TableColumn
}

func (r query) tableOfCalls(ctx context.Context, in model.CallStatsTableInput, first *int) (*statsTable, error) {
	ctx, err := asReaderOf(ctx, "calls", model.PermissionCallRead)
	if err != nil {
		return nil, err
	}
	q := db.GroupQuery{GroupBy: namesOf(in.GroupBy), Having: mapped(in.Having, callHaving),
		OrderBy: mapped(in.OrderBy, callOrder), First: first, TimeZone: in.TimeZone, Fill: in.Fill}
	t, err := newStatsTable("Call", &q, namesOf(in.Figures))
	if err != nil {
		return nil, err
	}
	if t.stats, err = r.db.CallStats(ctx, in.Dataset, in.Filter, q); err != nil {
		return nil, err
	}
	noteGroups(t.stats, "statsTable of calls", in.Filter)
	return t, nil
}

func (r query) tableOfRecords(ctx context.Context, in model.CallRecordStatsTableInput, first *int,
) (*statsTable, error) {
	ctx, err := asReaderOf(ctx, "callRecords", model.PermissionCallRecordRead)
	if err != nil {
		return nil, err
	}
	q := db.GroupQuery{GroupBy: namesOf(in.GroupBy), Having: mapped(in.Having, recordHaving),
		OrderBy: mapped(in.OrderBy, recordOrder), First: first, TimeZone: in.TimeZone, Fill: in.Fill}
	t, err := newStatsTable("CallRecord", &q, namesOf(in.Figures))
	if err != nil {
		return nil, err
	}
	if t.stats, err = r.db.CallRecordStats(ctx, in.Filter, q); err != nil {
		return nil, err
	}
	noteGroups(t.stats, "statsTable of call records", in.Filter)
	return t, nil
}

// asReaderOf returns a context whose actor acts by those of its roles that read what an argument asks for. It returns
// FORBIDDEN where none does.
func asReaderOf(ctx context.Context, argument string, needed model.Permission) (context.Context, error) {
	actor, _ := model.ActorFrom(ctx) // @permission has seen to it that there is one
	if !actor.May(needed) {
		return nil, model.Forbidden(argument, "takes the permission %s, which you lack", needed)
	}
	return model.WithActor(ctx, actor.For([]model.Permission{needed}, nil)), nil
}

// newStatsTable returns the table of dimensions and figures, which it has the query compute of rows of a type. It
// returns BAD_USER_INPUT for figures that are named twice, and where there is no column.
func newStatsTable(typeName string, q *db.GroupQuery, figures []string) (*statsTable, error) {
	t := &statsTable{}
	key := Schema().Types[typeName+"StatsKey"]
	for _, dimension := range q.GroupBy {
		name := camelCase(dimension)
		field := key.Fields.ForName(name)
		t.columns = append(t.columns, &model.TableColumn{Name: name, Type: statsColumnType(field.Type.Name()),
			Caption: statsCaption(typeName, name)})
	}
	t.dimensions = t.columns
	q.Groups, q.Total = model.NewStatsPlan(), model.NewStatsPlan()
	for i, name := range figures {
		if slices.Index(figures, name) < i {
			return nil, model.BadInput("figures", "has %s twice", name)
		}
		measure := db.MeasureOf(name)
		q.Groups.Add(measure, nil, "figures")
		t.figures = append(t.figures, measure)
		column := &model.TableColumn{Name: camelCase(name), Type: model.TableColumnTypeFloat,
			Caption: statsCaption(typeName, camelCase(name))}
		if measure.Kind == model.StatsCount {
			column.Type = model.TableColumnTypeInt
		}
		t.columns = append(t.columns, column)
	}
	if len(t.columns) == 0 {
		return nil, model.BadInput("figures", "must have at least one, where groupBy has no dimension")
	}
	return t, nil
}

// read reads the groups and renders them.
func (t *statsTable) read(ctx context.Context) (*model.Table, error) {
	groups, err := t.stats.Load(ctx)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	rows := make([][]any, len(groups.Groups))
	for i, group := range groups.Groups {
		row := make([]any, 0, len(t.columns))
		for k, column := range t.dimensions {
			row = append(row, shownKey(column.Type, group.Keys[k]))
		}
		for _, measure := range t.figures {
			row = append(row, group.Figures.Figure(measure))
		}
		rows[i] = row
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return &model.Table{Columns: t.columns, Rows: text, RowCount: len(rows), HasMore: groups.HasMore}, nil
}

// shownKey returns the value of a dimension as the schema's scalar prints it.
func shownKey(as model.TableColumnType, key any) any {
	number, isNumber := key.(int64)
	switch {
	case isNumber && as == model.TableColumnTypeBoolean:
		return number == 1
	case isNumber && as == model.TableColumnTypeID:
		return strconv.FormatInt(number, 10)
	}
	return key
}

// statsColumnType returns the type of the column for a field of a type of the schema.
func statsColumnType(typeName string) model.TableColumnType {
	switch typeName {
	case "Int":
		return model.TableColumnTypeInt
	case "Boolean":
		return model.TableColumnTypeBoolean
	case "ID":
		return model.TableColumnTypeID
	case "Date":
		return model.TableColumnTypeDate
	}
	return model.TableColumnTypeString
}

// camelCase returns the field that is named after a value of an enum: callType for CALL_TYPE.
func camelCase(name string) string {
	words := strings.Split(strings.ToLower(name), "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// statsCaption returns the caption of a dimension or a figure of rows of a type.
func statsCaption(typeName, name string) *model.Caption {
	if caption, isOfStats := statsCaptions[name]; isOfStats {
		return &caption
	}
	for _, field := range model.PicklistFields() {
		if field.Field == name && (field.TypeName() == typeName || field.TypeName() == "CustomerPerson") {
			return &field.Caption
		}
	}
	return &model.Caption{En: name, Zh: name}
}

// statsCaptions are the captions of dimensions that are no fields of rows, and of figures.
var statsCaptions = map[string]model.Caption{
	"tag":         {En: "Tag", Zh: "标签"},
	"minuteOfDay": {En: "Minute of the day", Zh: "一天中的分钟"},
	"hourOfDay":   {En: "Hour of the day", Zh: "一天中的小时"},
	"weekday":     {En: "Weekday", Zh: "星期"},
	"day":         {En: "Day", Zh: "日"},
	"week":        {En: "Week", Zh: "周"},
	"month":       {En: "Month", Zh: "月"},
	"quarter":     {En: "Quarter", Zh: "季度"},
	"year":        {En: "Year", Zh: "年"},

	"count":        {En: "Count", Zh: "数量"},
	"answeredRate": {En: "Answered rate", Zh: "接通率"},
	"durationSum":  {En: "Duration in seconds, sum", Zh: "通话时长(秒)合计"},
	"durationAvg":  {En: "Duration in seconds, average", Zh: "通话时长(秒)平均值"},
	"durationMin":  {En: "Duration in seconds, least", Zh: "通话时长(秒)最小值"},
	"durationMax":  {En: "Duration in seconds, greatest", Zh: "通话时长(秒)最大值"},
	"durationP50":  {En: "Duration in seconds, median", Zh: "通话时长(秒)中位数"},
	"durationP90":  {En: "Duration in seconds, 90th percentile", Zh: "通话时长(秒)第90百分位"},
	"durationP95":  {En: "Duration in seconds, 95th percentile", Zh: "通话时长(秒)第95百分位"},
	"durationP99":  {En: "Duration in seconds, 99th percentile", Zh: "通话时长(秒)第99百分位"},
	"roundsSum":    {En: "Rounds, sum", Zh: "轮次合计"},
	"roundsAvg":    {En: "Rounds, average", Zh: "轮次平均值"},
	"roundsMin":    {En: "Rounds, least", Zh: "轮次最小值"},
	"roundsMax":    {En: "Rounds, greatest", Zh: "轮次最大值"},
	"roundsP50":    {En: "Rounds, median", Zh: "轮次中位数"},
	"roundsP90":    {En: "Rounds, 90th percentile", Zh: "轮次第90百分位"},
	"roundsP95":    {En: "Rounds, 95th percentile", Zh: "轮次第95百分位"},
	"roundsP99":    {En: "Rounds, 99th percentile", Zh: "轮次第99百分位"},
}

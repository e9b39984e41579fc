package db

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"callbook/model"
)

// Limits of pages of tables.
const (
	MaxTablePage     = 10000
	defaultTablePage = 100
)

// TableQuery says which columns a page of a table has, and where it is.
type TableQuery struct {
	Columns []string // fields of the schema, as exports take them; nil for all
	First   *int     // defaultTablePage where nil
	After   *string
}

// Table is a page of rows of which chosen columns are read. Its arguments are checked; it has read nothing yet.
type Table struct {
	export  *Export
	shown   int   // columns of the export that the page has; those behind are for the cursor
	keys    []int // places of the sort keys among the columns
	size    int
	mark    string // of cursors
	isEmpty bool   // the caller wants no rows
}

// Columns returns the columns of the page, in order.
func (t *Table) Columns() []ExportColumn { return t.export.Columns[:t.shown] }

// Read calls each with every row of the page, in order, and returns the cursor behind the last one; nil where no row
// follows. It takes one statement, none for a page of no rows. A row is good until each returns.
func (t *Table) Read(ctx context.Context, each func([]Cell) error) (next *string, err error) {
	if t.isEmpty {
		return nil, nil
	}
	rows := 0
	var last []any
	err = t.export.Rows(ctx, func(_ *ExportTable, cells []Cell) error {
		if rows++; rows > t.size {
			cursor := encodeCursor(last)
			next = &cursor
			return nil
		}
		if rows == t.size {
			last = t.place(cells)
		}
		return each(cells[:t.shown])
	})
	return next, err
}

// place returns the place of a row in the list, as list.place does.
func (t *Table) place(cells []Cell) []any {
	values := make([]any, len(t.keys)+1)
	values[0] = t.mark
	for i, column := range t.keys {
		cell := &cells[column]
		if cell.IsNull {
			continue
		}
		switch t.export.Columns[column].Kind {
		case TimeValue:
			values[i+1] = time.UnixMicro(cell.Micros).UTC().Format(time.RFC3339Nano)
		case NumberValue, KeyValue:
			values[i+1] = json.Number(cell.Text)
		case BoolValue:
			values[i+1] = string(cell.Text) == string(trueText)
		default:
			values[i+1] = string(cell.Text)
		}
	}
	return values
}

// CallTable returns a page of the calls of a data set that pass a filter. It returns BAD_USER_INPUT, also for columns
// that do not exist and cursors of other tables, LIMIT_EXCEEDED, and FORBIDDEN for a filter or an order by what is
// masked. It takes no statement.
func (d *DB) CallTable(ctx context.Context, dataset model.CallDataset, filter *model.CallFilter,
	orderBy []*model.CallOrder, q TableQuery,
) (*Table, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(s, orderBy, callSortStep, callKeys[model.CallOrderFieldID], defaultCallOrder)
	if err != nil {
		return nil, err
	}
	cond, err := s.callCond(dataset, filter, false)
	if err != nil {
		return nil, err
	}
	return tableOf(d, &list[model.Call]{scope: s, kind: "callTable", cond: cond, order: order, rows: CallColumns}, q)
}

// CallRecordTable is CallTable for call records; FORBIDDEN, too, for a filter by customers whom the actor may not read.
func (d *DB) CallRecordTable(ctx context.Context, filter *model.CallRecordFilter, orderBy []*model.CallRecordOrder,
	q TableQuery,
) (*Table, error) {
	s, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.recordList(RecordQuery{Filter: filter, OrderBy: orderBy})
	if err != nil {
		return nil, err
	}
	l.kind, l.fixed = "callRecordTable", ""
	return tableOf(d, l, q)
}

// tableOf returns a page of a list as a table.
func tableOf[T any](d *DB, l *list[T], q TableQuery) (*Table, error) {
	l.maxSize = MaxTablePage
	args := model.PageArgs{First: q.First, After: q.After}
	if q.First == nil {
		args.First = new(defaultTablePage)
	}
	w, err := l.window(args)
	if err != nil {
		return nil, err
	}
	if q.Columns != nil && len(q.Columns) == 0 {
		return nil, model.BadInput("columns", "must name at least one column")
	}
	e := &Export{ExportTable: ExportTable{typeName: l.rows.Type}, scope: l.scope, db: d}
	if e.Columns, err = columnsToExport(e.typeName, q.Columns); err != nil {
		return nil, err
	}
	t := &Table{export: e, shown: len(e.Columns), size: w.size, mark: l.fingerprint(), isEmpty: w.size == 0}
	for _, step := range l.order {
		t.keys = append(t.keys, e.placeOf(step.name))
	}
	for _, column := range e.Columns {
		l.asked |= l.rows.Of(column.Field)
	}
	var rows []*T
	// The page's rows are found as lists find them, by their indexes, and what is shown is computed of those alone.
	page := l.scope.selectOver((*T)(nil), l.query(w, &rows))
	e.choose(l.scope, page)
	for _, step := range l.order {
		page.OrderExpr(step.sql(), l.stepArguments(step)...)
	}
	return t, nil
}

// placeOf returns the place of the column of a field, which it adds behind the others where it is not there.
func (e *Export) placeOf(field string) int {
	isField := func(c ExportColumn) bool { return c.Field == field }
	if at := slices.IndexFunc(e.Columns, isField); at >= 0 {
		return at
	}
	all := ExportColumns(e.typeName)
	e.Columns = append(slices.Clip(e.Columns), all[slices.IndexFunc(all, isField)])
	return len(e.Columns) - 1
}

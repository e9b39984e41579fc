package jobs

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"callbook/db"
	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// workbookRows writes an XLSX workbook, a sheet a table: times as dates with the clock of the zone, numbers and truth
// values as such, and keys as texts.
type workbookRows struct {
	out    sheet.Writer
	locale *model.Locale
	zone   *time.Location

	columns []db.ExportColumn // of the sheet under way
	table   *db.ExportTable   // of it
	next    []*db.ExportTable // those that come
	cells   []sheet.Cell
	rows    int64
	unfit   unfitRows
}

// longTexts is how many further columns a text may take: one of 32,000 characters may have twice as many UTF-16 units.
const longTexts = 1

// newWorkbookRows returns a writer of a workbook, which has written the header of the first sheet.
func newWorkbookRows(w io.Writer, in model.ExportInput, columns []db.ExportColumn, e *db.Export,
) (*workbookRows, error) {
	zone, err := time.LoadLocation(in.TimeZone)
	if err != nil {
		return nil, err
	}
	rows := &workbookRows{locale: in.Locale, zone: zone, columns: columns, table: &e.ExportTable, next: e.Sheets,
		cells: make([]sheet.Cell, len(columns))}
	widths, kind := map[string]float64{}, files.CallKind
	if in.Entity == model.ExportEntityCallRecords {
		kind = files.RecordKind
	}
	for _, c := range files.Columns(kind) {
		widths[c.Field] = c.Width
	}
	options := sheet.WriteOptions{Sheet: e.Name, Columns: rows.written(columns, widths)}
	rows.out, err = sheet.NewWriter(w, sheet.XLSX, options)
	return rows, err
}

// written returns columns as they are written. Fields without a width have the usual one.
func (w *workbookRows) written(columns []db.ExportColumn, widths map[string]float64) (written []sheet.WriteColumn) {
	for _, c := range columns {
		column := sheet.WriteColumn{Name: headerOf(c, w.locale), Width: widths[c.Field]}
		if c.Kind == db.TextValue || c.Kind == db.JSONValue {
			column.Long = longTexts
		}
		written = append(written, column)
	}
	return written
}

// nextTable begins the sheet of the next table.
func (w *workbookRows) nextTable() error {
	w.table, w.next = w.next[0], w.next[1:]
	w.columns = w.table.Columns
	w.cells = make([]sheet.Cell, len(w.columns))
	return w.out.NextSheet(w.table.Name, w.written(w.columns, nil))
}

// headerOf returns the header of a column: the field's name, or its caption in a language.
func headerOf(c db.ExportColumn, locale *model.Locale) string {
	switch {
	case locale == nil:
		return c.Field
	case *locale == model.LocaleZh:
		return c.Caption.Zh
	}
	return c.Caption.En
}

// WriteHeader writes nothing: the header was written at the beginning.
func (w *workbookRows) WriteHeader() error { return nil }

// WriteRow writes a row. Where a transcript does not fit no more is written: Close returns which do not.
func (w *workbookRows) WriteRow(table *db.ExportTable, cells []db.Cell) (rows int64, err error) {
	for w.table != table {
		if err := w.nextTable(); err != nil {
			return 0, err
		}
	}
	w.rows++
	for i := range cells {
		w.cells[i] = w.cell(w.columns[i].Kind, &cells[i])
		if w.columns[i].Field == db.DetailsField && !sheet.Fits(w.cells[i].Text, 1+longTexts) {
			w.unfit.add(w.name(cells))
		}
	}
	if w.unfit.count > 0 {
		return 0, nil
	}
	return 1, w.out.WriteRow(w.cells)
}

// name returns what names the row under way: its key, or its number where it has none.
func (w *workbookRows) name(cells []db.Cell) string {
	for i, column := range w.columns {
		if column.Field == "id" {
			return string(cells[i].Text)
		}
	}
	return "number " + strconv.FormatInt(w.rows, 10)
}

// unfitRows are records whose transcripts do not fit into cells.
type unfitRows struct {
	count int
	names []string // of the first ones
}

const maxUnfitNames = 20

func (u *unfitRows) add(name string) {
	if u.count++; len(u.names) < maxUnfitNames {
		u.names = append(u.names, name)
	}
}

// err returns LIMIT_EXCEEDED where there are such records.
func (u *unfitRows) err() error {
	if u.count == 0 {
		return nil
	}
	names := strings.Join(u.names, ", ")
	if more := u.count - len(u.names); more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return model.LimitExceeded("transcript", "the transcripts of these call records do not fit into cells of XLSX: %s; "+
		"take ROWS, or another format", names)
}

func (w *workbookRows) cell(kind db.ValueKind, cell *db.Cell) sheet.Cell {
	if cell.IsNull {
		return sheet.Cell{}
	}
	switch kind {
	case db.NumberValue:
		return sheet.Cell{Kind: sheet.Number, Text: string(cell.Text)}
	case db.BoolValue:
		return sheet.Cell{Kind: sheet.Bool, Text: string(cell.Text)}
	case db.TimeValue:
		return sheet.TimeCell(time.UnixMicro(cell.Micros).In(w.zone))
	case db.DurationValue:
		return sheet.TextCell(string(appendDuration(nil, cell.Text)))
	}
	return sheet.TextCell(string(cell.Text))
}

// Close ends the workbook. It returns LIMIT_EXCEEDED where transcripts did not fit.
func (w *workbookRows) Close() error {
	if err := w.unfit.err(); err != nil {
		return err
	}
	for len(w.next) > 0 {
		if err := w.nextTable(); err != nil {
			return err
		}
	}
	return w.out.Close()
}

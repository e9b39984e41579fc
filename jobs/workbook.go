package jobs

import (
	"io"
	"time"

	"callbook/db"
	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// workbookRows writes an XLSX workbook: times as dates with the clock of the zone, numbers and truth values as such,
// and keys as texts.
type workbookRows struct {
	out     sheet.Writer
	columns []db.ExportColumn
	zone    *time.Location
	cells   []sheet.Cell
}

// longTexts is how many further columns a text may take: one of 32,000 characters may have twice as many UTF-16 units.
const longTexts = 1

// newWorkbookRows returns a writer of a workbook, which has written the header.
func newWorkbookRows(w io.Writer, in model.ExportInput, columns []db.ExportColumn, zone *time.Location,
) (*workbookRows, error) {
	kind, options := files.CallKind, sheet.WriteOptions{Sheet: "Calls"}
	if in.Entity == model.ExportEntityCallRecords {
		kind, options.Sheet = files.RecordKind, "Call records"
	}
	widths := map[string]float64{}
	for _, c := range files.Columns(kind) {
		widths[c.Field] = c.Width
	}
	for _, c := range columns {
		column := sheet.WriteColumn{Name: headerOf(c, in.Locale), Width: widths[c.Field]}
		if c.Kind == db.TextValue || c.Kind == db.JSONValue {
			column.Long = longTexts
		}
		options.Columns = append(options.Columns, column)
	}
	out, err := sheet.NewWriter(w, sheet.XLSX, options)
	return &workbookRows{out: out, columns: columns, zone: zone, cells: make([]sheet.Cell, len(columns))}, err
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

// WriteRow writes a row.
func (w *workbookRows) WriteRow(cells []db.Cell) error {
	for i := range cells {
		w.cells[i] = w.cell(w.columns[i].Kind, &cells[i])
	}
	return w.out.WriteRow(w.cells)
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

// Close ends the workbook.
func (w *workbookRows) Close() error { return w.out.Close() }

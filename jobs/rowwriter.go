package jobs

import (
	"bytes"
	"io"
	"iter"
	"time"

	"callbook/db"
	"callbook/files/sheet"
	"callbook/model"
)

// RowWriter writes rows to a file.
type RowWriter interface {
	// WriteHeader writes what stands before the rows.
	WriteHeader() error
	// WriteRow writes a row of a table, of which it keeps nothing, and returns how many rows that are in the file. After
	// a row of a table come none of those before it.
	WriteRow(table *db.ExportTable, cells []db.Cell) (rows int64, err error)
	// Close writes what is left. It does not close what is written to.
	Close() error
}

// mediaTypes are the types of exported files.
var mediaTypes = map[model.ExportFormat]string{
	model.ExportFormatCSV:     "text/csv; charset=utf-8",
	model.ExportFormatNdjson:  "application/x-ndjson",
	model.ExportFormatXlsx:    sheet.XLSX.ContentType(),
	model.ExportFormatParquet: "application/vnd.apache.parquet",
}

// newRowWriter returns the writer of an export.
func newRowWriter(w io.Writer, in model.ExportInput, e *db.Export) (rows RowWriter, err error) {
	columns, hasTurns := e.Columns, in.Transcript != nil && *in.Transcript == model.ExportTranscriptRows
	if hasTurns {
		columns = columnsOfTurns(columns)
	}
	if in.Format == model.ExportFormatXlsx {
		rows, err = newWorkbookRows(w, in, columns, e)
	} else {
		rows, err = NewRowWriter(w, in, columns)
	}
	if hasTurns {
		rows = &turnRows{RowWriter: rows}
	}
	return rows, err
}

// NewRowWriter returns the writer of a format with one table, for rows with these columns.
func NewRowWriter(w io.Writer, in model.ExportInput, columns []db.ExportColumn) (RowWriter, error) {
	zone, err := time.LoadLocation(in.TimeZone)
	if err != nil {
		return nil, err
	}
	if in.Format == model.ExportFormatParquet {
		return newParquetRows(w, columns), nil
	}
	t := textRows{w: w, columns: columns, zone: zone}
	if in.Format == model.ExportFormatNdjson {
		rows := &ndjsonRows{textRows: t}
		for _, column := range columns {
			rows.names = append(rows.names, appendJSON(nil, []byte(column.Field)))
		}
		return rows, nil
	}
	return &csvRows{textRows: t, locale: in.Locale, isSafe: in.SpreadsheetSafe}, nil
}

const (
	flushBytes = 64 << 10
	timeFormat = "2006-01-02T15:04:05.999999Z07:00"
)

// textRows is what formats of text have in common.
type textRows struct {
	w       io.Writer
	columns []db.ExportColumn
	zone    *time.Location
	buffer  []byte
}

// Close writes what is in the buffer.
func (t *textRows) Close() error {
	_, err := t.w.Write(t.buffer)
	t.buffer = t.buffer[:0]
	return err
}

func (t *textRows) endRow() error {
	t.buffer = append(t.buffer, '\n')
	if len(t.buffer) < flushBytes {
		return nil
	}
	return t.Close()
}

// appendTime appends a time with the offset of the zone; in UTC where that has seconds, as zones had when they went by
// the sun: RFC 3339 cannot write those.
func (t *textRows) appendTime(micros int64) {
	at := time.UnixMicro(micros).In(t.zone)
	if _, offset := at.Zone(); offset%60 != 0 {
		at = at.UTC()
	}
	t.buffer = at.AppendFormat(t.buffer, timeFormat)
}

// appendDuration appends seconds as mm:ss.
func appendDuration(to, seconds []byte) []byte {
	n := 0
	for _, digit := range seconds {
		n = n*10 + int(digit-'0')
	}
	return append(to, model.FormatDuration(n)...)
}

// csvRows writes CSV by RFC 4180, but with lines that end with LF alone. Null is an empty cell, an empty text is two
// quotes.
type csvRows struct {
	textRows
	locale *model.Locale
	isSafe bool
}

// WriteHeader writes the names of the fields, or a byte order mark and their captions.
func (c *csvRows) WriteHeader() error {
	if c.locale != nil {
		c.buffer = append(c.buffer, "\ufeff"...)
	}
	for i, column := range c.columns {
		if i > 0 {
			c.buffer = append(c.buffer, ',')
		}
		c.appendText([]byte(headerOf(column, c.locale)))
	}
	return c.endRow()
}

// WriteRow writes a line: two quotes where it would have nothing, since readers leave out such lines.
func (c *csvRows) WriteRow(_ *db.ExportTable, cells []db.Cell) (rows int64, err error) {
	if len(cells) == 1 && cells[0].IsNull {
		c.buffer = append(c.buffer, `""`...)
		return 1, c.endRow()
	}
	for i := range cells {
		if i > 0 {
			c.buffer = append(c.buffer, ',')
		}
		cell := &cells[i]
		if cell.IsNull {
			continue
		}
		switch c.columns[i].Kind {
		case db.TimeValue:
			c.appendTime(cell.Micros)
		case db.DurationValue:
			c.buffer = appendDuration(c.buffer, cell.Text)
		case db.NumberValue, db.BoolValue, db.KeyValue:
			c.buffer = append(c.buffer, cell.Text...)
		default:
			c.appendText(cell.Text)
		}
	}
	return 1, c.endRow()
}

// csvMarks are the bytes for which a text is put in quotes. Where programs take semicolons or tabs for delimiters, what
// follows one could be a formula.
var csvMarks = [256]bool{',': true, ';': true, '\t': true, '"': true, '\n': true, '\r': true}

// appendText appends a text: in quotes where it has to be, and defused where programs would take it for a formula.
func (c *csvRows) appendText(text []byte) {
	if len(text) == 0 {
		c.buffer = append(c.buffer, `""`...)
		return
	}
	needsQuotes := text[0] == ' ' || text[len(text)-1] == ' '
	for _, b := range text {
		if csvMarks[b] {
			needsQuotes = true
			break
		}
	}
	isFormula := c.isSafe && mayBeFormula[text[0]] && sheet.NeedsApostrophe(string(text))
	if !needsQuotes && !isFormula {
		c.buffer = append(c.buffer, text...)
		return
	}
	c.buffer = append(c.buffer, '"')
	if isFormula {
		c.buffer = append(c.buffer, '\'')
	}
	for _, b := range text {
		if b == '"' {
			c.buffer = append(c.buffer, '"')
		}
		c.buffer = append(c.buffer, b)
	}
	c.buffer = append(c.buffer, '"')
}

// mayBeFormula are the first bytes of texts that sheet.NeedsApostrophe looks at.
var mayBeFormula = [256]bool{'=': true, '+': true, '-': true, '@': true, '\t': true, '\r': true, '\n': true,
	'\'': true, 0xEF: true}

// ndjsonRows writes a JSON object a line.
type ndjsonRows struct {
	textRows
	names [][]byte // of the columns, as JSON
}

// WriteHeader writes nothing: each line has the names.
func (n *ndjsonRows) WriteHeader() error { return nil }

// WriteRow writes a line.
func (n *ndjsonRows) WriteRow(_ *db.ExportTable, cells []db.Cell) (rows int64, err error) {
	n.buffer = append(n.buffer, '{')
	for i := range cells {
		if i > 0 {
			n.buffer = append(n.buffer, ',')
		}
		n.buffer = append(append(n.buffer, n.names[i]...), ':')
		n.appendCell(n.columns[i].Kind, &cells[i])
	}
	n.buffer = append(n.buffer, '}')
	return 1, n.endRow()
}

func (n *ndjsonRows) appendCell(kind db.ValueKind, cell *db.Cell) {
	switch {
	case kind == db.TagsValue:
		n.appendTags(cell.Text)
	case cell.IsNull:
		n.buffer = append(n.buffer, "null"...)
	case kind == db.TimeValue:
		n.buffer = append(n.buffer, '"')
		n.appendTime(cell.Micros)
		n.buffer = append(n.buffer, '"')
	case kind == db.DurationValue:
		n.buffer = append(n.buffer, '"')
		n.buffer = appendDuration(n.buffer, cell.Text)
		n.buffer = append(n.buffer, '"')
	case kind == db.NumberValue || kind == db.BoolValue || kind == db.JSONValue:
		n.buffer = append(n.buffer, cell.Text...)
	default:
		n.buffer = appendJSON(n.buffer, cell.Text)
	}
}

// appendTags appends tags as a list.
func (n *ndjsonRows) appendTags(tags []byte) {
	n.buffer = append(n.buffer, '[')
	isFirst := true
	for tag := range splitTags(tags) {
		if !isFirst {
			n.buffer = append(n.buffer, ',')
		}
		n.buffer = appendJSON(n.buffer, tag)
		isFirst = false
	}
	n.buffer = append(n.buffer, ']')
}

// splitTags returns tags, which have commas between and none within.
func splitTags(tags []byte) iter.Seq[[]byte] {
	if len(tags) == 0 {
		return func(func([]byte) bool) {}
	}
	return bytes.SplitSeq(tags, []byte{','})
}

// appendJSON appends a text, which is valid UTF-8, as JSON.
func appendJSON(buffer, text []byte) []byte {
	const digits = "0123456789abcdef"
	buffer = append(buffer, '"')
	for _, b := range text {
		switch {
		case b == '"' || b == '\\':
			buffer = append(buffer, '\\', b)
		case b == '\n':
			buffer = append(buffer, '\\', 'n')
		case b < ' ':
			buffer = append(buffer, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
		default:
			buffer = append(buffer, b)
		}
	}
	return append(buffer, '"')
}

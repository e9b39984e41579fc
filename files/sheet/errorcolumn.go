package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"callbook/model"
)

// DoneMark in the error column says that a row went in: it is left out when the file is read again.
const DoneMark = "done"

// errorColumns are the headers of the column in which errors are reported.
var errorColumns = map[model.Locale]string{model.LocaleEn: "Import errors", model.LocaleZh: "导入错误"}

// lostText stands in the written table for what could not be read, and lostRow at the end of a row that could not be. A
// row that still has either when the table comes back is at fault: it would go in without what was lost.
const (
	lostText = "\uFFFD"
	lostRow  = lostText + lostText
)

// isErrorColumn reports whether a header is that of the column in which errors are reported.
func isErrorColumn(name string) bool {
	return strings.EqualFold(name, errorColumns[model.LocaleEn]) || name == errorColumns[model.LocaleZh]
}

// RowError is what is wrong with a row of a file, at the places that the reader told.
type RowError struct {
	Row     int
	Column  int // from 1; 0 where the row as a whole is wrong
	Message string
}

// ErrorOptions say how a file was read, and how its errors are reported.
type ErrorOptions struct {
	Options
	Locale  model.Locale // of the error column's header
	Through int          // rows up to this one were tried: those without errors are marked as done
}

// WriteErrors writes the table again, with a column in front that has the errors of each row, and the bad cells of a
// workbook coloured and with comments. The format is that of the file, of text in UTF-8; row numbers stay, but for
// empty rows of text. errs come by rows. When the corrected file is read, rows with DoneMark are left out, and
// cells that still have lostText are bad.
//
// A workbook is written anew, as a stream: its sheet with its values, their types and the columns' widths, without
// other sheets, formulas, merged cells and formats. To edit it in place takes excelize 1.6 GB for 50,000 rows of 25.
func WriteErrors(
	w io.Writer, file io.ReaderAt, size int64, o ErrorOptions, errs iter.Seq2[RowError, error],
) error {
	hasHeader := !o.NoHeader
	o.NoHeader = true
	reader, err := Open(file, size, o.Options)
	if err != nil {
		return err
	}
	defer reader.Close()
	next, stop := iter.Pull2(errs)
	defer stop()
	e := &errorWriter{reader: reader, options: o, mark: -1, nextError: next}
	if e.pending, err, e.hasPending = next(); err != nil {
		return err
	}
	if err := e.begin(w, hasHeader); err != nil {
		return err
	}
	for {
		row, err := reader.nextSourceRow()
		if errors.Is(err, io.EOF) {
			return e.out.Close()
		}
		if err == nil {
			err = e.writeRow(row)
		}
		if err != nil {
			return err
		}
	}
}

// errorWriter writes a table with the errors of its rows.
type errorWriter struct {
	reader  *Reader
	options ErrorOptions
	out     Writer
	mark    int // the column of the file that has errors already; -1 where there is none

	nextError  func() (RowError, error, bool)
	pending    RowError
	hasPending bool

	names []string // headers by the columns of the file, from 1
	cells []Cell
}

// begin writes the header.
func (e *errorWriter) begin(w io.Writer, hasHeader bool) (err error) {
	o := WriteOptions{Sheet: e.reader.Sheet, IsUnsafe: true, BOM: true, Delimiter: e.reader.Delimiter,
		Columns: []WriteColumn{{Name: errorColumns[e.options.Locale], Width: 50}}}
	first := 1
	if e.reader.Format == NDJSON {
		e.out = newLineWriter(w, o)
		return nil
	}
	if hasHeader {
		head := e.reader.ahead[0]
		e.reader.ahead, first = nil, head.number
		for _, cell := range head.cells {
			e.addName(cell.column, cell.shown())
		}
	} else {
		for _, column := range e.reader.Columns {
			e.addName(column.Number, column.Name)
		}
	}
	for i, name := range e.names {
		if i > 0 && i != e.mark {
			o.Columns = append(o.Columns, WriteColumn{Name: name, Width: e.width(i)})
		}
	}
	if e.reader.Format == CSV {
		e.out, err = newCSVWriter(w, o)
		return err
	}
	x := newWorkbookWriter(w)
	x.first = first
	if !hasHeader { // the header is before the first row; all rows move by one
		x.shift = 1
	}
	e.out = x
	return x.start(o)
}

func (e *errorWriter) addName(column int, name string) {
	for len(e.names) <= column {
		e.names = append(e.names, "")
	}
	e.names[column] = name
	if isErrorColumn(strings.TrimSpace(name)) && e.mark < 0 {
		e.mark = column
	}
}

// width returns the width of a column of a workbook, 0 where it is not known.
func (e *errorWriter) width(column int) float64 {
	if source, isSheet := e.reader.source.(*sheetSource); isSheet {
		for _, w := range source.parser.widths {
			if column >= w.first && column <= w.last && w.width > 0 && w.width < 256 {
				return w.width
			}
		}
	}
	return 0
}

// shown returns a cell as text, also a bad one.
func (c Cell) shown() string {
	if c.Kind == Bad {
		return c.Shown
	}
	return c.String()
}

// writeRow writes a row with its errors.
func (e *errorWriter) writeRow(row *sourceRow) error {
	texts, places, err := e.errorsOf(row.number)
	if err != nil {
		return err
	}
	e.cells = append(e.cells[:0], Cell{})
	switch was := e.wasDone(row); {
	case len(texts) > 0:
		e.cells[0] = TextCell(strings.Join(texts, "\n"))
	case was, row.number <= e.options.Through:
		e.cells[0] = TextCell(DoneMark)
	}
	if lines, isLines := e.reader.source.(*lineSource); isLines {
		return e.writeObject(lines, row)
	}
	for _, cell := range row.cells {
		if cell.column == e.mark {
			continue
		}
		place := e.placeOf(cell.column)
		for len(e.cells) <= place {
			e.cells = append(e.cells, Cell{})
		}
		if e.cells[place] = cell.Cell; cell.Kind == Bad {
			e.cells[place] = TextCell(withLost(cell.Shown))
		}
	}
	if last := &e.cells[len(e.cells)-1]; row.err != nil && len(e.cells) > 1 {
		*last = TextCell(last.shown() + lostRow)
	}
	if x, isBook := e.out.(*xlsxWriter); isBook {
		return x.writeMarked(row.number, e.cells, places)
	}
	return e.out.WriteRow(e.cells)
}

// withLost returns what a bad cell shows so that it stays bad.
func withLost(shown string) string {
	if strings.Contains(shown, lostText) {
		return shown
	}
	return shown + lostText
}

// errorsOf returns the errors of a row as texts, and what is wrong with its cells by their places in the new table.
func (e *errorWriter) errorsOf(row int) (texts []string, places map[int]string, err error) {
	places = map[int]string{}
	for e.hasPending && e.pending.Row <= row {
		if found := e.pending; found.Row == row {
			texts = append(texts, e.text(found))
			if found.Column > 0 && found.Column != e.mark {
				place := e.placeOf(found.Column)
				places[place] = strings.TrimPrefix(places[place]+"\n"+found.Message, "\n")
			}
		}
		if e.pending, err, e.hasPending = e.nextError(); err != nil {
			return nil, nil, err
		}
	}
	return texts, places, nil
}

// placeOf returns the place of a column of the file in the new one, from 0: the errors stand before it.
func (e *errorWriter) placeOf(column int) int {
	if e.mark > 0 && column > e.mark {
		return column - 1
	}
	return column
}

// text returns an error with the header of its column.
func (e *errorWriter) text(err RowError) string {
	if err.Column > 0 && err.Column < len(e.names) && e.names[err.Column] != "" {
		return e.names[err.Column] + ": " + err.Message
	}
	return err.Message
}

// wasDone reports whether the file itself says that a row is done.
func (e *errorWriter) wasDone(row *sourceRow) bool {
	mark := e.mark
	if e.reader.Format == NDJSON {
		mark = e.reader.mark
	}
	return slices.ContainsFunc(row.cells, func(c placedCell) bool { return c.column == mark && isDone(c.Cell) })
}

func isDone(c Cell) bool { return strings.EqualFold(strings.TrimSpace(c.Text), DoneMark) }

// writeObject writes the object of a line with its errors before its members. A line that is none is kept as text.
func (e *errorWriter) writeObject(lines *lineSource, row *sourceRow) error {
	out := e.out.(*lineWriter)
	names := make(map[int]string, len(lines.places))
	for name, place := range lines.places {
		names[place] = name
	}
	out.line = appendJSON(append(append(out.line[:0], '{'), out.names[0]...), e.cells[0])
	if row.err != nil {
		text := strings.TrimSpace(strings.ToValidUTF8(string(lines.line), lostText))
		out.line = appendJSONText(append(out.line, `,"line":`...), text+lostRow)
	}
	for _, cell := range row.cells {
		if cell.column != e.reader.mark {
			out.line = appendJSON(append(appendJSONText(append(out.line, ','), names[cell.column]), ':'), cell.Cell)
		}
	}
	return out.endLine()
}

// maxShownLines is how many lines of a row's errors are in sight.
const maxShownLines = 8

// writeMarked writes a row at its number. Bad cells are given by their places, from 0, with what is wrong.
func (x *xlsxWriter) writeMarked(number int, cells []Cell, wrong map[int]string) error {
	if x.rows = number + x.shift - 1; x.rows >= maxRows {
		return model.LimitExceeded("", "the sheet has no room for a header: it has %d rows", maxRows)
	}
	lines := min(maxShownLines, 1+strings.Count(cells[0].Text, "\n"))
	x.line = fmt.Appendf(x.line[:0], `<row r="%d" ht="%d" customHeight="1">`, x.rows+1, 15*lines)
	for i := range cells {
		message, isBad := wrong[i]
		if x.isBad = isBad; isBad {
			x.addComment(comment{x.rows + 1, i + 1, message})
			if cells[i].Kind == Empty { // a cell that is there can be coloured
				cells[i] = TextCell("")
			}
		}
		x.isWrapped = i == 0
		if rest := x.appendCell(i+1, &cells[i]); rest != "" {
			return model.LimitExceeded("", "row %d: a text has more than %d UTF-16 units", number, maxCellText)
		}
	}
	x.isBad, x.isWrapped = false, false
	x.line = append(x.line, "</row>"...)
	return x.writeLine()
}

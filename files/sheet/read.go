package sheet

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Options say how a file is read. What is left out is detected.
type Options struct {
	Format    Format
	Sheet     string   // of a workbook; the first that is not hidden where empty
	Delimiter rune     // of CSV
	Quote     rune     // of CSV; NoQuote where texts have none
	Encoding  Encoding // of CSV
	NoHeader  bool     // the first row has values: columns are called A, B, …
}

// NoQuote says that quotes are characters like others.
const NoQuote rune = -1

// maxReadColumns is how many columns a table may have. Calls and records have some forty.
const maxReadColumns = 1000

// Reader reads the rows of a table. It is made by Open.
type Reader struct {
	Format   Format
	Sheet    string   // the sheet that is read
	Sheets   []string // all of a workbook that are not hidden
	Further  []string // those in which the rows go on, which are read as well
	LeftOut  []string // those that are named like sheets in which the rows go on, but have another header
	Columns  []Column // of NDJSON, more are added when a row has them
	Rows     int      // of a workbook, how many rows the sheets that are read have with their headers; else 0
	Encoding Encoding // of CSV, as is Delimiter and Quote
	Delimiter,
	Quote rune
	// Problems are what is odd about the table: doubled headers, merged cells, a header that looks like values.
	Problems []*Error
	Done     int // rows that were left out so far: their mark in the error column says that they are done

	source source
	mark   int         // place of the error column among the cells of the source; -1 where there is none
	places []int       // of columns among the cells of rows, by their numbers; -1 where there is none
	joined map[int]int // likewise, of columns in which the text of another one goes on
	row    Row
	ahead  []*sourceRow // that are read, and that Next has not returned
	end    error        // what follows them, where that is known
}

// source yields rows of cells as a format has them.
type source interface {
	// next returns a row with its cells by their columns from 1 on, or io.EOF.
	next() (*sourceRow, error)
	close()
}

// sourceRow is a row of a source, valid until the next one. Cells are in the order of their columns.
type sourceRow struct {
	number, line int
	cells        []placedCell
	err          *Error // the row as a whole cannot be used
}

// clone returns a copy that stays valid.
func (r *sourceRow) clone() *sourceRow {
	copied := *r
	copied.cells = slices.Clone(r.cells)
	return &copied
}

// Open begins to read a table. A workbook is read once as a whole, so that one that is damaged anywhere is refused
// before a row of it is used. Errors of the file are Error: BAD_USER_INPUT for what is no table of the format,
// LIMIT_EXCEEDED for what is too large. The caller closes the reader.
func Open(r io.ReaderAt, size int64, o Options) (*Reader, error) {
	start := make([]byte, min(size, sniffed))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), start); err != nil {
		return nil, err
	}
	if err := refuseOldWorkbook(start); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, bad(Place{}, "the file is empty")
	}
	if o.Format == "" {
		o.Format = detectFormat(start)
	}
	reader := &Reader{Format: o.Format, mark: -1}
	var err error
	switch o.Format {
	case XLSX:
		err = reader.openWorkbook(r, size, o)
	case NDJSON:
		err = reader.openLines(r, size)
	case CSV:
		err = reader.openCSV(r, size, o)
	default:
		err = bad(Place{}, "the format %s cannot be read", o.Format)
	}
	if err == nil {
		err = reader.readHeader(o.NoHeader)
	}
	if err != nil {
		reader.Close()
		return nil, err
	}
	return reader, nil
}

// Close frees what the reader holds.
func (r *Reader) Close() {
	if r.source != nil {
		r.source.close()
	}
}

// sniffed is how much of a file tells its format.
const sniffed = 64 << 10

// refuseOldWorkbook refuses a file in the compound format of Microsoft, which has no rows that we could read.
func refuseOldWorkbook(start []byte) error {
	if bytes.HasPrefix(start, []byte("\xD0\xCF\x11\xE0")) {
		return bad(Place{}, "the file is a workbook with a password, or an old one (.xls); save it as .xlsx "+
			"without a password")
	}
	return nil
}

func detectFormat(start []byte) Format {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(start, utf8BOM), " \t\r\n")
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		return XLSX
	case bytes.HasPrefix(trimmed, []byte("{")):
		return NDJSON
	}
	return CSV
}

// looksLikeValue matches numbers and dates, which are no headers.
var looksLikeValue = regexp.MustCompile(`^[-+]?[0-9][0-9.,:/ T+Z-]*$`)

// readHeader takes the first row for the header, or names the columns by its cells.
func (r *Reader) readHeader(noHeader bool) error {
	if r.Format == NDJSON {
		return nil
	}
	first, err := r.source.next()
	if err == io.EOF { //nolint:errorlint // sources end with io.EOF itself
		return bad(Place{Sheet: r.Sheet}, "the table has no rows")
	}
	if err != nil {
		return err
	}
	if first.err != nil {
		return first.err
	}
	if n := len(first.cells); n > maxReadColumns {
		return tooLarge(Place{Sheet: r.Sheet, Row: first.number}, "the row has %d columns; at most %d", n, maxReadColumns)
	}
	if noHeader {
		r.ahead = append(r.ahead, first.clone())
		for _, cell := range first.cells {
			r.addColumn(Letters(cell.column), cell.column)
		}
		return nil
	}
	return r.nameColumns(first)
}

// nameColumns names the columns by the cells of the header.
func (r *Reader) nameColumns(header *sourceRow) error {
	at := Place{Sheet: r.Sheet, Row: header.number}
	seen := map[string]int{}
	valueLike := 0
	for _, cell := range header.cells {
		at.Column = cell.column
		name := strings.TrimSpace(cell.String())
		switch other := seen[strings.ToLower(name)]; {
		case cell.Kind == Bad:
			return bad(at, "the header %s", cell.Text)
		case name == "":
			continue
		case isErrorColumn(name) && r.mark < 0:
			r.mark = cell.column
			continue
		case other > 0:
			r.problem(bad(at, "the header %.100q is there twice; the other is in column %s", name, Letters(other)))
		}
		if cell.Kind > Text || looksLikeValue.MatchString(name) {
			valueLike++
		}
		seen[strings.ToLower(name)] = cell.column
		r.addColumn(name, cell.column)
	}
	r.joinColumns()
	at.Column = 0
	if len(r.Columns) == 0 {
		return bad(at, "the row has no headers")
	}
	if valueLike > len(r.Columns)/2 {
		r.problem(bad(at, "the first row looks like values, not like headers"))
	}
	return nil
}

// joinColumns takes away the columns in which the text of another one goes on, as writers of XLSX make them.
func (r *Reader) joinColumns() {
	r.joined = map[int]int{}
	r.Columns = slices.DeleteFunc(r.Columns, func(c Column) bool {
		match := continued.FindStringSubmatch(c.Name)
		if match == nil {
			return false
		}
		of := slices.IndexFunc(r.Columns, func(other Column) bool {
			return other.Name == match[1] && other.Number < c.Number
		})
		if of >= 0 {
			r.joined[c.Number] = of
		}
		return of >= 0
	})
	for i := range r.places {
		r.places[i] = -1
	}
	for i, c := range r.Columns {
		r.places[c.Number] = i
	}
}

// maxProblems is how many problems of a table are kept.
const maxProblems = 100

func (r *Reader) problem(err *Error) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, err)
	}
}

// addColumn adds a column.
func (r *Reader) addColumn(name string, number int) {
	for len(r.places) <= number {
		r.places = append(r.places, -1)
	}
	r.places[number] = len(r.Columns)
	r.Columns = append(r.Columns, Column{name, number})
}

// Next returns the next row that has values, and io.EOF after the last one. The row is valid until the next call. One
// that cannot be used has an Error, and reading goes on; an error of Next ends it.
func (r *Reader) Next() (*Row, error) {
	for {
		from, err := r.nextSourceRow()
		if err != nil {
			return nil, err
		}
		if r.fill(from) {
			return &r.row, nil
		}
	}
}

func (r *Reader) nextSourceRow() (*sourceRow, error) {
	if len(r.ahead) > 0 {
		from := r.ahead[0]
		r.ahead = r.ahead[1:]
		return from, nil
	}
	if r.end != nil {
		return nil, r.end
	}
	return r.source.next()
}

// Peek returns the next rows, at most n, which stay to be read: fewer where the table, or what can be read of it, ends.
func (r *Reader) Peek(n int) (rows []Row) {
	var peeked []*sourceRow
	for len(rows) < n {
		from, err := r.nextSourceRow()
		if err != nil {
			r.end = err
			break
		}
		if !r.fill(from) {
			continue
		}
		peeked = append(peeked, from.clone())
		rows = append(rows, r.row)
		rows[len(rows)-1].Cells = slices.Clone(r.row.Cells)
	}
	r.ahead = append(peeked, r.ahead...)
	return rows
}

// fill makes the row of what the source has. It returns false for a row without values, and for one that is done.
func (r *Reader) fill(from *sourceRow) bool {
	r.row = Row{Number: from.number, Line: from.line, Cells: slices.Grow(r.row.Cells[:0], len(r.Columns))[:len(r.Columns)],
		Error: from.err}
	clear(r.row.Cells)
	hasValue := from.err != nil
	for _, cell := range from.cells {
		if cell.column == r.mark {
			if isDone(cell.Cell) {
				r.Done++
				return false
			}
			continue
		}
		if cell.Kind == Empty {
			continue
		}
		hasValue = true
		if of, isJoined := r.joined[cell.column]; isJoined {
			r.row.Cells[of].Text += cell.Text
			continue
		}
		if cell.column >= len(r.places) || r.places[cell.column] < 0 {
			if r.row.Error == nil && (cell.Kind != Text || cell.Text != "") {
				r.row.Error = bad(r.At(cell.column), "the cell has a value, but its column has no header")
			}
			continue
		}
		r.row.Cells[r.places[cell.column]] = r.valueOf(cell)
	}
	if r.Format == CSV && r.row.Error == nil {
		r.warnOfShort(from.cells)
	}
	return hasValue
}

// valueOf returns a cell as it is meant: without the mark of texts that are no formulas, and bad where text was lost.
func (r *Reader) valueOf(cell placedCell) Cell {
	if r.mark >= 0 && strings.Contains(cell.Text, lostText) {
		return r.lost(cell)
	}
	if r.Format == CSV && cell.Kind == Text {
		cell.Text = WithoutApostrophe(cell.Text)
	}
	return cell.Cell
}

// lost returns a cell of a table of errors that still lacks what could not be read. A row that could not be is refused.
func (r *Reader) lost(cell placedCell) Cell {
	if strings.HasSuffix(cell.Text, lostRow) && r.row.Error == nil {
		r.row.Error = bad(r.At(cell.column), "the row could not be read; see that it is as it should be, and take away %s, "+
			"with which it ends", lostRow)
	}
	return Cell{Kind: Bad, Text: "has the sign " + lostText + " for what could not be read; write what is right",
		Shown: cell.Text}
}

// warnOfShort warns of a row of CSV that ends before the last column.
func (r *Reader) warnOfShort(cells []placedCell) {
	last := r.Columns[len(r.Columns)-1].Number
	if n := len(cells); n > 0 && cells[n-1].column < last {
		r.row.Warning = bad(r.At(0), "the row has %d cells, the header has %d", n, last)
	}
}

// At returns the place of a column, which is numbered from 1, in the row that was read last; that of the row for 0.
func (r *Reader) At(column int) Place {
	place := Place{Sheet: r.Sheet, Row: r.row.Number, Column: column, Line: r.row.Line}
	if source, isSheet := r.source.(*sheetSource); isSheet {
		place.Sheet, place.Row = source.placeOf(place.Row)
	}
	return place
}

// CellError returns why a cell of the row that was read last cannot be used, nil where it can.
func (r *Reader) CellError(i int) *Error {
	if cell := r.row.Cells[i]; cell.Kind == Bad {
		return bad(r.At(r.Columns[i].Number), "the cell %s", cell.Text)
	}
	return nil
}

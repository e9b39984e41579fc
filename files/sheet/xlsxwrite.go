package sheet

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/klauspost/compress/flate"

	"callbook/model"
)

// maxSheetBytes is the size of a sheet after which a further one begins: a part of a workbook has less than 4 GiB.
const maxSheetBytes = 3 << 30

// xlsxWriter writes a workbook as a stream: a row goes into the archive as it comes. excelize's StreamWriter keeps the
// sheet in a temporary file until its end, takes several times as long, and cannot add columns for long texts.
type xlsxWriter struct {
	archive *zip.Writer
	out     *bufio.Writer // of the sheet's part

	name    string // of the sheet
	part2   int    // which sheet of that name it is, from 1
	columns []WriteColumn
	further []furtherColumn
	rows    int // number of the row that was written last
	first   int // of the header; 1 where 0
	bytes   int64
	line    []byte

	shift     int  // by how many rows marked rows move
	isBad     bool // the cell under way is marked as bad
	isWrapped bool // the cell under way has lines
	comments  []comment
	hasNotes  []bool   // of each sheet: whether it has comments
	sheets    []string // names
	headers   []string // the shared texts: headers are those, so that further columns get theirs when they are needed
}

// furtherColumn is where a text goes on.
type furtherColumn struct {
	of, part int // the column, and which part of its text it has, from 2
	header   int // the shared text
}

func newXLSXWriter(w io.Writer, o WriteOptions) (Writer, error) {
	x := newWorkbookWriter(w)
	return x, x.start(o)
}

func newWorkbookWriter(w io.Writer) *xlsxWriter {
	x := &xlsxWriter{archive: zip.NewWriter(w), out: bufio.NewWriterSize(nil, sniffed)}
	x.archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 3) })
	return x
}

// start begins the workbook with its first sheet.
func (x *xlsxWriter) start(o WriteOptions) error {
	if err := x.writePart("_rels/.rels", rootRelations); err != nil {
		return err
	}
	return x.NextSheet(o.Sheet, o.Columns)
}

func (x *xlsxWriter) writePart(name, text string) error {
	part, err := x.archive.Create(name)
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	return err
}

// NextSheet ends the sheet and begins another one.
func (x *xlsxWriter) NextSheet(name string, columns []WriteColumn) error {
	if err := x.endSheet(); err != nil {
		return err
	}
	x.name, x.columns, x.part2 = name, columns, 0
	return x.beginSheet()
}

// beginSheet begins a sheet with the header. The next one of the same name has a number.
func (x *xlsxWriter) beginSheet() error {
	x.part2++
	x.sheets = append(x.sheets, sheetName(x.name, x.part2, x.sheets))
	part, err := x.archive.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(x.sheets)))
	if err != nil {
		return err
	}
	x.out.Reset(part)
	x.first = max(x.first, 1)
	x.rows, x.bytes, x.further = x.first-1, 0, x.further[:0]
	for i, column := range x.columns {
		for part := range column.Long {
			x.further = append(x.further, furtherColumn{of: i, part: part + 2})
		}
	}
	x.line = fmt.Appendf(x.line[:0], sheetStart, x.first, x.first+1)
	for i, column := range x.columns {
		width := column.Width
		if width == 0 {
			width = 16
		}
		x.line = fmt.Appendf(x.line, `<col min="%d" max="%d" width="%.4g" customWidth="1"/>`, i+1, i+1, width)
	}
	x.line = fmt.Appendf(x.line, `</cols><sheetData><row r="%d" ht="24" customHeight="1">`, x.first)
	for i, column := range x.columns {
		x.begin(i+1, headerStyle, "")
		x.line = fmt.Appendf(x.line, ` t="s"><v>%d</v></c>`, len(x.headers))
		x.headers = append(x.headers, column.Name)
	}
	for i := range x.further {
		x.further[i].header = len(x.headers)
		x.begin(len(x.columns)+i+1, plainStyle, "")
		x.line = fmt.Appendf(x.line, ` t="s"><v>%d</v></c>`, len(x.headers))
		x.headers = append(x.headers, "")
	}
	x.line = append(x.line, "</row>"...)
	return x.writeLine()
}

func (x *xlsxWriter) writeLine() error {
	x.rows++
	x.bytes += int64(len(x.line))
	_, err := x.out.Write(x.line)
	return err
}

// WriteRow writes a row. After the last one that a sheet can hold a further sheet begins.
func (x *xlsxWriter) WriteRow(cells []Cell) error {
	if x.rows == maxRows || x.bytes > maxSheetBytes {
		if err := x.endSheet(); err != nil {
			return err
		}
		if err := x.beginSheet(); err != nil {
			return err
		}
	}
	x.line = append(strconv.AppendInt(append(x.line[:0], `<row r="`...), int64(x.rows+1), 10), `">`...)
	isLong := false
	for i := range cells {
		rest := x.appendCell(i+1, &cells[i])
		isLong = isLong || rest != ""
	}
	if isLong {
		if err := x.appendRests(cells); err != nil {
			return err
		}
	}
	x.line = append(x.line, "</row>"...)
	return x.writeLine()
}

// appendRests appends what does not fit into the cells of a row, in the further columns.
func (x *xlsxWriter) appendRests(cells []Cell) error {
	for i, cell := range cells {
		if cell.Kind != Text && cell.Kind != JSON && cell.Kind != Bad {
			continue
		}
		_, rest := cutText(cell.Text)
		for at := range x.further {
			if f := &x.further[at]; f.of == i && rest != "" {
				x.headers[f.header] = continuedName(x.columns[i].Name, f.part)
				rest = x.appendCell(len(x.columns)+at+1, &Cell{Kind: Text, Text: rest})
			}
		}
		if rest != "" {
			return model.LimitExceeded("", "row %d: the text of %q is too long for XLSX, whose cells have at most %d UTF-16 "+
				"units; take another format", x.rows+1, x.columns[i].Name, maxCellText)
		}
	}
	return nil
}

// appendCell appends a cell, and returns what of its text does not fit.
func (x *xlsxWriter) appendCell(column int, cell *Cell) (rest string) {
	switch cell.Kind {
	case Empty:
		return ""
	case Number:
		if len(strings.TrimPrefix(cell.Text, "-")) > maxExactDigits { // beyond them, programs would round it
			return x.appendCell(column, &Cell{Kind: Text, Text: cell.Text})
		}
		x.begin(column, plainStyle, `><v>`)
		x.line = append(append(x.line, cell.Text...), "</v></c>"...)
	case Bool:
		x.begin(column, plainStyle, ` t="b"><v>`)
		x.line = append(append(x.line, bit(cell.Text == "true")), "</v></c>"...)
	case Time:
		serial, isDate := serialOf(cell.Time)
		if !isDate {
			return x.appendCell(column, &Cell{Kind: Text, Text: cell.String()})
		}
		x.begin(column, timeStyle, `><v>`)
		x.line = append(strconv.AppendFloat(x.line, serial, 'f', -1, 64), "</v></c>"...)
	default:
		text, rest := cutText(cell.Text)
		x.begin(column, plainStyle, ` t="inlineStr"><is><t xml:space="preserve">`)
		x.line = append(appendXMLText(x.line, text), "</t></is></c>"...)
		return rest
	}
	return ""
}

func bit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

const maxExactDigits = 15

// begin appends the beginning of a cell with its place and style, and what comes after.
func (x *xlsxWriter) begin(column, style int, after string) {
	x.line = append(append(x.line, `<c r="`...), Letters(column)...)
	x.line = strconv.AppendInt(x.line, int64(x.rows+1), 10)
	if x.isBad {
		style += badStyles
	}
	if x.isWrapped {
		style = wrappedStyle
	}
	if style != plainStyle {
		x.line = strconv.AppendInt(append(x.line, `" s="`...), int64(style), 10)
	}
	x.line = append(append(x.line, '"'), after...)
}

// Fits reports whether a text fits into so many cells of XLSX.
func Fits(text string, cells int) bool {
	for range cells {
		if _, text = cutText(text); text == "" {
			return true
		}
	}
	return false
}

// cutText returns what of a text fits into a cell, and the rest.
func cutText(text string) (first, rest string) {
	if len(text) <= maxCellText {
		return text, ""
	}
	units := 0
	for i, r := range text {
		if units += max(1, utf16.RuneLen(r)); units > maxCellText {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// endSheet ends the sheet, if one has begun.
func (x *xlsxWriter) endSheet() error {
	if len(x.sheets) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(x.out, `</sheetData><autoFilter ref="A%d:%s%d"/>`, x.first, Letters(max(1, len(x.columns))), x.rows)
	x.hasNotes = append(x.hasNotes, len(x.comments) > 0)
	if len(x.comments) > 0 {
		_, _ = x.out.WriteString(`<legacyDrawing r:id="rId1"/>`)
	}
	_, _ = x.out.WriteString(`</worksheet>`)
	if err := x.out.Flush(); err != nil {
		return err
	}
	return x.writeComments()
}

// Close writes the parts that list the others.
func (x *xlsxWriter) Close() error {
	if err := x.endSheet(); err != nil {
		return err
	}
	for _, part := range x.lists() {
		if err := x.writePart(part.name, part.text); err != nil {
			return err
		}
	}
	return x.archive.Close()
}

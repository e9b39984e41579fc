package sheet

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sheetParser reads the cells of a sheet.
type sheetParser struct {
	book    *workbook
	sheet   sheetInfo
	body    io.ReadCloser
	scanner *xmlScanner

	row    int // number of the row that was read last
	column int // of its cell that was read last
	cells  []placedCell
	merges []cellRange
	widths []columnWidth
	inData bool
	isOver bool // sheetData has ended

	text       richText
	value      []byte
	hasFormula bool
}

// placedCell is a cell with its column.
type placedCell struct {
	column int
	Cell
}

// cellRange is a rectangle of cells.
type cellRange struct{ top, left, bottom, right int }

// maxMerges is how many merged ranges a sheet may have.
const maxMerges = 100000

func newSheetParser(book *workbook, sheet sheetInfo) (*sheetParser, error) {
	body, err := book.open(book.parts[sheet.part], maxPart)
	if err != nil {
		return nil, err
	}
	return &sheetParser{book: book, sheet: sheet, body: body, scanner: newXMLScanner(body)}, nil
}

// next reads the next row that has cells, and io.EOF after the last one, when the whole part has been read. The cells
// are valid until the next call.
func (p *sheetParser) next() (row int, cells []placedCell, err error) {
	for {
		token, _, err := p.scanner.next()
		if err == io.EOF { //nolint:errorlint // the scanner ends with io.EOF itself
			if !p.isOver {
				return 0, nil, bad(Place{Sheet: p.sheet.name}, "the sheet has no data")
			}
			return 0, nil, io.EOF
		}
		if err == nil {
			err = p.visit(token)
		}
		if err != nil {
			return 0, nil, p.placed(err)
		}
		if token == endTag && p.scanner.name == "row" && p.inData && len(p.cells) > 0 {
			return p.row, p.cells, nil
		}
	}
}

// placed returns an error with the sheet, and with the row where it is not known.
func (p *sheetParser) placed(err error) error {
	err = partError(p.book.parts[p.sheet.part].Name, err)
	if own, isOwn := errors.AsType[*Error](err); isOwn {
		if own.Sheet = p.sheet.name; own.Row == 0 {
			own.Row = p.row
		}
	}
	return err
}

func (p *sheetParser) visit(token xmlToken) error {
	s := p.scanner
	switch {
	case s.name == "sheetData" && token != textRun:
		p.inData = token == startTag
		p.isOver = p.isOver || token == endTag
	case token != startTag:
	case s.name == "row" && p.inData:
		return p.startRow()
	case s.name == "c" && p.inData:
		return p.readCell()
	case s.name == "col" && len(p.widths) < maxReadColumns:
		p.addWidth()
	case s.name == "mergeCell":
		return p.addMerge()
	}
	return nil
}

func (p *sheetParser) addMerge() error {
	if len(p.merges) == maxMerges {
		return tooLarge(Place{}, "the sheet has more than %d merged ranges", maxMerges)
	}
	if merged, ok := parseRange(p.scanner.attribute("ref")); ok {
		p.merges = append(p.merges, merged)
	}
	return nil
}

// columnWidth is the width of columns in characters.
type columnWidth struct {
	first, last int
	width       float64
}

func (p *sheetParser) addWidth() {
	number := func(name string) float64 {
		n, _ := strconv.ParseFloat(string(p.scanner.rawAttribute(name)), 64)
		return n
	}
	p.widths = append(p.widths, columnWidth{int(number("min")), int(number("max")), number("width")})
}

func (p *sheetParser) startRow() error {
	number := p.row + 1
	if raw := p.scanner.rawAttribute("r"); raw != nil {
		n, err := strconv.Atoi(string(raw))
		if err != nil || n <= p.row {
			return bad(Place{}, "a row has the number %.20q after row %d", raw, p.row)
		}
		number = n
	}
	if number > maxRows {
		return tooLarge(Place{}, "a sheet has at most %d rows", maxRows)
	}
	p.row, p.column, p.cells = number, 0, p.cells[:0]
	return nil
}

// readCell reads a cell up to its end.
func (p *sheetParser) readCell() error {
	s := p.scanner
	column := p.column + 1
	if raw := s.rawAttribute("r"); raw != nil {
		c, r, ok := parseReference(raw)
		if !ok || r != p.row || c < column {
			return bad(Place{}, "a cell has the place %.20q in row %d after column %s", raw, p.row, Letters(column-1))
		}
		column = c
	}
	if column > maxColumns {
		return tooLarge(Place{}, "a sheet has at most %d columns", maxColumns)
	}
	style, _ := strconv.Atoi(string(s.rawAttribute("s")))
	kind := cellType(s.rawAttribute("t"))
	hasValue, err := p.readValue()
	if err != nil {
		return err
	}
	cell, err := p.cell(kind, style, hasValue)
	if own, isOwn := errors.AsType[*Error](err); isOwn {
		own.Row, own.Column = p.row, column
	}
	if p.column = column; cell.Kind != Empty {
		p.cells = append(p.cells, placedCell{column, cell})
	}
	return err
}

// cellType returns the type of a cell without copying the usual ones.
func cellType(raw []byte) string {
	for _, known := range []string{"s", "inlineStr", "str", "b", "e", "d"} {
		if string(raw) == known {
			return known
		}
	}
	return "n"
}

// readValue reads the value of a cell and its text up to its end.
func (p *sheetParser) readValue() (hasValue bool, err error) {
	s := p.scanner
	p.text.reset()
	p.value, p.hasFormula = p.value[:0], false
	depth, inValue := len(s.open), false
	for {
		token, run, err := s.next()
		switch {
		case err != nil:
			return false, err
		case token == endTag && len(s.open) < depth:
			return hasValue, nil
		case token == textRun && inValue:
			if len(p.value)+len(run) > maxCellBytes {
				return false, tooLarge(Place{}, "a value has more than %d bytes", maxCellBytes)
			}
			p.value = append(p.value, run...)
		case token != textRun && s.name == "v":
			hasValue, inValue = true, token == startTag
		case token == startTag && s.name == "f":
			p.hasFormula = true
		default:
			if err := p.text.visit(s, token, run); err != nil {
				return false, err
			}
		}
	}
}

// cell returns the cell whose value and text have been read.
func (p *sheetParser) cell(kind string, style int, hasValue bool) (Cell, error) {
	if !hasValue && kind != "inlineStr" {
		if p.hasFormula {
			return Cell{Kind: Bad, Text: "is a formula whose value was not kept; open the file in a spreadsheet program, and " +
				"save it again"}, nil
		}
		return Cell{}, nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(p.value))
		if err != nil {
			i = -1
		}
		text, exists, err := p.book.texts.get(i)
		if !exists && err == nil {
			err = bad(Place{}, "refers to the shared text %.20q; the workbook has %d", p.value, p.book.texts.count)
		}
		return validText(text), err
	case "inlineStr":
		return validText(string(unescapeText(p.text.text))), nil
	case "str":
		return validText(string(unescapeText(p.value))), nil
	case "b":
		return BoolCell(isTrue(p.value)), nil
	case "e":
		return Cell{Kind: Bad, Text: "has the error " + string(p.value), Shown: string(p.value)}, nil
	case "d":
		return isoCell(string(p.value)), nil
	}
	return p.number(string(p.value), style), nil
}

func validText(text string) Cell {
	if !utf8.ValidString(text) {
		return Cell{Kind: Bad, Text: "has a text that is not UTF-8", Shown: strings.ToValidUTF8(text, "\uFFFD")}
	}
	return TextCell(text)
}

func (p *sheetParser) number(value string, style int) Cell {
	if value == "" {
		return Cell{}
	}
	if style >= 0 && style < len(p.book.formats) && p.book.formats[style] != plainNumber {
		cell := serialCell(value, p.book.formats[style], p.book.is1904)
		if cell.Kind == Bad {
			cell.Shown = value
		}
		return cell
	}
	text, ok := numberText(value)
	if !ok {
		return Cell{Kind: Bad, Text: "has a number that is none", Shown: value}
	}
	return Cell{Kind: Number, Text: text}
}

// isoCell returns a cell of a time as ISO 8601 writes it.
func isoCell(value string) Cell {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return TimeCell(t)
		}
	}
	return Cell{Kind: Bad, Text: "has a date that is none", Shown: value}
}

// parseReference returns the column and the row of a cell such as B7, both from 1.
func parseReference(ref []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	digits := ref[i:]
	for ; i < len(ref) && ref[i] >= '0' && ref[i] <= '9' && len(digits) < 9; i++ {
		row = row*10 + int(ref[i]-'0')
	}
	return column, row, column > 0 && row > 0 && i == len(ref)
}

// parseRange parses a range such as A2:B7.
func parseRange(ref string) (cellRange, bool) {
	var r cellRange
	for i := range ref {
		if ref[i] == ':' {
			var ok1, ok2 bool
			r.left, r.top, ok1 = parseReference([]byte(ref[:i]))
			r.right, r.bottom, ok2 = parseReference([]byte(ref[i+1:]))
			return r, ok1 && ok2
		}
	}
	return r, false
}

package sheet

import (
	"fmt"
	"io"
	"slices"
)

// openWorkbook opens a sheet of a workbook, after it has been read once. Where no sheet is named, those follow in which
// the rows of the first one go on.
func (r *Reader) openWorkbook(file io.ReaderAt, size int64, o Options) error {
	book, err := openWorkbook(file, size)
	if err != nil {
		return err
	}
	source := &sheetSource{book: book}
	r.source = source
	chosen, err := book.sheet(o.Sheet)
	if err != nil {
		return err
	}
	r.Sheet = chosen.name
	for _, s := range book.sheets {
		if !s.isHidden {
			r.Sheets = append(r.Sheets, s.name)
		}
	}
	first, err := r.checkSheet(book, chosen)
	if err != nil {
		return err
	}
	source.parts = []sheetPart{*first}
	if o.Sheet == "" && !o.NoHeader {
		if err := r.addParts(source); err != nil {
			return err
		}
	}
	return source.open()
}

// checkSheet reads a sheet as a whole, and returns what is known of it then.
func (r *Reader) checkSheet(book *workbook, info sheetInfo) (*sheetPart, error) {
	checked, err := newSheetParser(book, info)
	if err != nil {
		return nil, err
	}
	defer checked.body.Close()
	part := &sheetPart{sheetInfo: info}
	for rows := 0; ; rows++ {
		_, cells, err := checked.next()
		if err == io.EOF { //nolint:errorlint // sources end with io.EOF itself
			break
		}
		if err != nil {
			return nil, err
		}
		if n := len(cells); n > maxReadColumns {
			return nil, tooLarge(Place{Sheet: info.name, Row: checked.row}, "the row has %d cells; at most %d", n,
				maxReadColumns)
		}
		if rows == 0 {
			part.header = slices.Clone(cells)
		}
		r.Rows++
	}
	part.lastRow = checked.row
	if err := part.setMerges(checked.merges); err != nil {
		return nil, err
	}
	for _, merged := range part.merges[:min(len(part.merges), maxProblems)] {
		r.problem(bad(Place{info.name, merged.top, merged.left, 0}, "the cells %s are merged: only the first has a value",
			merged))
	}
	return part, nil
}

// String returns the range as A2:B7.
func (c cellRange) String() string {
	return fmt.Sprintf("%s%d:%s%d", Letters(c.left), c.top, Letters(c.right), c.bottom)
}

// sheetSource yields the rows of a sheet, and of those in which they go on. Cells that a merged range covers are
// bad.
type sheetSource struct {
	book   *workbook
	parts  []sheetPart // those that are left; the first is being read
	parser *sheetParser
	begun  int         // how many merged ranges have begun
	active []cellRange // those of them that reach the row

	hasHeader bool // the first row of the sheet has been read
	isFurther bool // the sheet is not the first one
	before    int  // rows of sheets before
	row       sourceRow
}

// open begins to read the first of the sheets that are left.
func (s *sheetSource) open() (err error) {
	if s.parser != nil {
		_ = s.parser.body.Close()
	}
	s.begun, s.active, s.hasHeader = 0, nil, false
	s.parser, err = newSheetParser(s.book, s.parts[0].sheetInfo)
	return err
}

func (s *sheetSource) next() (*sourceRow, error) {
	row, cells, err := s.parser.next()
	if err == io.EOF && len(s.parts) > 1 { //nolint:errorlint // the parser ends with io.EOF itself
		return s.nextSheet()
	}
	if err != nil {
		return nil, err
	}
	merges := s.parts[0].merges
	for ; s.begun < len(merges) && merges[s.begun].top <= row; s.begun++ {
		s.active = append(s.active, merges[s.begun])
	}
	s.active = slices.DeleteFunc(s.active, func(m cellRange) bool { return m.bottom < row })
	for _, merged := range s.active {
		if s.hasHeader || row > merged.top { // a header may extend over columns
			cells = cover(cells, merged, row)
		}
	}
	if !s.hasHeader && !s.isFurther && len(s.parts) > 1 {
		cells = s.parts[0].header
	}
	s.hasHeader = true
	s.row = sourceRow{number: s.before + row, cells: cells}
	return &s.row, nil
}

// nextSheet goes on to the next sheet, and returns its first row after the header.
func (s *sheetSource) nextSheet() (*sourceRow, error) {
	s.before, s.isFurther = s.before+s.parts[0].lastRow, true
	s.parts = s.parts[1:]
	if err := s.open(); err != nil {
		return nil, err
	}
	if _, err := s.next(); err != nil { // the header
		return nil, err
	}
	return s.next()
}

// cover makes the cells of a row bad that a merged range covers, but for its first.
func cover(cells []placedCell, merged cellRange, row int) []placedCell {
	covered := Cell{Kind: Bad, Text: "is one of the merged cells " + merged.String() + ", of which only the first has a " +
		"value; unmerge them"}
	for column := merged.left; column <= min(merged.right, maxReadColumns); column++ {
		if row == merged.top && column == merged.left {
			continue
		}
		at, exists := slices.BinarySearchFunc(cells, column, func(c placedCell, column int) int { return c.column - column })
		if !exists {
			cells = slices.Insert(cells, at, placedCell{column: column})
		}
		cells[at].Cell = covered
	}
	return cells
}

func (s *sheetSource) close() {
	if s.parser != nil {
		_ = s.parser.body.Close()
	}
	s.book.close()
}

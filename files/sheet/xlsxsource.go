package sheet

import (
	"fmt"
	"io"
	"slices"
)

// openWorkbook opens a sheet of a workbook, after it has been read once.
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
	checked, err := newSheetParser(book, chosen)
	if err != nil {
		return err
	}
	defer checked.body.Close()
	for {
		_, cells, err := checked.next()
		if err == io.EOF { //nolint:errorlint // sources end with io.EOF itself
			break
		}
		if err != nil {
			return err
		}
		if n := len(cells); n > maxReadColumns {
			return tooLarge(Place{Sheet: r.Sheet, Row: checked.row}, "the row has %d cells; at most %d", n, maxReadColumns)
		}
		r.Rows++
	}
	source.setMerges(checked.merges)
	for _, merged := range source.merges[:min(len(source.merges), maxProblems)] {
		r.problem(bad(Place{r.Sheet, merged.top, merged.left, 0},
			"the cells %s are merged: only the first has a value", merged))
	}
	source.parser, err = newSheetParser(book, chosen)
	return err
}

// String returns the range as A2:B7.
func (c cellRange) String() string {
	return fmt.Sprintf("%s%d:%s%d", Letters(c.left), c.top, Letters(c.right), c.bottom)
}

// sheetSource yields the rows of a sheet. Cells that are covered by a merged range are bad.
type sheetSource struct {
	book   *workbook
	parser *sheetParser
	merges []cellRange // by their first rows
	begun  int         // how many of them have begun
	active []cellRange // those of them that reach the row

	hasHeader bool // the first row has been read
	row       sourceRow
}

func (s *sheetSource) setMerges(merges []cellRange) {
	slices.SortFunc(merges, func(a, b cellRange) int { return a.top - b.top })
	s.merges = merges
}

func (s *sheetSource) next() (*sourceRow, error) {
	row, cells, err := s.parser.next()
	if err != nil {
		return nil, err
	}
	for ; s.begun < len(s.merges) && s.merges[s.begun].top <= row; s.begun++ {
		s.active = append(s.active, s.merges[s.begun])
	}
	s.active = slices.DeleteFunc(s.active, func(m cellRange) bool { return m.bottom < row })
	for _, merged := range s.active {
		if s.hasHeader || row > merged.top { // a header may extend over columns
			cells = cover(cells, merged, row)
		}
	}
	s.hasHeader = true
	s.row = sourceRow{number: row, cells: cells}
	return &s.row, nil
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

package sheet

import (
	"slices"
	"strings"
)

// sheetPart is a sheet that has been read once: the one that was chosen, or one in which its rows go on.
type sheetPart struct {
	sheetInfo
	header  []placedCell // the first row
	lastRow int          // its number
	merges  []cellRange  // by their first rows
}

// maxMergedCells is how many cells the merged ranges of a sheet may cover: each of them becomes a bad one.
const maxMergedCells = 10_000_000

// setMerges takes the merged ranges. LIMIT_EXCEEDED where those cover too many cells up to the last row.
func (p *sheetPart) setMerges(merges []cellRange) error {
	covered := 0
	for _, m := range merges {
		rows, columns := min(m.bottom, p.lastRow)-m.top+1, min(m.right, maxReadColumns)-m.left+1
		if covered += max(0, rows) * max(0, columns); covered > maxMergedCells {
			return tooLarge(Place{Sheet: p.name}, "the merged ranges cover more than %d cells; unmerge them", maxMergedCells)
		}
	}
	slices.SortFunc(merges, func(a, b cellRange) int { return a.top - b.top })
	p.merges = merges
	return nil
}

// addParts adds the sheets in which the rows of the first one go on, as writers of XLSX make them when a sheet is full:
// they are called NAME (2) and so on, and have its header. One with another header, and those after it, are told as
// LeftOut.
func (r *Reader) addParts(source *sheetSource) error {
	for number := 2; ; number++ {
		name := sheetName(r.Sheet, number, nil)
		at := slices.IndexFunc(source.book.sheets, func(s sheetInfo) bool { return s.name == name && !s.isHidden })
		if at < 0 {
			return nil
		}
		if len(r.LeftOut) > 0 {
			r.LeftOut = append(r.LeftOut, name)
			continue
		}
		rows, problems := r.Rows, len(r.Problems)
		part, err := r.checkSheet(source.book, source.book.sheets[at])
		if err != nil {
			return err
		}
		header, isSame := joinHeaders(source.parts[0].header, part.header)
		if !isSame {
			r.Rows, r.Problems, r.LeftOut = rows, r.Problems[:problems], append(r.LeftOut, name)
			continue
		}
		r.Further = append(r.Further, name)
		source.parts[0].header = header
		source.parts = append(source.parts, *part)
	}
}

// joinHeaders returns the header of two sheets, and reports whether they have the same one. A column in which a text
// goes on has a header in those sheets alone that needed it.
func joinHeaders(first, other []placedCell) (header []placedCell, isSame bool) {
	texts := map[int]string{}
	for _, cell := range first {
		texts[cell.column] = strings.TrimSpace(cell.String())
	}
	for _, cell := range other {
		text := strings.TrimSpace(cell.String())
		if had := texts[cell.column]; had == "" && continued.MatchString(text) {
			texts[cell.column] = text
		} else if had != text && (text != "" || !continued.MatchString(had)) {
			return nil, false
		}
	}
	for _, cell := range first {
		if text := strings.TrimSpace(cell.String()); text != "" && !continued.MatchString(text) &&
			!slices.ContainsFunc(other, func(c placedCell) bool { return c.column == cell.column }) {
			return nil, false
		}
		header = append(header, cell)
		if cell.String() == "" && texts[cell.column] != "" {
			header[len(header)-1].Cell = TextCell(texts[cell.column])
		}
	}
	return header, true
}

// placeOf returns the sheet and the number in it of a row, which is counted on from sheet to sheet.
func (s *sheetSource) placeOf(row int) (sheet string, number int) {
	return s.parts[0].name, row - s.before
}

package sheet

import (
	"io"

	"callbook/model"
)

// WriteColumn is a column that is written.
type WriteColumn struct {
	Name  string
	Width float64 // in XLSX, in characters; 0 for the usual
	// Long is how many further columns a text may take in XLSX, whose cells hold 32,767 UTF-16 units. They stand at the
	// end, and have a header where a row needed them. Readers put the parts together again.
	Long int
}

// WriteOptions say how a table is written.
type WriteOptions struct {
	Sheet     string // of XLSX: its name
	Columns   []WriteColumn
	IsUnsafe  bool // of CSV: texts that spreadsheet programs take for formulas are left as they are
	BOM       bool // of CSV: begins with a byte order mark, by which Excel knows UTF-8
	Delimiter rune // of CSV; a comma where 0
}

// Writer writes the rows of a table as they come. It is made by NewWriter.
type Writer interface {
	// WriteRow writes a row, whose cells are as many as the columns, or fewer. A text that is too long for its cell is
	// LIMIT_EXCEEDED.
	WriteRow(cells []Cell) error
	// NextSheet begins a further sheet. Only XLSX has some.
	NextSheet(name string, columns []WriteColumn) error
	// Close writes what is left; it does not close the writer below.
	Close() error
}

// NewWriter returns a writer of a format, which has written the header.
func NewWriter(w io.Writer, f Format, o WriteOptions) (Writer, error) {
	switch f {
	case XLSX:
		return newXLSXWriter(w, o)
	case CSV:
		return newCSVWriter(w, o)
	case NDJSON:
		return newLineWriter(w, o), nil
	}
	return nil, model.BadInput("", "the format %s cannot be written", f)
}

// oneSheet is embedded by writers of formats that have one sheet.
type oneSheet struct{}

func (oneSheet) NextSheet(string, []WriteColumn) error {
	return model.BadInput("", "the format has one sheet alone; take XLSX")
}

package jobs

import (
	"slices"
	"time"

	"callbook/db"
)

// TableRows writes rows as a JSON list of lists, whose values are as the schema's scalars print them.
type TableRows struct{ rows ndjsonRows }

const minFree = 1 << 10 // bytes, which most rows need less than

// NewTableRows returns an empty list of rows with these columns.
func NewTableRows(columns []db.ExportColumn) *TableRows {
	return &TableRows{ndjsonRows{textRows: textRows{columns: columns, zone: time.UTC, buffer: []byte{'['}}}}
}

// Add writes a row, of which it keeps nothing. It returns no error.
func (t *TableRows) Add(cells []db.Cell) error {
	if free := cap(t.rows.buffer) - len(t.rows.buffer); free < minFree { // append grows large buffers by a quarter
		t.rows.buffer = slices.Grow(t.rows.buffer, max(len(t.rows.buffer), 4*minFree))
	}
	if len(t.rows.buffer) > 1 {
		t.rows.buffer = append(t.rows.buffer, ',')
	}
	t.rows.buffer = append(t.rows.buffer, '[')
	for i := range cells {
		if i > 0 {
			t.rows.buffer = append(t.rows.buffer, ',')
		}
		t.rows.appendCell(t.rows.columns[i].Kind, &cells[i])
	}
	t.rows.buffer = append(t.rows.buffer, ']')
	return nil
}

// JSON returns the list. No rows may be added afterwards.
func (t *TableRows) JSON() []byte { return append(t.rows.buffer, ']') }

package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/thedatashed/xlsxreader"
	"github.com/xuri/excelize/v2"
)

// hostileTexts are texts that formats easily lose.
var hostileTexts = []string{
	"", " ", "a,b", `say "yes"`, "two\nlines", "two\r\nlines", "\r", "\t", "=1+1", "+86 138", "-1", "@SUM(A1)", "'quoted'",
	"通话目的", "😀👨‍👩‍👧", "a\x01b\x1f", "_x0041_", "_x005F_x0041_", "_x000D_", "_xD83D__xDE00_", "<a>&amp;</a>", "]]>", "007",
	"1e5", "TRUE", "null", "2024-05-17", " leading", "trailing ", "\uFFFD", "\uFFFE", "\u2028", strings.Repeat("好", 32767),
	"x" + strings.Repeat("😀", 30000), "done", `\u0000`, "a;b|c", "\ufeffBOM",
}

// writeTable returns a file of a format.
func writeTable(t testing.TB, f Format, o WriteOptions, rows [][]Cell) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, f, o)
	for _, row := range rows {
		if err == nil {
			err = w.WriteRow(row)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readTable returns the columns and the rows of a file. Rows with an error fail the test.
func readTable(t testing.TB, file []byte) (columns []Column, rows [][]Cell) {
	t.Helper()
	r, err := Open(bytes.NewReader(file), int64(len(file)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Columns, rows
		}
		if err == nil && row.Error != nil {
			err = row.Error
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, append([]Cell(nil), row.Cells...))
	}
}

// TestRoundTrips writes random tables with hostile texts in each format, and reads them again. Times are before 2079:
// the numbers of XLSX are exact to the microsecond until then.
func TestRoundTrips(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	columns := []WriteColumn{{Name: "key"}, {Name: "text", Long: 1}, {Name: "数字"}, {Name: "truth"}, {Name: "time"}}
	var rows [][]Cell
	for i := range 3 * len(hostileTexts) {
		row := []Cell{NumberCell(int64(i)), TextCell(hostileTexts[i%len(hostileTexts)]), {}, {}, {}}
		if i%2 == 0 {
			row[2] = NumberCell(random.Int64N(1e15) - 5e14)
			row[3] = BoolCell(i%4 == 0)
			row[4] = TimeCell(time.UnixMicro(random.Int64N(3.4e15)).UTC())
		}
		rows = append(rows, row)
	}
	for _, f := range []Format{XLSX, CSV, NDJSON} {
		file := writeTable(t, f, WriteOptions{Sheet: "Calls", Columns: columns, IsUnsafe: true}, rows)
		got, read := readTable(t, file)
		if len(got) != len(columns) || len(read) != len(rows) {
			t.Fatalf("%s: got %d rows of the columns %v, want %d of %v", f, len(read), got, len(rows), columns)
		}
		for i, row := range rows {
			for j, want := range row {
				if !sameCell(f, read[i][j], want) {
					t.Errorf("%s, row %d, column %s: got %.80q, want %.80q", f, i+1, columns[j].Name, fmt.Sprint(read[i][j]),
						fmt.Sprint(want))
				}
			}
		}
	}
}

// sameCell reports whether a cell that was read is what was written, as far as a format has types.
func sameCell(f Format, got, want Cell) bool {
	switch {
	case want.Kind == Empty || got.Kind == Empty:
		return got.Kind == want.Kind
	case f == NDJSON && want.Kind == Time:
		return got.Text == want.Time.Format(time.RFC3339Nano)
	case want.Kind == Time && f == XLSX:
		return got.Kind == Time && got.Time.Equal(want.Time)
	case f == CSV:
		return got.Kind == Text && got.Text == want.String()
	}
	return got.Kind == want.Kind && got.Text == want.Text
}

// TestOthersReadWhatIsWritten reads a workbook by two other libraries.
func TestOthersReadWhatIsWritten(t *testing.T) {
	at := time.Date(2024, 5, 17, 8, 30, 59, 0, time.UTC)
	rows := [][]Cell{}
	for _, text := range hostileTexts {
		if len(text) < 1000 {
			rows = append(rows, []Cell{TextCell(text), NumberCell(42), BoolCell(true), TimeCell(at)})
		}
	}
	columns := []WriteColumn{{Name: "text"}, {Name: "number"}, {Name: "truth"}, {Name: "time"}}
	file := writeTable(t, XLSX, WriteOptions{Sheet: "Calls", Columns: columns}, rows)

	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cell := func(column string) string {
			value, err := book.GetCellValue("Calls", fmt.Sprint(column, i+2))
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		text := cell("A")
		// excelize reads escapes of surrogates and of U+FFFE otherwise
		if want := row[0].Text; text != want && !strings.Contains(want, "_x") && want != "\uFFFE" {
			t.Errorf("excelize, row %d: got %q, want %q", i+2, text, want)
		}
		if n, b, d := cell("B"), cell("C"), cell("D"); n != "42" || b != "TRUE" || d != "2024-05-17 08:30:59" {
			t.Errorf("excelize, row %d: got %q, %q and %q", i+2, n, b, d)
		}
	}

	other, err := xlsxreader.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for row := range other.ReadRows("Calls") {
		if row.Error != nil {
			t.Fatal(row.Error)
		}
		if read > 0 && row.Cells[1].Value != "42" {
			t.Errorf("xlsxreader, row %d: got %v", row.Index, row.Cells)
		}
		read++
	}
	if read != len(rows)+1 {
		t.Errorf("xlsxreader: got %d rows, want %d", read, len(rows)+1)
	}
}

package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestPeek looks at rows before they are read: they are read all the same, once, in each format.
func TestPeek(t *testing.T) {
	var workbook bytes.Buffer
	w, err := NewWriter(&workbook, XLSX, WriteOptions{Sheet: "Calls", Columns: []WriteColumn{{Name: "id"}, {Name: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2", "3"} {
		if err := w.WriteRow([]Cell{TextCell(id), TextCell("x" + id)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"CSV":    "id,a\n1,x1\n\n2,x2\n3,x3\n",
		"NDJSON": `{"id":"1","a":"x1"}` + "\n" + `{"id":"2","a":"x2"}` + "\n" + `{"a":"x3","id":"3"}`,
		"XLSX":   workbook.String(),
		"done":   "Import errors,id,a\nbad,1,x1\ndone,9,x9\n,2,x2\n,3,x3\n",
	} {
		for _, n := range []int{0, 2, 3, 9} {
			reader, err := Open(strings.NewReader(file), int64(len(file)), Options{})
			if err != nil {
				t.Fatalf("%s: got %v, want a table", name, err)
			}
			peeked := textsOf(reader.Peek(n))
			if want := []string{"1 x1", "2 x2", "3 x3"}[:min(n, 3)]; strings.Join(peeked, ",") != strings.Join(want, ",") {
				t.Errorf("%s: Peek(%d): got %q, want %q", name, n, peeked, want)
			}
			var rows []Row
			for {
				row, err := reader.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: got %v, want rows", name, err)
				}
				copied := *row
				copied.Cells = append([]Cell(nil), row.Cells...)
				rows = append(rows, copied)
			}
			if got := strings.Join(textsOf(rows), ","); got != "1 x1,2 x2,3 x3" {
				t.Errorf("%s: rows after Peek(%d): got %q, want all three", name, n, got)
			}
			if name == "done" && reader.Done != 1 {
				t.Errorf("rows that are done, after Peek(%d): got %d, want 1", n, reader.Done)
			}
			reader.Close()
		}
	}
}

// TestPeekAtFault looks further than the file can be read: the error comes behind the rows before it.
func TestPeekAtFault(t *testing.T) {
	file := "id,a\n1,x1\n2,\"open" + strings.Repeat("x", maxRowBytes+10)
	reader, err := Open(strings.NewReader(file), int64(len(file)), Options{Quote: '"', Delimiter: ',', Encoding: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if rows := textsOf(reader.Peek(5)); len(rows) != 1 {
		t.Fatalf("got %d rows, want the one before the fault", len(rows))
	}
	if _, err := reader.Next(); err != nil {
		t.Errorf("got %v, want the first row", err)
	}
	if row, err := reader.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %v and %v, want why the table ends", row, err)
	}
}

func textsOf(rows []Row) (texts []string) {
	for _, row := range rows {
		var cells []string
		for _, cell := range row.Cells {
			cells = append(cells, cell.String())
		}
		texts = append(texts, strings.Join(cells, " "))
	}
	return texts
}

package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// twoSheets returns a workbook with the sheets Calls and Calls (2), of these columns and a row each.
func twoSheets(t *testing.T, first, second []WriteColumn, rows ...[]Cell) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, XLSX, WriteOptions{Sheet: "Calls", Columns: first})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if i == 1 {
			if err := w.NextSheet("Calls (2)", second); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.WriteRow(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRowsGoOnInFurtherSheets reads workbooks with the sheet Calls (2): its rows follow where its header is the same.
// It is told where not, and left where one sheet is named.
func TestRowsGoOnInFurtherSheets(t *testing.T) {
	columns := []WriteColumn{{Name: "id"}, {Name: "text", Long: 1}}
	long := strings.Repeat("x", maxCellText+5)
	file := twoSheets(t, columns, columns, []Cell{TextCell("a"), TextCell("1")}, []Cell{TextCell("b"), TextCell(long)},
		[]Cell{TextCell("c"), TextCell("3")})
	r, err := Open(bytes.NewReader(file), int64(len(file)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for {
		row, err := r.Next()
		if err != nil {
			if err != io.EOF { //nolint:errorlint // readers end with io.EOF itself
				t.Fatal(err)
			}
			break
		}
		if row.Error != nil {
			t.Fatal(row.Error)
		}
		got = append(got, fmt.Sprint(row.Cells[0], len(row.Cells[1].Text), row.Number, r.At(1)))
	}
	want := []string{
		`a 1 2 sheet "Calls", cell A2`, fmt.Sprint("b ", len(long), ` 4 sheet "Calls (2)", cell A2`),
		`c 1 5 sheet "Calls (2)", cell A3`,
	}
	if !slices.Equal(got, want) || len(r.Columns) != 2 || len(r.LeftOut) > 0 || r.Rows != 5 {
		t.Errorf("got %q of %v, left out %v, %d rows; want %q", got, r.Columns, r.LeftOut, r.Rows, want)
	}
	names := []WriteColumn{{Name: "id"}, {Name: "name"}}
	other := twoSheets(t, columns, names, []Cell{TextCell("a")}, []Cell{TextCell("b")})
	for _, c := range []struct {
		file    []byte
		sheet   string
		leftOut int
	}{{other, "", 1}, {other, "Calls", 0}, {file, "Calls", 0}, {file, "Calls (2)", 0}} {
		r, err := Open(bytes.NewReader(c.file), int64(len(c.file)), Options{Sheet: c.sheet})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.LeftOut) != c.leftOut || r.Rows != 2 && c.sheet != "Calls (2)" {
			t.Errorf("sheet %q: got %v left out and %d rows, want %d left out", c.sheet, r.LeftOut, r.Rows, c.leftOut)
		}
		r.Close()
	}
}

// TestManyMergedCells reads a sheet whose merged ranges cover far more cells than it has.
func TestManyMergedCells(t *testing.T) {
	merges := strings.Repeat(`<mergeCell ref="C2:ALL1000000"/>`, 1000)
	file := zipped(t, bookParts(headed(`<row r="2">`+textXML("A2", "x")+`</row><row r="1000000">`+
		textXML("A1000000", "x")+`</row>`)+`<mergeCells>`+merges+`</mergeCells>`))
	_, err := outcome(file, Options{})
	if err == nil || !strings.Contains(err.Error(), "more than 10000000 cells") {
		t.Errorf("got %v, want the merged ranges refused", err)
	}
	few := zipped(t, bookParts(headed(`<row r="2">`+textXML("A2", "x")+`</row>`)+
		`<mergeCells><mergeCell ref="C2:ALL1000000"/></mergeCells>`))
	if _, err := outcome(few, Options{}); err == nil || strings.Contains(err.Error(), "more than") {
		t.Errorf("a range beyond the last row: got %v, want its cells bad", err)
	}
}

// TestManySharedTexts reads a small workbook with millions of empty shared texts.
func TestManySharedTexts(t *testing.T) {
	parts := bookParts(headed(`<row r="2">` + textXML("A2", "x") + `</row>`))
	parts["xl/sharedStrings.xml"] = `<sst ` + mainSpace + `>` + strings.Repeat("<si/>", 4<<20) + `</sst>`
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for name, text := range parts {
		part, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, text)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := outcome(file.Bytes(), Options{})
	if err == nil || !strings.Contains(err.Error(), "the shared texts of the workbook take more than") {
		t.Errorf("a file of %d bytes: got %v, want its texts refused", file.Len(), err)
	}
}

package sheet

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"callbook/model"
)

// errorsOf returns errors as WriteErrors takes them.
func errorsOf(list ...RowError) iter.Seq2[RowError, error] {
	return func(yield func(RowError, error) bool) {
		for _, err := range list {
			if !yield(err, nil) {
				return
			}
		}
	}
}

// TestErrorsComeBack writes a table, reports errors of it, corrects a cell, and reads it again: in each format only the
// rows that failed are left, and a second report replaces the first.
func TestErrorsComeBack(t *testing.T) {
	columns := []WriteColumn{{Name: "标识", Width: 30}, {Name: "数量"}, {Name: "时间"}}
	at := TimeCell(time.Date(2024, 5, 17, 8, 30, 0, 0, time.UTC))
	rows := [][]Cell{
		{TextCell("=a"), NumberCell(1), at}, {TextCell("b"), TextCell("many"), at}, {TextCell("c"), NumberCell(3), {}},
		{TextCell("d"), {}, at}, {TextCell("e"), NumberCell(5), at},
	}
	for _, f := range []Format{XLSX, CSV, NDJSON} {
		file := writeTable(t, f, WriteOptions{Sheet: "通话", Columns: columns, IsUnsafe: true}, rows)
		first := 2 // of the rows
		if f == NDJSON {
			first = 1
		}
		report := func(file []byte, shift int, errs ...RowError) []byte {
			var out bytes.Buffer
			for i := range errs {
				errs[i].Row += first
				if errs[i].Column > 0 {
					errs[i].Column += shift
				}
			}
			err := WriteErrors(&out, bytes.NewReader(file), int64(len(file)), ErrorOptions{Locale: model.LocaleZh,
				Through: first + 3}, errorsOf(errs...))
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			return out.Bytes()
		}
		once := report(file, 0, RowError{1, 2, "必须是整数"}, RowError{3, 2, "缺失"}, RowError{3, 0, "重复"})
		if f == XLSX {
			checkMarks(t, once)
		}
		_, left := readTable(t, once)
		if got := shownRows(left); got != "[[b many] [d ] [e 5]]" {
			t.Errorf("%s: got the rows %s left, want b, d and e", f, got)
		}
		twice := report(once, 1, RowError{3, 2, "仍然缺失"})
		r, err := Open(bytes.NewReader(twice), int64(len(twice)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Columns) != 3 || r.Columns[0].Name != "标识" {
			t.Errorf("%s: got the columns %v, want those of the file", f, r.Columns)
		}
		r.Close()
		_, left = readTable(t, twice)
		if got := shownRows(left); got != "[[d ] [e 5]]" {
			t.Errorf("%s, the second time: got the rows %s left, want d and e", f, got)
		}
		if folder := os.Getenv("CALLBOOK_SCREENSHOTS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, "errors"+f.Extension()), once, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// shownRows returns the first two cells of rows.
func shownRows(rows [][]Cell) string {
	var shown [][]string
	for _, row := range rows {
		shown = append(shown, []string{row[0].String(), row[1].String()})
	}
	return fmt.Sprint(shown)
}

// checkMarks looks at a workbook's errors with another library: the comments, the colours, the values, and the width.
func checkMarks(t *testing.T, file []byte) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	comments, err := book.GetComments("通话")
	if err != nil || len(comments) != 2 || comments[0].Cell != "C3" || !strings.Contains(comments[0].Text, "必须是整数") {
		t.Errorf("got the comments %+v (%v), want those on C3 and C5", comments, err)
	}
	for cell, want := range map[string]string{"A1": "导入错误", "B1": "标识", "A2": "done", "A3": "数量: 必须是整数",
		"A5": "数量: 缺失\n重复", "A6": "", "B2": "=a", "C2": "1", "D2": "2024-05-17 08:30:00"} {
		if got, err := book.GetCellValue("通话", cell); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", cell, got, err, want)
		}
	}
	for cell, isBad := range map[string]bool{"C3": true, "C5": true, "C2": false, "B3": false} {
		id, err := book.GetCellStyle("通话", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := book.GetStyle(id)
		if err != nil || (len(style.Fill.Color) > 0) != isBad {
			t.Errorf("%s: got the fill %v (%v), want one %v", cell, style.Fill, err, isBad)
		}
	}
	if width, err := book.GetColWidth("通话", "B"); err != nil || width != 30 {
		t.Errorf("got the width %v (%v), want that of the file", width, err)
	}
}

// TestErrorsOfBrokenRows reports errors of rows that are broken: what they show is kept.
func TestErrorsOfBrokenRows(t *testing.T) {
	file := "a;b\n1;\"x\"y\n\xFF;2;3\n4;\n"
	var out bytes.Buffer
	options := ErrorOptions{Options: Options{Delimiter: ';'}, Locale: model.LocaleEn}
	err := WriteErrors(&out, strings.NewReader(file), int64(len(file)), options,
		errorsOf(RowError{2, 0, "broken"}))
	want := "\ufeffImport errors;a;b\r\nbroken;1;x;y\uFFFD\uFFFD\r\n;\uFFFD;2;3\r\n;4;\r\n"
	if err != nil || out.String() != want {
		t.Errorf("got %q and %v, want %q", out.String(), err, want)
	}
	out.Reset()
	file = "{\"a\":1}\nnonsense\n{\"a\":[2]}\n"
	err = WriteErrors(&out, strings.NewReader(file), int64(len(file)), ErrorOptions{Locale: model.LocaleEn, Through: 3},
		errorsOf(RowError{2, 0, "no object"}))
	want = `{"Import errors":"done","a":1}` + "\n" +
		`{"Import errors":"no object","line":"nonsense` + lostRow + `"}` + "\n" + `{"Import errors":"done","a":[2]}` + "\n"
	if err != nil || out.String() != want {
		t.Errorf("got %q and %v, want %q", out.String(), err, want)
	}
}

// TestErrorCellsStayBad reports errors of a workbook with a cell that has an error, and reads it again: the cell is
// still bad.
func TestErrorCellsStayBad(t *testing.T) {
	file := zipped(t, bookParts(headed(`<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>`)))
	var out bytes.Buffer
	err := WriteErrors(&out, bytes.NewReader(file), int64(len(file)), ErrorOptions{Locale: model.LocaleEn, Through: 2},
		errorsOf(RowError{2, 1, "broken"}))
	if err != nil {
		t.Fatal(err)
	}
	_, rows := readTable(t, out.Bytes())
	if len(rows) != 1 || rows[0][0].Kind != Bad || rows[0][0].Shown != "#REF!\uFFFD" {
		t.Errorf("got %+v, want a bad cell that shows the error", rows)
	}
}

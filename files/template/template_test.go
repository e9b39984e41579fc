package template

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// TestTemplates reads each template: its headers are columns that imports know, its example is of their types, and each
// column takes what it should.
func TestTemplates(t *testing.T) {
	for _, kind := range []files.Kind{files.CallKind, files.RecordKind} {
		for _, locale := range model.AllLocale {
			made, err := Of(kind, locale)
			if err != nil {
				t.Fatal(err)
			}
			again, err := build(kind, locale)
			if err != nil || !bytes.Equal(again, made.Content) {
				t.Errorf("%s, %s: got another workbook (%v) the second time, want the same", kind, locale, err)
			}
			checkRows(t, kind, locale, made.Content)
			checkLists(t, kind, locale, made.Content)
			if folder := os.Getenv("CALLBOOK_SCREENSHOTS"); folder != "" {
				name := filepath.Join(folder, strings.ToLower(string(locale))+"-"+made.Name)
				if err := os.WriteFile(name, made.Content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// checkRows reads the sheet to fill in.
func checkRows(t *testing.T, kind files.Kind, locale model.Locale, content []byte) {
	t.Helper()
	r, err := sheet.Open(bytes.NewReader(content), int64(len(content)), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if len(r.Problems) > 0 || len(r.Sheets) != 2 {
		t.Errorf("%s, %s: got the problems %v and the sheets %v, want none and two", kind, locale, r.Problems, r.Sheets)
	}
	row, err := r.Next()
	if err != nil || row.Error != nil {
		t.Fatalf("%s, %s: got %v and %v, want an example", kind, locale, err, row)
	}
	kinds := map[files.ColumnType]sheet.Kind{files.CountColumn: sheet.Number, files.TimeColumn: sheet.Time}
	for i, column := range r.Columns {
		known, found := files.FindColumn(kind, column.Name)
		if !found || known.IsOutput {
			t.Errorf("%s, %s: got the header %q, want one that imports know", kind, locale, column.Name)
			continue
		}
		want := sheet.Text
		if typed, ok := kinds[known.Type]; ok {
			want = typed
		}
		if (row.Cells[i].Kind == sheet.Empty) != (known.Example.En == "") {
			t.Errorf("%s, %s, %s: got the example %v, want %v", kind, locale, column.Name, row.Cells[i], known.Example)
		} else if got := row.Cells[i].Kind; got != sheet.Empty && got != want {
			t.Errorf("%s, %s, %s: got an example of the kind %d, want %d", kind, locale, column.Name, got, want)
		}
		if known.Field == "id" && row.Cells[i].Text != files.ExampleKey {
			t.Errorf("%s, %s: got the example's key %q, want %q", kind, locale, row.Cells[i].Text, files.ExampleKey)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%s, %s: got %v after the example, want nothing", kind, locale, err)
	}
}

// checkLists finds a drop-down with the values of each column that has some, and another rule of each other column.
func checkLists(t *testing.T, kind files.Kind, locale model.Locale, content []byte) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, values := book.GetSheetName(0), book.GetSheetName(2)
	rules, err := book.GetDataValidations(rows)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, c := range files.Columns(kind) {
		if c.IsOutput {
			continue
		}
		if i >= len(rules) {
			t.Fatalf("%s, %s: got %d rules, want one for each column", kind, locale, len(rules))
		}
		rule := rules[i]
		i++
		if hasList := len(c.Values) > 0 || c.Type == files.BoolColumn; (rule.Type == "list") != hasList {
			t.Errorf("%s, %s, %s: got a rule of the type %s, want a list %v", kind, locale, c.Field, rule.Type, hasList)
		}
		for j, known := range c.Values {
			got, err := book.GetCellValue(values, sheet.Letters(i)+string(rune('1'+j%9)))
			if j < 9 && (err != nil || got != known.Value && got != files.CaptionIn(known.Caption, locale)) {
				t.Errorf("%s, %s, %s: got the value %q, want %v", kind, locale, c.Field, got, known)
			}
		}
	}
}

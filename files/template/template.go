// Package template makes the workbooks that people fill in to import calls and call records.
package template

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/xuri/excelize/v2"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// Template is a workbook to fill in. Its bytes are the same whenever it is made.
type Template struct {
	Name    string // of the file
	Content []byte
	SHA256  string // in hexadecimal digits
}

// ContentType is the media type of templates.
var ContentType = sheet.XLSX.ContentType()

type key struct {
	kind   files.Kind
	locale model.Locale
}

var (
	mu   sync.Mutex
	made = map[key]*Template{}
)

// Of returns the template of a kind in a language. It is made once, and shared.
func Of(kind files.Kind, locale model.Locale) (*Template, error) {
	mu.Lock()
	defer mu.Unlock()
	if t := made[key{kind, locale}]; t != nil {
		return t, nil
	}
	content, err := build(kind, locale)
	if err != nil {
		return nil, fmt.Errorf("the template: %w", err)
	}
	sum := sha256.Sum256(content)
	t := &Template{FileName(kind), content, hex.EncodeToString(sum[:])}
	made[key{kind, locale}] = t
	return t, nil
}

// FileName returns the name of the template of a kind.
func FileName(kind files.Kind) string {
	if kind == files.RecordKind {
		return "call-record-import-template.xlsx"
	}
	return "call-import-template.xlsx"
}

// builder makes a workbook. excelize returns an error for what is no place or no name alone, so the first one is kept.
type builder struct {
	book    *excelize.File
	columns []files.Column
	locale  model.Locale
	words   words
	styles  styles
	err     error
}

// do keeps the first error.
func (b *builder) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func build(kind files.Kind, locale model.Locale) ([]byte, error) {
	b := &builder{book: excelize.NewFile(), locale: locale, words: wordsOf(kind, locale)}
	defer b.book.Close()
	for _, c := range files.Columns(kind) {
		if !c.IsOutput {
			b.columns = append(b.columns, c)
		}
	}
	b.makeStyles()
	b.do(b.book.SetSheetName("Sheet1", b.words.rows))
	for _, name := range []string{b.words.help, b.words.values} {
		_, err := b.book.NewSheet(name)
		b.do(err)
	}
	b.fillRows()
	b.fillHelp()
	b.fillValues()
	b.do(b.book.SetSheetVisible(b.words.values, false))
	b.do(b.book.SetDocProps(&excelize.DocProperties{Title: b.words.title, Creator: "Callbook", Language: b.words.language,
		Created: "2024-01-01T00:00:00Z", Modified: "2024-01-01T00:00:00Z"}))
	if b.err != nil {
		return nil, b.err
	}
	var out bytes.Buffer
	err := b.book.Write(&out)
	return out.Bytes(), err
}

// fillRows fills the sheet that people fill in: headers, an example, and what cells take.
func (b *builder) fillRows() {
	rows := b.words.rows
	for i, c := range b.columns {
		column := sheet.Letters(i + 1)
		b.do(b.book.SetColWidth(rows, column, column, c.Width))
		b.do(b.book.SetColStyle(rows, column, b.styleOf(c)))
		header := b.styles.header
		if c.Required {
			header = b.styles.required
		}
		b.do(b.book.SetCellStr(rows, column+"1", b.caption(c.Caption)))
		b.do(b.book.SetCellStyle(rows, column+"1", column+"1", header))
		b.do(b.book.SetCellValue(rows, column+"2", b.example(c)))
		b.do(b.book.SetCellStyle(rows, column+"2", column+"2", b.exampleStyleOf(c)))
		b.do(b.book.AddDataValidation(rows, b.validation(c, i)))
	}
	b.do(b.book.SetRowHeight(rows, 1, 24))
	b.do(b.book.SetPanes(rows, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2",
		ActivePane: "bottomRight"}))
	b.do(b.book.AddComment(rows, excelize.Comment{Cell: "A2", Author: "Callbook", Width: 220, Height: 80,
		Paragraph: []excelize.RichTextRun{{Text: b.words.exampleNote}}}))
}

// helpWidths are the widths of the columns of the sheet that explains, in characters.
var helpWidths = []float64{24, 30, 11, 30, 22, 52, 36}

// lines returns how many lines the texts of a row take: Chinese characters are two wide.
func lines(cells []any) int {
	most := 1.0
	for i, cell := range cells {
		width := 0.0
		for _, r := range fmt.Sprint(cell) {
			if width++; r >= wideFrom {
				width++
			}
		}
		most = max(most, math.Ceil(width*1.1/helpWidths[i]))
	}
	return int(most)
}

// wideFrom is where characters that are two wide begin.
const wideFrom = 0x2E80

// fillHelp fills the sheet that explains each column.
func (b *builder) fillHelp() {
	help := b.words.help
	b.do(b.book.SetCellStr(help, "A1", b.words.title))
	b.do(b.book.SetCellStyle(help, "A1", "A1", b.styles.title))
	b.do(b.book.MergeCell(help, "A2", "G2"))
	b.do(b.book.SetCellStr(help, "A2", b.words.intro))
	b.do(b.book.SetCellStyle(help, "A2", "G2", b.styles.wrapped))
	b.do(b.book.SetRowHeight(help, 2, 66))
	for i, width := range helpWidths {
		column := sheet.Letters(i + 1)
		b.do(b.book.SetColWidth(help, column, column, width))
		b.do(b.book.SetCellStr(help, column+"4", b.words.helpHeaders[i]))
		b.do(b.book.SetCellStyle(help, column+"4", column+"4", b.styles.header))
	}
	for i, c := range b.columns {
		required := ""
		if c.Required {
			required = b.words.yes
		}
		example := ""
		switch value := b.example(c).(type) {
		case nil:
		case time.Time:
			example = value.Format(time.DateTime)
		default:
			example = fmt.Sprint(value)
		}
		cells := []any{b.caption(c.Caption), c.Field, required, b.words.types[c.Type], b.limit(c), b.allowed(c), example}
		first := fmt.Sprint("A", i+5)
		b.do(b.book.SetSheetRow(help, first, &cells))
		b.do(b.book.SetCellStyle(help, first, fmt.Sprint("G", i+5), b.styles.wrapped))
		b.do(b.book.SetRowHeight(help, i+5, 15*float64(lines(cells))))
	}
	b.do(b.book.SetPanes(help, &excelize.Panes{Freeze: true, YSplit: 4, TopLeftCell: "A5", ActivePane: "bottomLeft"}))
	b.do(b.book.SetPageLayout(help, &excelize.PageLayoutOptions{Orientation: new("landscape"), FitToWidth: new(1),
		FitToHeight: new(0)}))
	b.do(b.book.SetSheetProps(help, &excelize.SheetPropsOptions{FitToPage: new(true)}))
}

// fillValues fills the hidden sheet from which drop-downs have their values: a list in the drop-down itself has 255
// characters at the most.
func (b *builder) fillValues() {
	for i, c := range b.columns {
		for j, value := range b.valueTexts(c) {
			b.do(b.book.SetCellStr(b.words.values, fmt.Sprint(sheet.Letters(i+1), j+1), value))
		}
	}
}

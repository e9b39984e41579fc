package template

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// styles are the looks of cells.
type styles struct {
	header, required, title, wrapped, text, number, date int
	exampleText, exampleNumber, exampleDate              int
}

const timeFormat = `yyyy\-mm\-dd\ hh:mm:ss`

// textFormat keeps what people type as it is: telephone numbers keep their zeros.
const textFormat = 49

func (b *builder) makeStyles() {
	style := func(s *excelize.Style) int {
		id, err := b.book.NewStyle(s)
		b.do(err)
		return id
	}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	white, grey := &excelize.Font{Bold: true, Color: "FFFFFF"}, &excelize.Font{Italic: true, Color: "7F7F7F"}
	middle := &excelize.Alignment{Vertical: "center"}
	format := timeFormat
	b.styles = styles{
		header:        style(&excelize.Style{Font: white, Fill: fill("1F4E78"), Alignment: middle}),
		required:      style(&excelize.Style{Font: white, Fill: fill("C00000"), Alignment: middle}),
		title:         style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}),
		wrapped:       style(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}),
		text:          style(&excelize.Style{NumFmt: textFormat}),
		number:        style(&excelize.Style{NumFmt: 1}),
		date:          style(&excelize.Style{CustomNumFmt: &format}),
		exampleText:   style(&excelize.Style{NumFmt: textFormat, Font: grey}),
		exampleNumber: style(&excelize.Style{NumFmt: 1, Font: grey}),
		exampleDate:   style(&excelize.Style{CustomNumFmt: &format, Font: grey}),
	}
}

func (b *builder) styleOf(c files.Column) int {
	switch c.Type {
	case files.TimeColumn:
		return b.styles.date
	case files.CountColumn:
		return b.styles.number
	}
	return b.styles.text
}

func (b *builder) exampleStyleOf(c files.Column) int {
	switch c.Type {
	case files.TimeColumn:
		return b.styles.exampleDate
	case files.CountColumn:
		return b.styles.exampleNumber
	}
	return b.styles.exampleText
}

func (b *builder) caption(c model.Caption) string { return files.CaptionIn(c, b.locale) }

// example returns the example of a column as a value of its type, nil where there is none.
func (b *builder) example(c files.Column) any {
	example := b.caption(c.Example)
	switch {
	case example == "":
		return nil
	case c.Type == files.CountColumn:
		n, err := strconv.Atoi(example)
		b.do(err)
		return n
	case c.Type == files.TimeColumn:
		t, err := time.Parse(time.DateTime, example)
		b.do(err)
		return t
	case c.Type == files.BoolColumn:
		return map[string]string{"true": b.words.yes, "false": b.words.no}[example]
	}
	for _, known := range c.Values {
		if known.Value == example {
			return b.valueText(c, known)
		}
	}
	return example
}

// valueText returns a known value as people choose it: its caption where it is of an enum. Of an open list the value
// itself is stored, so it is the value.
func (b *builder) valueText(c files.Column, known model.KnownValue) string {
	if c.IsClosed {
		return b.caption(known.Caption)
	}
	return known.Value
}

// valueTexts returns the values of a column's drop-down; none where it has no drop-down.
func (b *builder) valueTexts(c files.Column) (texts []string) {
	if c.Type == files.BoolColumn {
		return []string{b.words.yes, b.words.no}
	}
	for _, known := range c.Values {
		texts = append(texts, b.valueText(c, known))
	}
	return texts
}

// validation returns what the cells of a column take. Lists of an open kind warn, all others refuse.
func (b *builder) validation(c files.Column, i int) *excelize.DataValidation {
	column := sheet.Letters(i + 1)
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s1048576", column, column))
	v.SetInput(cut(b.caption(c.Caption), 32), cut(b.prompt(c), 255))
	style := excelize.DataValidationErrorStyleStop
	switch texts := b.valueTexts(c); {
	case len(texts) > 0:
		if !c.IsClosed && c.Type != files.BoolColumn {
			style = excelize.DataValidationErrorStyleWarning
		}
		v.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$1:$%s$%d", b.words.values, column, column, len(texts)))
	case c.Type == files.CountColumn:
		b.do(v.SetRange(0, model.MaxInt, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
	case c.Type == files.TimeColumn:
		const firstDay, lastDay = 61, 2958465 // 1900-03-01, 9999-12-31
		b.do(v.SetRange(firstDay, lastDay, excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween))
		style = excelize.DataValidationErrorStyleWarning // a text such as 2024-05-17T08:00:00+08:00 is read as well
	default:
		longest := c.MaxLength
		if longest == 0 || longest > maxCell || c.Type == files.ListColumn {
			longest = maxCell
		}
		b.do(v.SetRange(0, longest, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween))
	}
	v.SetError(style, cut(b.caption(c.Caption), 32), cut(b.prompt(c), 255))
	return v
}

// maxCell is the greatest length of a text of a cell.
const maxCell = 32767

// cut returns the beginning of a text of at most n characters.
func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// prompt says in short what a column takes.
func (b *builder) prompt(c files.Column) string {
	parts := []string{b.words.types[c.Type]}
	if limit := b.limit(c); limit != "" {
		parts = append(parts, limit)
	}
	if c.Required {
		parts = append(parts, b.words.isRequired)
	}
	return strings.Join(parts, b.words.between)
}

// limit says how long a text may be.
func (b *builder) limit(c files.Column) string {
	switch {
	case c.Type == files.KeyColumn:
		return fmt.Sprintf(b.words.digits, c.MaxLength)
	case c.MaxLength == 0:
		return ""
	}
	return fmt.Sprintf(b.words.characters, c.MaxLength)
}

// allowed lists the values of a column.
func (b *builder) allowed(c files.Column) string {
	texts := b.valueTexts(c)
	for i, known := range c.Values {
		switch other := known.Caption.Zh; {
		case c.IsClosed:
			texts[i] += " (" + known.Value + ")"
		case b.locale == model.LocaleZh && other != texts[i]:
			texts[i] += "（" + other + "）"
		}
	}
	list := strings.Join(texts, b.words.comma)
	if len(texts) > 0 && !c.IsClosed && c.Type != files.BoolColumn {
		list += b.words.orOther
	}
	return list
}

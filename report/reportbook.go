package report

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"callbook/model"
)

// WriteFiguresXLSX writes figures as a workbook: a sheet with charts of its own, and one with the figures that they show.
func WriteFiguresXLSX(w io.Writer, f Figures, s Style) (err error) {
	b := &reportBook{book: excelize.NewFile(), style: s, figures: f, view: s.view(f),
		front: s.of(reportSheet), data: s.of(figuresSheet)}
	defer func() { _ = b.book.Close() }()
	b.do(b.book.SetSheetName("Sheet1", b.front))
	_, err = b.book.NewSheet(b.data)
	b.do(err)
	b.do(b.book.SetDocProps(&excelize.DocProperties{Title: b.view.Title + " " + b.view.Period, Creator: s.Author,
		Language: s.language(), Created: s.Created.UTC().Format("2006-01-02T15:04:05Z")}))
	b.makeStyles()
	b.writeFront()
	b.writeData()
	b.finish()
	if b.err != nil {
		return fmt.Errorf("the workbook: %w", b.err)
	}
	return b.book.Write(w)
}

// reportBook is a workbook under way. After an error it does nothing more.
type reportBook struct {
	book        *excelize.File
	style       Style
	figures     Figures
	view        view
	front, data string
	err         error
	title, grey, header, heading, number, share, decimal,
	change int // styles
	row    int // the next one of the sheet of figures
	charts int // that are on the front
	top    int // the row of the next charts
}

func (b *reportBook) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *reportBook) makeStyles() {
	style := func(s excelize.Style) (id int) {
		id, err := b.book.NewStyle(&s)
		b.do(err)
		return id
	}
	signed := `"▲" 0.0%;"▼" 0.0%;"=" 0%`
	one := "0.0"
	rule := []excelize.Border{{Type: "bottom", Color: "D6DAE0", Style: 1}}
	b.title = style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: "1C2028"}})
	b.grey = style(excelize.Style{Font: &excelize.Font{Color: "68707C"}})
	b.heading = style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 12, Color: "245CA8"}})
	b.header = style(excelize.Style{Font: &excelize.Font{Bold: true, Color: "68707C"}, Border: rule})
	b.number = style(excelize.Style{NumFmt: 3})
	b.share = style(excelize.Style{NumFmt: 10})
	b.decimal = style(excelize.Style{CustomNumFmt: &one})
	b.change = style(excelize.Style{CustomNumFmt: &signed})
}

func cell(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column, row) // both are at least 1, and small
	return name
}

// set writes a value in a style. Texts are no formulas, whatever they begin with.
func (b *reportBook) set(sheet string, column, row int, value any, style int) {
	at := cell(column, row)
	b.do(b.book.SetCellValue(sheet, at, value))
	if style > 0 {
		b.do(b.book.SetCellStyle(sheet, at, at, style))
	}
}

// Columns of the front: the figures begin in the second.
const (
	frontColumn = 2
	chartWidth  = 560
	chartHeight = 300
	chartRows   = 16
)

// writeFront writes the title and the headlines.
func (b *reportBook) writeFront() {
	b.set(b.front, frontColumn, 2, b.view.Title+"  "+b.view.Period, b.title)
	b.set(b.front, frontColumn, 3, b.view.Compared, b.grey)
	words := []model.Caption{figureHeader, valueWord, beforeHeader, changeHeader}
	for i, word := range words {
		b.set(b.front, frontColumn+i, 5, b.style.of(word), b.header)
	}
	row := 6
	for _, h := range b.figures.Headlines {
		b.set(b.front, frontColumn, row, b.style.of(headlineWords[h.Name]), 0)
		b.headline(h, row)
		row++
	}
	b.set(b.front, frontColumn, row, b.view.Footer+" · "+b.style.of(durationUnit), b.grey)
	b.top = row + 2
}

// headline writes a figure as a number: shares as shares, durations in seconds.
func (b *reportBook) headline(h Headline, row int) {
	style := map[string]int{"share": b.share, "count": b.number}[h.Unit]
	if style == 0 {
		style = b.decimal
	}
	if h.Value != nil {
		b.set(b.front, frontColumn+1, row, *h.Value, style)
	}
	if h.Before != nil {
		b.set(b.front, frontColumn+2, row, *h.Before, style)
	}
	switch {
	case h.Value == nil || h.Before == nil:
	case h.Unit == "share":
		b.set(b.front, frontColumn+3, row, b.style.change(h), 0)
	case *h.Before != 0:
		b.set(b.front, frontColumn+3, row, *h.Value / *h.Before - 1, b.change)
	}
}

// writeData writes the tables of figures, each with its chart on the front.
func (b *reportBook) writeData() {
	b.row = 1
	b.courseTable()
	for _, c := range b.view.Cards {
		b.cardTable(c)
	}
	for _, c := range b.view.Rankings {
		b.cardTable(c)
	}
	b.hoursTable()
}

// table writes a heading with the names of columns, and returns the first row below.
func (b *reportBook) table(heading string, columns ...string) int {
	b.set(b.data, 1, b.row, heading, b.heading)
	for i, name := range columns {
		b.set(b.data, 1+i, b.row+1, name, b.header)
	}
	b.row += 2
	return b.row
}

func (b *reportBook) courseTable() {
	c := b.view.Course
	first := b.table(c.Heading, "", c.Answered, c.Other)
	for _, column := range c.Columns {
		b.set(b.data, 1, b.row, column.Day, 0)
		b.set(b.data, 2, b.row, column.Answered, b.number)
		b.set(b.data, 3, b.row, column.Count-column.Answered, b.number)
		b.row++
	}
	if c.Empty != "" {
		b.empty(c.Empty)
	} else {
		series := []excelize.ChartSeries{b.series(2, first, "245CA8"), b.series(3, first, "A9C4E6")}
		b.chart(c.Heading, excelize.ColStacked, series, "bottom")
	}
	b.row++
}

// series returns the series of a column of the sheet of figures, from a row to the last one written.
func (b *reportBook) series(column, first int, color string) excelize.ChartSeries {
	reference := func(column, from, to int) string {
		a, _ := excelize.CoordinatesToCellName(column, from, true)
		z, _ := excelize.CoordinatesToCellName(column, to, true)
		return "'" + b.data + "'!" + a + ":" + z
	}
	name, _ := excelize.CoordinatesToCellName(column, first-1, true)
	return excelize.ChartSeries{Name: "'" + b.data + "'!" + name, Categories: reference(1, first, b.row-1),
		Values: reference(column, first, b.row-1),
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}}
}

// chart puts a chart on the front, two in a row.
func (b *reportBook) chart(heading string, kind excelize.ChartType, series []excelize.ChartSeries, legend string) {
	column, row := frontColumn, b.top+b.charts/2*chartRows
	if b.charts%2 == 1 {
		column = frontColumn + 5
	}
	b.charts++
	small := excelize.Font{Size: 9, Color: "68707C"}
	bars, gap := kind == excelize.Bar, uint(40)
	b.do(b.book.AddChart(b.front, cell(column, row), &excelize.Chart{
		Type: kind, Series: series, GapWidth: &gap,
		Dimension: excelize.ChartDimension{Width: chartWidth, Height: chartHeight},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: heading, Font: &excelize.Font{Size: 12, Bold: true, Color: "1C2028"}}}},
		Legend:    excelize.ChartLegend{Position: legend, Font: &small},
		PlotArea:  excelize.ChartPlotArea{ShowVal: bars},
		XAxis:     excelize.ChartAxis{ReverseOrder: bars, Font: small},
		YAxis:     excelize.ChartAxis{MajorGridLines: !bars, None: bars, Font: small},
		Border:    excelize.LineOptions{Type: excelize.LineNone},
	}))
}

func (b *reportBook) empty(text string) {
	b.set(b.data, 1, b.row, text, b.grey)
	b.row++
}

func (b *reportBook) cardTable(c card) {
	first := b.table(c.Heading, "", b.style.of(valueWord))
	for _, one := range c.Bars {
		b.set(b.data, 1, b.row, one.Label, 0)
		b.set(b.data, 2, b.row, one.N, b.number)
		b.row++
	}
	if len(c.Bars) == 0 {
		b.empty(c.Empty)
	} else {
		b.chart(c.Heading, excelize.Bar, []excelize.ChartSeries{b.series(2, first, "245CA8")}, "none")
	}
	b.row++
}

// hoursTable writes the heat map: cells that are coloured by their values.
func (b *reportBook) hoursTable() {
	if b.view.Hours.Most == 0 {
		return
	}
	columns := []string{""}
	for hour := range 24 {
		columns = append(columns, clock(hour))
	}
	first := b.table(b.view.Hours.Heading, columns...)
	for day, hours := range b.view.Hours.Hours {
		b.set(b.data, 1, b.row, b.view.Hours.Days[day], 0)
		for hour, n := range hours {
			b.set(b.data, 2+hour, b.row, n, b.number)
		}
		b.row++
	}
	b.do(b.book.SetConditionalFormat(b.data, cell(2, first)+":"+cell(25, b.row-1), []excelize.ConditionalFormatOptions{
		{Type: "2_color_scale", Criteria: "=", MinType: "min", MaxType: "max", MinColor: "#F3F5F8", MaxColor: "#3F78B9"},
	}))
	b.row++
}

// finish sets the widths of columns, and how the front is shown and printed.
func (b *reportBook) finish() {
	b.do(b.book.SetColWidth(b.data, "A", "A", 28))
	b.do(b.book.SetColWidth(b.data, "B", "Y", 10))
	b.do(b.book.SetColWidth(b.front, "A", "A", 3))
	b.do(b.book.SetColWidth(b.front, "B", "B", 28))
	b.do(b.book.SetColWidth(b.front, "C", "E", 14))
	gridLines, landscape, fit, one, none := false, "landscape", true, 1, 0
	b.do(b.book.SetSheetView(b.front, -1, &excelize.ViewOptions{ShowGridLines: &gridLines}))
	for _, sheet := range []string{b.front, b.data} {
		b.do(b.book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
		b.do(b.book.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &one,
			FitToHeight: &none}))
	}
}

package report

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"callbook/model"
)

// WriteFiguresXLSX writes figures as a workbook: a sheet with charts of its own, one with the figures that they show,
// and one with the heat map.
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
	b.setWidths()
	b.writeFront()
	b.writeData()
	b.writeHours()
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
	title, grey, header, heading, number, share, decimal, clock, right,
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
	one, time := "0.0", "[h]:mm:ss"
	rule := []excelize.Border{{Type: "bottom", Color: "D6DAE0", Style: 1}}
	b.title = style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 18, Color: "1C2028", Family: "Calibri"}})
	b.grey = style(excelize.Style{Font: &excelize.Font{Color: "68707C", Size: 11, Family: "Calibri"}})
	b.heading = style(excelize.Style{Font: &excelize.Font{Bold: true, Size: 12, Color: "245CA8", Family: "Calibri"}})
	right := &excelize.Alignment{Horizontal: "right"}
	b.right = style(excelize.Style{Alignment: right})
	b.header = style(excelize.Style{Border: rule, Alignment: right,
		Font: &excelize.Font{Bold: true, Size: 11, Color: "68707C", Family: "Calibri"}})
	b.number = style(excelize.Style{NumFmt: 3})
	b.share = style(excelize.Style{NumFmt: 10})
	b.clock = style(excelize.Style{CustomNumFmt: &time})
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
	chartWidth  = 580
	chartHeight = 300
	chartGap    = 30 // between two charts, in pixels as their widths
	chartRows   = 16
	// chartColumns is how many columns a chart and its gap are wide.
	chartColumns = 5
	// secondsOfDay are one of what workbooks count time in.
	secondsOfDay = 24 * 60 * 60
)

// writeFront writes the title and the headlines.
func (b *reportBook) writeFront() {
	b.set(b.front, frontColumn, 2, b.view.Title+"  "+b.view.Period, b.title)
	b.do(b.book.SetRowHeight(b.front, 2, 27))
	b.set(b.front, frontColumn, 3, b.view.Compared, b.grey)
	words := []model.Caption{{}, valueWord, beforeHeader, changeHeader}
	for i, word := range words {
		b.set(b.front, frontColumn+i, 5, b.style.of(word), b.header)
	}
	row := 6
	for _, h := range b.figures.Headlines {
		b.set(b.front, frontColumn, row, b.style.of(headlineWords[h.Name]), 0)
		b.headline(h, row)
		row++
	}
	b.set(b.front, frontColumn, row, b.view.Footer, b.grey)
	b.top = row + 2
}

// headline writes a figure as a number: shares as shares, durations as times.
func (b *reportBook) headline(h Headline, row int) {
	style := map[string]int{"share": b.share, "count": b.number, "seconds": b.clock, "rounds": b.decimal}[h.Unit]
	for i, value := range []*float64{h.Value, h.Before} {
		switch {
		case value == nil:
		case h.Unit == "seconds":
			b.set(b.front, frontColumn+1+i, row, *value/secondsOfDay, style)
		default:
			b.set(b.front, frontColumn+1+i, row, *value, style)
		}
	}
	switch {
	case h.Value == nil || h.Before == nil:
	case h.Unit == "share":
		b.set(b.front, frontColumn+3, row, b.style.change(h), b.right)
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
		b.set(b.data, 1, b.row, dayLabel(column.Day, model.ReportInterval(b.figures.GroupBy)), 0)
		b.set(b.data, 2, b.row, column.Answered, b.number)
		b.set(b.data, 3, b.row, column.Count-column.Answered, b.number)
		b.row++
	}
	if c.Empty != "" {
		b.empty(c.Empty)
	} else {
		b.courseChart(b.series(2, first, "245CA8"), b.series(3, first, "A9C4E6"))
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

// chart puts a chart of one series on the front, two in a row.
func (b *reportBook) chart(heading string, series excelize.ChartSeries) {
	column, row := frontColumn, b.top+b.charts/2*chartRows
	if b.charts%2 == 1 {
		column += chartColumns
	}
	b.charts++
	c := b.chartOf(heading, excelize.Bar, chartWidth, series)
	c.PlotArea.ShowVal = true
	c.XAxis.ReverseOrder, c.YAxis.None, c.Legend.Position = true, true, "none"
	b.do(b.book.AddChart(b.front, cell(column, row), c))
}

// courseChart puts the chart of the course of time on the front, over its width.
func (b *reportBook) courseChart(series ...excelize.ChartSeries) {
	c := b.chartOf(b.view.Course.Heading, excelize.ColStacked, 2*chartWidth+chartGap, series...)
	c.XAxis.TickLabelSkip, c.YAxis.MajorGridLines, c.Legend.Position = (len(b.view.Course.Columns)+15)/16, true, "bottom"
	b.do(b.book.AddChart(b.front, cell(frontColumn, b.top), c))
	b.top += chartRows
}

func (b *reportBook) chartOf(heading string, kind excelize.ChartType, width uint, series ...excelize.ChartSeries,
) *excelize.Chart {
	small, gap := excelize.Font{Size: 9, Color: "68707C"}, uint(40)
	title := excelize.RichTextRun{Text: heading, Font: &excelize.Font{Size: 12, Bold: true, Color: "1C2028"}}
	return &excelize.Chart{
		Type: kind, Series: series, GapWidth: &gap,
		Dimension: excelize.ChartDimension{Width: width, Height: chartHeight},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{title}},
		Legend:    excelize.ChartLegend{Font: &small},
		XAxis:     excelize.ChartAxis{Font: small},
		YAxis:     excelize.ChartAxis{Font: small},
		Border:    excelize.LineOptions{Type: excelize.LineNone},
	}
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
		b.chart(c.Heading, b.series(2, first, "245CA8"))
	}
	b.row++
}

// writeHours writes the heat map on a sheet of its own: cells that are coloured by their values.
func (b *reportBook) writeHours() {
	hours := b.view.Hours
	if hours.Most == 0 {
		return
	}
	sheet := hours.Heading
	_, err := b.book.NewSheet(sheet)
	b.do(err)
	b.set(sheet, 1, 1, hours.Heading, b.heading)
	b.set(sheet, 1, 2, hours.Busiest, b.grey)
	for hour := range 24 {
		b.set(sheet, 2+hour, 4, clock(hour), b.header)
	}
	for day, counts := range hours.Hours {
		b.set(sheet, 1, 5+day, hours.Days[day], 0)
		for hour, n := range counts {
			b.set(sheet, 2+hour, 5+day, n, b.number)
		}
	}
	b.do(b.book.SetConditionalFormat(sheet, cell(2, 5)+":"+cell(25, 11), []excelize.ConditionalFormatOptions{
		{Type: "2_color_scale", Criteria: "=", MinType: "min", MaxType: "max", MinColor: "#F3F5F8", MaxColor: "#5F91CB"},
	}))
	b.do(b.book.SetColWidth(sheet, "A", "A", 10))
	b.do(b.book.SetColWidth(sheet, "B", "Y", 6.5))
}

// setWidths sets the widths of columns and the heights of rows, from which places of charts are computed.
func (b *reportBook) setWidths() {
	b.do(b.book.SetColWidth(b.data, "A", "A", 28))
	b.do(b.book.SetColWidth(b.data, "B", "C", 12))
	b.do(b.book.SetColWidth(b.front, "A", "A", 3))
	b.do(b.book.SetColWidth(b.front, "B", "B", 28))
	b.do(b.book.SetColWidth(b.front, "C", "L", 14))
	b.do(b.book.SetSheetProps(b.front, &excelize.SheetPropsOptions{DefaultRowHeight: new(15.0), CustomHeight: new(true)}))
}

// finish sets how the sheets are shown and printed.
func (b *reportBook) finish() {
	b.do(b.book.SetSheetView(b.front, -1, &excelize.ViewOptions{ShowGridLines: new(false)}))
	for _, sheet := range b.book.GetSheetList() {
		b.do(b.book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
		b.do(b.book.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: new("portrait"), FitToWidth: new(1),
			FitToHeight: new(0)}))
	}
}

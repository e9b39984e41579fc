package report

import (
	"context"
	"io"

	"callbook/report/pdf"
)

var (
	bodyStyle  = pdf.Style{Size: 10, Color: pdf.Ink}
	smallStyle = pdf.Style{Size: 8, Color: pdf.Grey}
	itemStyle  = pdf.Style{Size: 10, Color: pdf.Ink, IsBold: true}
)

// WriteCallsPDF writes calls as PDF: each begins on a page of its own. It returns the context's error where that ends.
func WriteCallsPDF(ctx context.Context, w io.Writer, calls []*Call, s Style) error {
	d := pdf.New(pdf.Options{
		Title: s.documentTitle(calls), Author: s.Author, Language: s.language(), Created: s.Created, Footer: s.footer,
	})
	for _, c := range calls {
		if err := ctx.Err(); err != nil {
			return err
		}
		drawCall(d, s, s.callPage(c))
	}
	return d.Write(w)
}

// documentTitle returns the name of a call that is alone, else how many there are.
func (s Style) documentTitle(calls []*Call) string {
	if len(calls) == 1 {
		return calls[0].title()
	}
	return s.of(callsHeading) + " (" + number(new(len(calls))) + ")"
}

func drawCall(d *pdf.Document, s Style, p callPage) {
	d.Page(p.Title)
	d.Title(p.Key, p.Title, p.Mark)
	d.Facts(p.Facts, 3)
	for _, text := range p.Texts {
		d.Heading(text.Name)
		d.Text(text.Value, bodyStyle)
	}
	drawItems(d, s.of(tasksHeading), p.Tasks, p.MoreTasks)
	drawItems(d, s.of(notesHeading), p.Notes, p.MoreNotes)
	if len(p.Record) > 0 {
		d.Heading(s.of(recordHeading))
		d.Facts(p.Record, 3)
	}
	if len(p.Turns) > 0 {
		d.Heading(s.of(transcriptHeading))
	}
	for _, turn := range p.Turns {
		d.Bubble(turn.Speaker, turn.Text, turn.IsPerson)
	}
}

// drawItems draws tasks or notes under a heading, which is left out where there are none.
func drawItems(d *pdf.Document, heading string, items []pageItem, more string) {
	if len(items) > 0 {
		d.Heading(heading)
	}
	for _, item := range items {
		d.Need(40)
		d.Text(item.Subject, itemStyle)
		d.Text(item.About, smallStyle)
		d.Text(item.Text, bodyStyle)
		d.Space(6)
	}
	d.Text(more, smallStyle)
}

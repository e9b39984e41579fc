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
		drawSheet(d, s, s.sheet(c))
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

func drawSheet(d *pdf.Document, s Style, sheet callSheet) {
	d.Page(sheet.Title)
	d.Title(sheet.Key, sheet.Title, sheet.Mark)
	d.Facts(sheet.Facts, 3)
	for _, text := range sheet.Texts {
		d.Heading(text.Name)
		d.Text(text.Value, bodyStyle)
	}
	if len(sheet.Tasks) > 0 {
		d.Heading(s.of(tasksHeading))
	}
	for _, t := range sheet.Tasks {
		d.Need(40)
		d.Text(t.Subject, itemStyle)
		d.Text(t.About, smallStyle)
		d.Text(t.Description, bodyStyle)
		d.Space(6)
	}
	d.Text(sheet.MoreTasks, smallStyle)
	if len(sheet.Notes) > 0 {
		d.Heading(s.of(notesHeading))
	}
	for _, n := range sheet.Notes {
		d.Need(40)
		d.Text(n.About, smallStyle)
		d.Text(n.Text, bodyStyle)
		d.Space(6)
	}
	d.Text(sheet.MoreNotes, smallStyle)
	if len(sheet.Record) > 0 {
		d.Heading(s.of(recordHeading))
		d.Facts(sheet.Record, 3)
	}
	if len(sheet.Turns) > 0 {
		d.Heading(s.of(transcriptHeading))
	}
	for _, turn := range sheet.Turns {
		d.Bubble(turn.Speaker, turn.Text, turn.IsPerson)
	}
}

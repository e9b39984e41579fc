// Package pdf lays out documents for paper as PDF: text that flows over pages, facts in columns, boxes. It draws with
// fpdf, and breaks lines by the rules of Unicode (UAX 14) itself, for fpdf loses characters at Chinese line ends.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Lengths are in points, of which 72 are an inch. Pages are A4.
const (
	margin       = 48.0
	bottomMargin = 56.0
	footerHeight = 30.0
	family       = "micro-hei"
	leading      = 1.45 // height of a line in sizes of its text
)

// Color is a colour as red, green and blue, each up to 255.
type Color struct{ R, G, B int }

// The colours of documents: dark on white, so that they can be read in black and white too.
var (
	Ink    = Color{28, 32, 40}
	Grey   = Color{104, 112, 124}
	Rule   = Color{214, 218, 224}
	Shade  = Color{243, 245, 248}
	Accent = Color{36, 92, 168}
	Tint   = Color{228, 238, 251}
)

// Style is how text looks.
type Style struct {
	Size   float64
	Color  Color
	IsBold bool
}

// Options describe a document.
type Options struct {
	Title    string
	Author   string // who had it made
	Language string // BCP 47, such as zh-CN
	Created  time.Time
	// Footer returns what stands at the foot of a page, left and right.
	Footer func(page, pages int) (left, right string)
}

// Document is a document under way. It belongs to one goroutine. After an error it draws nothing; Write returns it.
type Document struct {
	f       *fpdf.Fpdf
	face    *face
	options Options
	y       float64 // where the next thing goes
	left    float64
	width   float64
	used    [widest + 1]bool // the characters that were drawn
}

// ErrManyCharacters says that a document has nearly all characters of a script, of which fpdf cannot make a font in
// time: what it takes grows with the third power of how many follow each other. No text that people write has them.
var ErrManyCharacters = errors.New("the texts have more different characters than a PDF can be made with")

// maxRunWork is the greatest sum of the third powers of the runs of characters that follow each other: 1,000 of them
// take a second.
const maxRunWork = 1e9

// hasFewCharacters reports whether a font can be made of the characters that were drawn.
func (d *Document) hasFewCharacters() bool {
	work, run := 0, 0
	for _, isUsed := range d.used {
		if isUsed {
			run++
			continue
		}
		work += run * run * run
		run = 0
	}
	return work+run*run*run <= maxRunWork
}

// New returns an empty document.
func New(o Options) *Document {
	f := fpdf.New("P", "pt", "A4", "")
	d := &Document{f: f, face: loadFace(), options: o, left: margin}
	f.AddUTF8FontFromBytes(family, "", d.face.file)
	f.SetAutoPageBreak(false, 0)
	f.SetCellMargin(0)
	f.SetMargins(margin, margin, margin)
	f.SetTitle(d.face.printable(o.Title), true)
	f.SetAuthor(d.face.printable(o.Author), true)
	f.SetCreator("Callbook", true)
	f.SetLang(o.Language)
	f.SetCreationDate(o.Created)
	f.SetModificationDate(o.Created)
	f.SetCatalogSort(true)
	f.SetFont(family, "", 10)
	pageWidth, _ := f.GetPageSize()
	d.width = pageWidth - 2*margin
	return d
}

// Pages returns how many pages there are.
func (d *Document) Pages() int { return d.f.PageCount() }

// Page begins a page; bookmark is its entry in the document's outline, none where it is empty.
func (d *Document) Page(bookmark string) {
	d.f.AddPage()
	d.y = margin
	if bookmark != "" {
		d.f.Bookmark(d.face.printable(bookmark), 0, 0)
	}
}

// bottom returns where the text of a page ends.
func (d *Document) bottom() float64 {
	_, height := d.f.GetPageSize()
	return height - bottomMargin
}

// Need begins a page where less than height is left of this one.
func (d *Document) Need(height float64) {
	if d.y+height > d.bottom() {
		d.Page("")
	}
}

// Space leaves room; none at the head of a page.
func (d *Document) Space(height float64) {
	if d.y > margin {
		d.y += height
	}
}

// Line draws a thin line over the page's width.
func (d *Document) Line() {
	d.f.SetDrawColor(Rule.R, Rule.G, Rule.B)
	d.f.SetLineWidth(0.6)
	d.f.Line(d.left, d.y, d.left+d.width, d.y)
	d.y += 6
}

// Write writes the finished document, with its feet. It returns the first error of all, and ErrManyCharacters.
func (d *Document) Write(w io.Writer) error {
	if !d.hasFewCharacters() {
		return ErrManyCharacters
	}
	pages := d.f.PageCount()
	for page := 1; page <= pages && d.options.Footer != nil; page++ {
		d.f.SetPage(page)
		left, right := d.options.Footer(page, pages)
		_, height := d.f.GetPageSize()
		d.use(Style{Size: 8, Color: Grey})
		d.draw(d.left, height-footerHeight, d.face.printable(left))
		right = d.face.printable(right)
		d.draw(d.left+d.width-d.f.GetStringWidth(right), height-footerHeight, right)
	}
	if err := d.f.Output(w); err != nil {
		return fmt.Errorf("the PDF: %w", err)
	}
	return nil
}

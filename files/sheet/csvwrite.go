package sheet

import (
	"bufio"
	"io"
	"strings"
)

// csvWriter writes RFC 4180: no value is empty, an empty text is quotes.
type csvWriter struct {
	oneSheet
	out     *bufio.Writer
	options WriteOptions
	special string // what puts a text in quotes
	line    []byte
}

func newCSVWriter(w io.Writer, o WriteOptions) (Writer, error) {
	if o.Delimiter == 0 {
		o.Delimiter = ','
	}
	c := &csvWriter{out: bufio.NewWriterSize(w, sniffed), options: o, special: "\"\r\n\t;" + string(o.Delimiter)}
	if o.BOM {
		_, _ = c.out.Write(utf8BOM)
	}
	header := make([]Cell, len(o.Columns))
	for i, column := range o.Columns {
		header[i] = TextCell(column.Name)
	}
	return c, c.WriteRow(header)
}

func (c *csvWriter) WriteRow(cells []Cell) error {
	c.line = c.line[:0]
	for i, cell := range cells {
		if i > 0 {
			c.line = append(c.line, string(c.options.Delimiter)...)
		}
		switch cell.Kind {
		case Empty:
		case Number, Bool, Duration:
			c.line = append(c.line, cell.Text...)
		case Time:
			c.line = cell.Time.AppendFormat(c.line, timeLayout)
		default:
			c.appendText(cell.Text)
		}
	}
	if len(c.line) == 0 { // a line without anything is no row
		c.line = append(c.line, `""`...)
	}
	c.line = append(c.line, '\r', '\n')
	_, err := c.out.Write(c.line)
	return err
}

// timeLayout is how CSV writes times.
const timeLayout = "2006-01-02 15:04:05.999999"

func (c *csvWriter) appendText(text string) {
	isFormula := !c.options.IsUnsafe && NeedsApostrophe(text)
	if text != "" && !isFormula && !strings.ContainsAny(text, c.special) && text[0] != ' ' && text[len(text)-1] != ' ' {
		c.line = append(c.line, text...)
		return
	}
	c.line = append(c.line, '"')
	if isFormula {
		c.line = append(c.line, '\'')
	}
	for {
		before, after, found := strings.Cut(text, `"`)
		if c.line = append(c.line, before...); !found {
			break
		}
		c.line = append(c.line, `""`...)
		text = after
	}
	c.line = append(c.line, '"')
}

func (c *csvWriter) Close() error { return c.out.Flush() }

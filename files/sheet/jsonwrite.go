package sheet

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// lineWriter writes one JSON object a line. Members without a value are null.
type lineWriter struct {
	oneSheet
	out   *bufio.Writer
	names [][]byte // the members' names as JSON, with what stands before and after them
	line  []byte
}

func newLineWriter(w io.Writer, o WriteOptions) Writer {
	l := &lineWriter{out: bufio.NewWriterSize(w, sniffed)}
	for i, column := range o.Columns {
		name := append(appendJSONText(nil, column.Name), ':')
		if i > 0 {
			name = append([]byte{','}, name...)
		}
		l.names = append(l.names, name)
	}
	return l
}

func (l *lineWriter) WriteRow(cells []Cell) error {
	l.line = append(l.line[:0], '{')
	for i, cell := range cells {
		l.line = appendJSON(append(l.line, l.names[i]...), cell)
	}
	return l.endLine()
}

func (l *lineWriter) endLine() error {
	l.line = append(l.line, '}', '\n')
	_, err := l.out.Write(l.line)
	return err
}

// appendJSON appends the value of a cell.
func appendJSON(line []byte, cell Cell) []byte {
	switch cell.Kind {
	case Empty:
		return append(line, "null"...)
	case Number, Bool, JSON:
		return append(line, cell.Text...)
	case Time:
		return append(cell.Time.AppendFormat(append(line, '"'), time.RFC3339Nano), '"')
	case Bad:
		return appendJSONText(line, cell.Shown)
	}
	return appendJSONText(line, cell.Text)
}

// appendJSONText appends text as JSON.
func appendJSONText(out []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, _ := json.Marshal(text) // of text it does not fail
			return append(out, quoted...)
		}
	}
	return append(append(append(out, '"'), text...), '"')
}

func (l *lineWriter) Close() error { return l.out.Flush() }

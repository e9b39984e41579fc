package sheet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// openLines opens a file of one JSON object a line.
func (r *Reader) openLines(file io.ReaderAt, size int64) error {
	source := &lineSource{input: bufio.NewReaderSize(io.NewSectionReader(file, 0, size), sniffed), reader: r,
		places: map[string]int{}}
	if start, _ := source.input.Peek(len(utf8BOM)); bytes.Equal(start, utf8BOM) {
		_, _ = source.input.Discard(len(utf8BOM))
	}
	r.source = source
	first, err := source.next()
	if err == io.EOF { //nolint:errorlint // sources end with io.EOF itself
		return bad(Place{}, "the file has no rows")
	}
	if err != nil {
		return err
	}
	r.ahead = append(r.ahead, first.clone())
	return nil
}

// lineSource yields the objects of a file, one a line. Each member is a cell.
type lineSource struct {
	input  *bufio.Reader
	reader *Reader
	line   []byte
	number int
	places map[string]int // columns by their names, from 1
	row    sourceRow
}

func (s *lineSource) close() {}

func (s *lineSource) next() (*sourceRow, error) {
	for {
		isLast, err := s.readLine()
		if err != nil {
			return nil, err
		}
		if text := bytes.TrimSpace(s.line); len(text) > 0 {
			s.row = sourceRow{number: s.number, line: s.number, cells: s.row.cells[:0]}
			if err := s.readObject(text); err != nil {
				own, isOwn := errors.AsType[*Error](err)
				if !isOwn {
					own = bad(Place{Row: s.number}, "the line is no JSON object: %v", err)
				}
				s.row.cells, s.row.err = s.row.cells[:0], own
			}
			return &s.row, nil
		}
		if isLast {
			return nil, io.EOF
		}
	}
}

// readLine reads the next line, and reports whether it is the last.
func (s *lineSource) readLine() (isLast bool, err error) {
	s.line = s.line[:0]
	s.number++
	for {
		part, err := s.input.ReadSlice('\n')
		if s.line = append(s.line, part...); len(s.line) > maxRowBytes {
			return false, tooLarge(Place{Row: s.number}, "the line has more than %d bytes", maxRowBytes)
		}
		switch {
		case err == nil:
			return false, nil
		case errors.Is(err, io.EOF):
			return true, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

// readObject reads the members of an object, in the order of their columns: each new name is a further column.
func (s *lineSource) readObject(text []byte) error {
	if !utf8.Valid(text) {
		return bad(Place{Row: s.number}, "the line is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.Join(err, errNoObject)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if len(s.row.cells) == maxReadColumns {
			return tooLarge(Place{Row: s.number}, "the line has more than %d members", maxReadColumns)
		}
		place, known := s.places[name.(string)]
		if !known {
			if len(s.places) == maxReadColumns {
				return tooLarge(Place{Row: s.number}, "the file has more than %d names of members", maxReadColumns)
			}
			place = len(s.places) + 1
			s.places[name.(string)] = place
			if isErrorColumn(name.(string)) {
				s.reader.mark = place
			} else {
				s.reader.addColumn(name.(string), place)
			}
		}
		s.row.cells = append(s.row.cells, placedCell{place, jsonCell(value)})
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errNoObject
	}
	return nil
}

var errNoObject = errors.New("want one object a line")

// jsonCell returns the cell of a value.
func jsonCell(value json.RawMessage) Cell {
	switch value[0] {
	case 'n':
		return Cell{}
	case 't', 'f':
		return BoolCell(value[0] == 't')
	case '{', '[':
		return Cell{Kind: JSON, Text: string(value)}
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return Cell{Kind: Bad, Text: "is no JSON text"}
		}
		if strings.ContainsRune(text, utf8.RuneError) && !bytes.Contains(bytes.ToLower(value), []byte("fffd")) &&
			!bytes.ContainsRune(value, utf8.RuneError) {
			return Cell{Kind: Bad, Text: "has half a surrogate pair", Shown: text}
		}
		return TextCell(text)
	}
	return Cell{Kind: Number, Text: string(value)}
}

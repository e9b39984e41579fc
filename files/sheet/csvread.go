package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"callbook/model"
)

// maxRowBytes is the greatest size of a row of CSV or NDJSON.
const maxRowBytes = 16 << 20

// openCSV opens a text with delimiters.
func (r *Reader) openCSV(file io.ReaderAt, size int64, o Options) error {
	r.Encoding, r.Delimiter, r.Quote = o.Encoding, o.Delimiter, o.Quote
	var err error
	if r.Encoding == "" {
		if r.Encoding, err = detectEncoding(file, size); err != nil {
			return err
		}
	}
	text, err := decode(io.NewSectionReader(file, 0, size), r.Encoding)
	if err != nil {
		return err
	}
	start := make([]byte, sniffed)
	n, err := io.ReadFull(text, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if start = start[:n]; bytes.Count(start, []byte{0}) > 8+n/100 {
		return bad(Place{}, "the file is no text: it has many NULs")
	}
	if r.Delimiter == 0 || r.Quote == 0 {
		delimiter, quote := detectDelimiter(start, r.Delimiter, r.Quote)
		r.Delimiter, r.Quote = delimiter, quote
	}
	r.source, err = newCSVSource(io.MultiReader(bytes.NewReader(start), text), r.Encoding, r.Delimiter, r.Quote,
		lineEnd(start))
	return err
}

// lineEnd returns the character at the end of lines: \n, or \r in a text without it.
func lineEnd(start []byte) byte {
	if bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

// csvSource yields the rows of a text with delimiters (RFC 4180). encoding/csv does not tell an empty text from no
// value, changes ends of lines within texts, knows one quote alone, and reads a line of any length.
type csvSource struct {
	input     *bufio.Reader
	encoding  Encoding
	delimiter []byte
	quote     byte // 0 for none
	lineEnd   byte

	number, line int    // of the row, and of the line that was read last
	rest         []byte // of the line
	size         int    // of the row so far
	record       []byte // the texts of the row's fields
	fields       []csvField
	row          sourceRow
}

// csvField is a field: where it ends in the record, and whether it is in quotes.
type csvField struct {
	end      int
	isQuoted bool
}

func newCSVSource(r io.Reader, e Encoding, delimiter, quote rune, lineEnd byte) (source, error) {
	s := &csvSource{input: bufio.NewReaderSize(r, sniffed), encoding: e, lineEnd: lineEnd}
	if quote != NoQuote {
		if s.quote = byte(quote); quote <= ' ' || quote >= utf8.RuneSelf {
			return nil, bad(Place{}, "the quote %q cannot be used; take a character of ASCII", quote)
		}
	}
	if delimiter == quote || delimiter == '\r' || delimiter == '\n' || delimiter <= 0 || !utf8.ValidRune(delimiter) {
		return nil, bad(Place{}, "the delimiter %q cannot be used with the quote %q", delimiter, quote)
	}
	s.delimiter = []byte(string(delimiter))
	return s, nil
}

func (s *csvSource) close() {}

func (s *csvSource) next() (*sourceRow, error) {
	s.size = 0
	for {
		if err := s.readLine(); err != nil {
			return nil, err
		}
		if len(bytes.TrimRight(s.rest, "\r\n")) > 0 {
			break
		}
		s.size = 0
	}
	s.number++
	s.row = sourceRow{number: s.number, line: s.line, cells: s.row.cells[:0]}
	s.record, s.fields = s.record[:0], s.fields[:0]
	for more := true; more; {
		if len(s.fields) == maxReadColumns {
			return nil, tooLarge(Place{Row: s.number, Line: s.row.line}, "the row has more than %d columns", maxReadColumns)
		}
		var err error
		if more, err = s.readField(); err != nil {
			own, isOwn := errors.AsType[*Error](err)
			if !isOwn || own.Code == model.ErrorCodeLimitExceeded {
				return nil, err
			}
			s.row.err = own
			s.record = append(s.record, s.withoutEnd(s.rest)...)
			s.fields = append(s.fields, csvField{end: len(s.record)})
			more = false
		}
	}
	record, from := string(s.record), 0
	for i, field := range s.fields {
		s.row.cells = append(s.row.cells, placedCell{i + 1, s.cell(record[from:field.end], field.isQuoted)})
		from = field.end
	}
	return &s.row, nil
}

// readLine reads the next line, with its end, and io.EOF after the last one.
func (s *csvSource) readLine() error {
	s.rest = s.rest[:0]
	for {
		part, err := s.input.ReadSlice(s.lineEnd)
		s.rest = append(s.rest, part...)
		if s.size += len(part); s.size > maxRowBytes {
			return tooLarge(Place{Row: s.number + 1, Line: s.line + 1}, "the row has more than %d bytes; a quote that is never "+
				"closed may be why", maxRowBytes)
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(s.rest) > 0:
			s.line++
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// readField reads a field, and reports whether another one follows.
func (s *csvSource) readField() (more bool, err error) {
	if s.quote != 0 && len(s.rest) > 0 && s.rest[0] == s.quote {
		return s.readQuoted()
	}
	field, rest, more := bytes.Cut(s.rest, s.delimiter)
	if !more {
		field = s.withoutEnd(field)
	}
	s.rest = rest
	s.record = append(s.record, field...)
	s.fields = append(s.fields, csvField{end: len(s.record)})
	return more, nil
}

// withoutEnd returns what is before the end of a line.
func (s *csvSource) withoutEnd(line []byte) []byte {
	if s.lineEnd == '\r' {
		return bytes.TrimSuffix(line, []byte{'\r'})
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

// readQuoted reads a field that begins with a quote, and may go on over several lines.
func (s *csvSource) readQuoted() (more bool, err error) {
	begins := s.line
	rest := s.rest[1:]
	for {
		end := bytes.IndexByte(rest, s.quote)
		if end < 0 {
			s.record = append(s.record, rest...)
			err := s.readLine()
			if errors.Is(err, io.EOF) {
				s.rest = nil
				return false, bad(Place{Row: s.number, Column: len(s.fields) + 1, Line: begins}, "a quote opens here and is never "+
					"closed")
			}
			if err != nil {
				return false, err
			}
			rest = s.rest
			continue
		}
		s.record = append(s.record, rest[:end]...)
		rest = rest[end+1:]
		if len(rest) == 0 || rest[0] != s.quote {
			break
		}
		s.record = append(s.record, s.quote)
		rest = rest[1:]
	}
	s.fields = append(s.fields, csvField{len(s.record), true})
	if s.rest, more = bytes.CutPrefix(rest, s.delimiter); more || len(s.withoutEnd(rest)) == 0 {
		return more, nil
	}
	return false, bad(Place{Row: s.number, Column: len(s.fields), Line: s.line},
		"text follows a quote that closes; double quotes within a text")
}

// cell returns the cell of a field: none without anything in it, an empty text for quotes.
func (s *csvSource) cell(field string, isQuoted bool) Cell {
	switch {
	case field == "" && !isQuoted:
		return Cell{}
	case strings.IndexByte(field, 0) >= 0:
		return Cell{Kind: Bad, Text: "has the character NUL", Shown: strings.ReplaceAll(field, "\x00", lostText)}
	case s.encoding == UTF8 && !utf8.ValidString(field),
		s.encoding != UTF8 && strings.ContainsRune(field, utf8.RuneError):
		return Cell{Kind: Bad, Text: "has bytes that are not " + string(s.encoding) + "; the file may be in several " +
			"encodings, or in another one", Shown: strings.ToValidUTF8(field, "\uFFFD")}
	}
	return TextCell(field)
}

// detectDelimiter returns the delimiter and the quote of a text by its first rows: those that give the most rows as
// many cells as the first has. What is set is kept.
func detectDelimiter(start []byte, delimiter, quote rune) (rune, rune) {
	delimiters, quotes := []rune{',', ';', '\t', '|'}, []rune{'"', '\''}
	if delimiter != 0 {
		delimiters = []rune{delimiter}
	}
	if quote != 0 {
		quotes = []rune{quote}
	}
	if end := bytes.LastIndexByte(start, '\n'); end > 0 && len(start) == sniffed {
		start = start[:end+1]
	}
	best, bestDelimiter, bestQuote := -1, delimiters[0], quotes[0]
	for _, q := range quotes {
		if q == '\'' && quote == 0 && !hasQuotedField(start, delimiters) {
			continue
		}
		for _, d := range delimiters {
			if score := fits(start, d, q); score > best {
				best, bestDelimiter, bestQuote = score, d, q
			}
		}
	}
	return bestDelimiter, bestQuote
}

// hasQuotedField reports whether a text has single quotes before and after delimiters, and no double ones.
func hasQuotedField(start []byte, delimiters []rune) bool {
	if bytes.IndexByte(start, '"') >= 0 {
		return false
	}
	for _, d := range delimiters {
		if bytes.Contains(start, []byte("'"+string(d)+"'")) {
			return true
		}
	}
	return false
}

// detectedRows is how many rows tell the delimiter.
const detectedRows = 50

// fits returns how well a delimiter and a quote suit the first rows of a text.
func fits(start []byte, delimiter, quote rune) int {
	source, err := newCSVSource(bytes.NewReader(start), UTF8, delimiter, quote, lineEnd(start))
	if err != nil {
		return -1
	}
	header, score := 0, 0
	for range detectedRows {
		row, err := source.next()
		if err != nil {
			break
		}
		switch cells := len(row.cells); {
		case header == 0:
			header = cells
			score = cells
		case row.err != nil || cells != header:
			score -= 3
		case cells > 1:
			score += 2
		}
	}
	if header < 2 {
		return 0
	}
	return max(score, 0)
}

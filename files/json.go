package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"callbook/model"
	"callbook/text"
)

// maxRow is the greatest row, in bytes; it bounds the memory that a file can take.
const maxRow = 16 << 20

const peekSize = 64 << 10

// maxArrays is how deep arrays around rows may be nested; the documents' own do with one.
const maxArrays = 16

var errTooDeep = fmt.Errorf("arrays are nested more than %d deep", maxArrays)

var errRowTooLarge = fmt.Errorf("a row has more than %d bytes", maxRow)

// ReadJSON reads the rows of a JSON file in either source document's wire form and hands each to yield, in constant
// memory: objects, arrays, the platform's envelopes, or one value a line. Commas before a closing bracket are forgiven.
// A bad row goes to yield with its errors. The error returned ends the file: yield's own, or text that is no JSON.
// Where there is one value a line, bad JSON is a bad row and the next line goes on.
func ReadJSON(r io.Reader, o Options, yield func(Row) error) error {
	buffered := bufio.NewReaderSize(r, peekSize)
	start, _ := buffered.Peek(peekSize)
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) { // byte order mark
		_, _ = buffered.Discard(3)
		start = start[3:]
	}
	if o.Lines || isLines(start) {
		return readLines(buffered, o, yield)
	}
	return newDocument(buffered, 1, o, yield).read()
}

// isLines tells whether the first line is a JSON value of its own and others follow.
func isLines(start []byte) bool {
	line, rest, found := bytes.Cut(bytes.TrimLeft(start, " \t\r\n"), []byte("\n"))
	return found && len(bytes.TrimSpace(rest)) > 0 && len(line) > 0 && line[0] == '{' && json.Valid(line)
}

func readLines(r *bufio.Reader, o Options, yield func(Row) error) error {
	for number := 1; ; number++ {
		line, err := readLine(r)
		if err == errRowTooLarge {
			err = yield(Row{Line: number, Errors: model.Errors{model.LimitExceeded("", "%v", errRowTooLarge)}})
			if err != nil {
				return err
			}
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		if line = bytes.TrimRight(bytes.TrimSpace(line), ","); len(line) > 0 {
			if err := readLineRows(line, number, o, yield); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readLineRows reads the rows of one line; bad JSON is a bad row.
func readLineRows(line []byte, number int, o Options, yield func(Row) error) error {
	d := newDocument(bytes.NewReader(line), number, o, yield)
	err := d.read()
	if err == nil || d.yieldErr != nil {
		return d.yieldErr
	}
	var at *lineError
	if errors.As(err, &at) {
		err = at.err
	}
	return yield(Row{Line: number, Errors: model.Errors{model.BadInput("", "%v", err)}})
}

// lineError says where a document stops being JSON.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// readLine reads a line of at most maxRow bytes; of a longer one it reads, and forgets, the rest.
func readLine(r *bufio.Reader) (line []byte, err error) {
	tooLarge := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxRow {
			tooLarge, line = true, nil
		}
		if !tooLarge {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
		case tooLarge && (err == nil || err == io.EOF):
			return nil, errRowTooLarge
		default:
			return line, err
		}
	}
}

// document reads JSON values that may spread over lines.
type document struct {
	input    *forgiving
	decoder  *json.Decoder
	options  Options
	yield    func(Row) error
	yieldErr error
	depth    int
}

func newDocument(r io.Reader, firstLine int, o Options, yield func(Row) error) *document {
	input := &forgiving{r: r, line: firstLine}
	decoder := json.NewDecoder(input)
	decoder.UseNumber()
	return &document{input: input, decoder: decoder, options: o, yield: yield}
}

func (d *document) read() error {
	for {
		token, err := d.decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = d.value(token)
		}
		if d.yieldErr != nil {
			return d.yieldErr
		}
		if err != nil {
			return d.explain(err)
		}
	}
}

func (d *document) explain(err error) error {
	line := d.line()
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &lineError{d.input.lineAt(d.input.passed), errors.New("the text ends in the middle of a JSON value")}
	case errors.As(err, &syntax):
		return &lineError{line, fmt.Errorf("not JSON: %w", syntax)}
	case errors.Is(err, errRowTooLarge), errors.Is(err, errTooDeep):
		return &lineError{line, err}
	}
	return err
}

// value reads the rows of the value that begins with token.
func (d *document) value(token json.Token) error {
	switch token {
	case json.Delim('{'):
		return d.object()
	case json.Delim('['):
		if d.depth++; d.depth > maxArrays {
			return errTooDeep
		}
		defer func() { d.depth-- }()
		for d.decoder.More() {
			token, err := d.decoder.Token()
			if err == nil {
				err = d.value(token)
			}
			if err != nil {
				return err
			}
		}
		_, err := d.decoder.Token()
		return err
	}
	return d.emit(Row{Line: d.line(), Errors: model.Errors{model.BadInput("", "a row must be an object, not %s", describe(token))}})
}

func (d *document) line() int { return d.input.lineAt(d.decoder.InputOffset()) }

// object reads an object: a row, or an envelope, whose rows are in `data`, or in the `content` of that.
func (d *document) object() error {
	line := d.line()
	raw := map[string]json.RawMessage{}
	envelope := false
	for d.decoder.More() {
		key, err := d.decoder.Token()
		if err != nil {
			return err
		}
		if name := key.(string); name == "data" || name == "content" {
			envelope = true
			if err := d.inside(line); err != nil {
				return err
			}
			continue
		}
		var value json.RawMessage
		if err := d.decoder.Decode(&value); err != nil {
			return err
		}
		raw[key.(string)] = slices.Clone(value)
	}
	if _, err := d.decoder.Token(); err != nil {
		return err
	}
	if envelope {
		if kindOf(raw) != AnyKind {
			return d.emit(Row{Line: line, Errors: model.Errors{model.BadInput("", "is both a row and an envelope: it has fields of a row beside data or content")}})
		}
		return nil
	}
	row := d.options.row(raw)
	row.Line = line
	return d.emit(row)
}

// inside reads what an envelope holds.
func (d *document) inside(line int) error {
	token, err := d.decoder.Token()
	if err != nil {
		return err
	}
	if _, ok := token.(json.Delim); !ok {
		return d.emit(Row{Line: line, Errors: model.Errors{model.BadInput("data", "the envelope holds no rows but %s", describe(token))}})
	}
	return d.value(token)
}

func describe(token json.Token) string {
	if token == nil {
		return "null"
	}
	return text.Quote(fmt.Sprint(token))
}

func (d *document) emit(row Row) error {
	d.input.mark()
	d.yieldErr = d.yield(row)
	return d.yieldErr
}

// forgiving passes JSON on without the commas before closing brackets, remembers where lines begin, and refuses to pass
// on more than maxRow bytes between two marks.
type forgiving struct {
	r        io.Reader
	err      error
	passed   int64
	marked   int64
	line     int     // of the first byte behind those whose newlines were forgotten
	newlines []int64 // offsets of newlines passed on
	inString bool
	escaped  bool
	comma    bool // held back
}

func (f *forgiving) mark() { f.marked = f.passed }

func (f *forgiving) lineAt(offset int64) int {
	n := 0
	for n < len(f.newlines) && f.newlines[n] < offset {
		n++
	}
	f.newlines = f.newlines[n:]
	f.line += n
	return f.line
}

// Read wants room for two bytes at least, which a JSON decoder always has.
func (f *forgiving) Read(p []byte) (n int, err error) {
	if f.passed-f.marked > maxRow {
		return 0, errRowTooLarge
	}
	var chunk [4096]byte
	for n == 0 && f.err == nil {
		var read int
		read, f.err = f.r.Read(chunk[:min(len(p)-1, len(chunk))])
		n = f.pass(p, chunk[:read])
	}
	if n > 0 {
		return n, nil
	}
	return 0, f.err
}

// pass copies in to out, holding back each comma until it is known what follows.
func (f *forgiving) pass(out, in []byte) (n int) {
	emit := func(c byte) {
		if c == '\n' {
			f.newlines = append(f.newlines, f.passed)
		}
		out[n] = c
		n++
		f.passed++
	}
	for _, c := range in {
		if f.inString {
			f.inString = c != '"' || f.escaped
			f.escaped = c == '\\' && !f.escaped
			emit(c)
			continue
		}
		if f.comma && !isSpace(c) {
			f.comma = false
			if c != ']' && c != '}' {
				emit(',')
			}
		}
		if c == ',' {
			f.comma = true
			continue
		}
		f.inString = c == '"'
		emit(c)
	}
	return n
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

package files

import "io"

// trailingCommaReader passes JSON on without the commas before closing brackets. It counts lines, and fails with
// errRowTooLarge once more than maxRow bytes have passed since the last call of startRow.
type trailingCommaReader struct {
	source    io.Reader
	err       error   // of source
	passed    int64   // bytes passed on
	rowStart  int64   // passed at the last call of startRow
	line      int     // at the offset of the last call of lineAt; at first the number of the first line
	newlines  []int64 // offsets of newlines passed on after that
	inString  bool
	escaped   bool
	heldComma bool // a comma was read and not passed on yet
}

// startRow begins to count the bytes of a row.
func (r *trailingCommaReader) startRow() { r.rowStart = r.passed }

// lineAt returns the line of an offset in what was passed on. Offsets of successive calls must not decrease.
func (r *trailingCommaReader) lineAt(offset int64) int {
	n := 0
	for n < len(r.newlines) && r.newlines[n] < offset {
		n++
	}
	r.newlines = r.newlines[n:]
	r.line += n
	return r.line
}

// Read reads into p, which must have room for two bytes at least: a held comma and the byte after it. JSON decoders
// have more.
func (r *trailingCommaReader) Read(p []byte) (n int, err error) {
	if r.passed-r.rowStart > maxRow {
		return 0, errRowTooLarge
	}
	var chunk [4096]byte
	for n == 0 && r.err == nil {
		var read int
		read, r.err = r.source.Read(chunk[:min(len(p)-1, len(chunk))])
		n = r.pass(p, chunk[:read])
	}
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// pass copies in to out and returns the number of bytes written. It holds each comma back until it knows what follows.
func (r *trailingCommaReader) pass(out, in []byte) (n int) {
	emit := func(c byte) {
		if c == '\n' {
			r.newlines = append(r.newlines, r.passed)
		}
		out[n] = c
		n++
		r.passed++
	}
	for _, c := range in {
		if r.inString {
			r.inString = c != '"' || r.escaped
			r.escaped = c == '\\' && !r.escaped
			emit(c)
			continue
		}
		if r.heldComma && !isSpace(c) {
			r.heldComma = false
			if c != ']' && c != '}' {
				emit(',')
			}
		}
		if c == ',' {
			r.heldComma = true
			continue
		}
		r.inString = c == '"'
		emit(c)
	}
	return n
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

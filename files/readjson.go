package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// maxRow is the greatest size of a row in bytes. It bounds the memory that a file takes.
const maxRow = 16 << 20

const peekSize = 64 << 10 // bytes by which ReadJSON recognises one value a line

var errRowTooLarge = fmt.Errorf("a row has more than %d bytes", maxRow)

// ReadJSON reads the rows of a JSON file in the wire form of the CRM or of the AI platform, and calls yield with
// each. A file holds objects, arrays of them, the platform's envelopes, or one value a line; commas before closing
// brackets are ignored. A row that is wrong is passed to yield with its errors, BAD_USER_INPUT or, beyond 16 MiB,
// LIMIT_EXCEEDED. ReadJSON returns the error of yield or of r, or the line where the text stops being JSON, which
// ends the reading; where there is one value a line, such a line is a wrong row and reading goes on. Memory does not
// grow with the file.
func ReadJSON(r io.Reader, o Options, yield func(Row) error) error {
	index := 0
	yieldNext := func(row Row) error {
		row.Index = index
		index++
		return yield(row)
	}
	buffered := bufio.NewReaderSize(r, peekSize)
	start, _ := buffered.Peek(peekSize)
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) { // byte order mark
		_, _ = buffered.Discard(3)
		start = start[3:]
	}
	if o.Lines || isLines(start) {
		return readLines(buffered, o, yieldNext)
	}
	return newDocument(buffered, 1, o, yieldNext).read()
}

// isLines reports whether the first line is an object by itself and other lines follow.
func isLines(start []byte) bool {
	line, rest, found := bytes.Cut(bytes.TrimLeft(start, " \t\r\n"), []byte("\n"))
	return found && len(bytes.TrimSpace(rest)) > 0 && len(line) > 0 && line[0] == '{' && json.Valid(line)
}

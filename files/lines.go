package files

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"callbook/model"
)

// readLines reads a file with one value a line. Empty lines, and commas at the ends of lines, are ignored.
func readLines(r *bufio.Reader, o Options, yield func(Row) error) error {
	objects := newObjectReader(o)
	for number := 1; ; number++ {
		line, err := readLine(r)
		if errors.Is(err, errRowTooLarge) {
			err = yield(Row{Line: number, Errors: model.Errors{model.LimitExceeded("", "%v", errRowTooLarge)}})
			if err != nil {
				return err
			}
			continue
		}
		isLast := err == io.EOF //nolint:errorlint // readers end with io.EOF itself; one that is wrapped is a failure
		if err != nil && !isLast {
			return err
		}
		if line = bytes.TrimRight(bytes.TrimSpace(line), ","); len(line) > 0 {
			if err := readLineRows(line, number, objects, yield); err != nil {
				return err
			}
		}
		if isLast {
			return nil
		}
	}
}

// readLineRows reads the rows of one line. Text that is no JSON is a wrong row. It returns the error of yield alone.
func readLineRows(line []byte, number int, objects *objectReader, yield func(Row) error) error {
	if row, isRead := objects.read(line); isRead {
		row.Line = number
		return yield(row)
	}
	d := newDocument(bytes.NewReader(line), number, objects.options, yield)
	err := d.read()
	if err == nil || d.yieldErr != nil {
		return d.yieldErr
	}
	if at, ok := errors.AsType[*lineError](err); ok {
		err = at.err
	}
	return yield(wrongRow(number, "", "%v", err))
}

// readLine returns the next line, and io.EOF with the last one. It skips a line of more than maxRow bytes and returns
// errRowTooLarge for it.
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
		case errors.Is(err, bufio.ErrBufferFull):
		case tooLarge && (err == nil || err == io.EOF):
			return nil, errRowTooLarge
		default:
			return line, err
		}
	}
}

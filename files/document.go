package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"callbook/model"
	"callbook/text"
)

// maxArrays is how deep arrays around rows may be nested. The source documents nest one.
const maxArrays = 16

var errTooDeep = fmt.Errorf("arrays are nested more than %d deep", maxArrays)

// lineError is an error at a line of the file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// document reads JSON values that may extend over several lines.
type document struct {
	input    *trailingCommaReader
	decoder  *json.Decoder
	options  Options
	yield    func(Row) error
	yieldErr error // what yield returned
	depth    int   // of arrays
}

func newDocument(r io.Reader, firstLine int, o Options, yield func(Row) error) *document {
	input := &trailingCommaReader{source: r, line: firstLine}
	decoder := json.NewDecoder(input)
	decoder.UseNumber()
	return &document{input: input, decoder: decoder, options: o, yield: yield}
}

// read reads all values. It returns the error of yield, or a lineError.
func (d *document) read() error {
	for {
		token, err := d.decoder.Token()
		if err == io.EOF { //nolint:errorlint // readers end with io.EOF itself; one that is wrapped is a failure
			return nil
		}
		if err == nil {
			err = d.readValue(token)
		}
		if d.yieldErr != nil {
			return d.yieldErr
		}
		if err != nil {
			return d.withLine(err)
		}
	}
}

// withLine returns an error of the decoder with the line where it occurred.
func (d *document) withLine(err error) error {
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

// readValue reads the rows of the value that begins with token.
func (d *document) readValue(token json.Token) error {
	switch token {
	case json.Delim('{'):
		return d.readObject()
	case json.Delim('['):
		if d.depth++; d.depth > maxArrays {
			return errTooDeep
		}
		defer func() { d.depth-- }()
		for d.decoder.More() {
			token, err := d.decoder.Token()
			if err == nil {
				err = d.readValue(token)
			}
			if err != nil {
				return err
			}
		}
		_, err := d.decoder.Token()
		return err
	}
	return d.yieldRow(wrongRow(d.line(), "", "a row must be an object, not %s", describe(token)))
}

// line returns the line that the decoder has read to.
func (d *document) line() int { return d.input.lineAt(d.decoder.InputOffset()) }

// readObject reads an object: a row, or an envelope of the AI platform, whose rows are in data or in data.content.
func (d *document) readObject() error {
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
			if err := d.readEnvelope(line); err != nil {
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
			row := wrongRow(line, "", "is both a row and an envelope: it has fields of a row beside data or content")
			row.ID = idOf(raw)
			return d.yieldRow(row)
		}
		return nil
	}
	row := d.options.row(newFields(raw, "", d.options.Location))
	row.Line = line
	return d.yieldRow(row)
}

// readEnvelope reads the value of data or content of the envelope that begins at a line.
func (d *document) readEnvelope(line int) error {
	token, err := d.decoder.Token()
	if err != nil {
		return err
	}
	if _, ok := token.(json.Delim); !ok {
		return d.yieldRow(wrongRow(line, "data", "the envelope holds no rows but %s", describe(token)))
	}
	return d.readValue(token)
}

// describe returns a token as error messages show it.
func describe(token json.Token) string {
	if token == nil {
		return "null"
	}
	return text.Quote(fmt.Sprint(token))
}

// wrongRow returns a row that is a BAD_USER_INPUT error.
func wrongRow(line int, field, format string, args ...any) Row {
	return Row{Line: line, Errors: model.Errors{model.BadInput(field, format, args...)}}
}

func (d *document) yieldRow(row Row) error {
	d.input.startRow()
	d.yieldErr = d.yield(row)
	return d.yieldErr
}

// Package sheet reads and writes tables: XLSX, CSV and NDJSON, row by row, in memory that does not grow with the file.
// It knows nothing of calls.
package sheet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"callbook/model"
)

// Format is the format of a file.
type Format string

const (
	XLSX   Format = "XLSX"   // a workbook of Excel 2007 and later
	CSV    Format = "CSV"    // lines with delimiters, RFC 4180
	NDJSON Format = "NDJSON" // a JSON object a line
)

// ContentType returns the media type of files of the format.
func (f Format) ContentType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case NDJSON:
		return "application/x-ndjson"
	}
	return "text/csv; charset=utf-8"
}

// Extension returns how names of files of the format end, with the dot.
func (f Format) Extension() string { return "." + strings.ToLower(string(f)) }

// The greatest sheet that XLSX can hold, and the longest text of a cell in UTF-16 units.
const (
	maxRows     = 1 << 20
	maxColumns  = 1 << 14
	maxCellText = 32767
)

// Kind is what the value of a cell is.
type Kind uint8

const (
	Empty    Kind = iota // no cell, an empty one, or null
	Text                 // Text, which may be empty
	Number               // Text is a decimal number, as exact as the file has it
	Bool                 // Text is true or false
	Time                 // Time; in XLSX and CSV it has no zone: its clock shows what the cell shows, in UTC
	Duration             // Text is hours:minutes:seconds; the hours may exceed 23
	JSON                 // Text is a list or an object of NDJSON
	Bad                  // the cell has no value that can be used: Text says why
)

// Cell is the value of a cell.
type Cell struct {
	Kind  Kind
	Text  string
	Time  time.Time
	Shown string // of a bad cell: what the file shows there
}

// TextCell returns a cell of text, which may be empty.
func TextCell(s string) Cell { return Cell{Kind: Text, Text: s} }

// NumberCell returns a cell of a whole number.
func NumberCell(n int64) Cell { return Cell{Kind: Number, Text: fmt.Sprint(n)} }

// BoolCell returns a cell of a truth value.
func BoolCell(b bool) Cell { return Cell{Kind: Bool, Text: fmt.Sprint(b)} }

// TimeCell returns a cell of a time. XLSX and CSV show the clock of its zone.
func TimeCell(t time.Time) Cell { return Cell{Kind: Time, Time: t} }

// String returns the value as CSV shows it.
func (c Cell) String() string {
	if c.Kind == Time {
		return c.Time.Format("2006-01-02 15:04:05.999999")
	}
	return c.Text
}

// Column is a column that is read.
type Column struct {
	Name   string // the text of its header, trimmed; its letters where the table has no header
	Number int    // place in the file, from 1
}

// Row is a row that is read. Cells has one for each of the reader's columns.
type Row struct {
	// Number is that in the sheet, from 1, in further sheets counted on; of CSV the record with the header, of NDJSON the
	// line.
	Number  int
	Line    int // of CSV and NDJSON: where it begins in the file, from 1
	Cells   []Cell
	Error   *Error // why the row cannot be used, nil where it can
	Warning *Error // what is odd about it
}

// Place is where something is in a file. What is not known, or does not apply, is empty or 0.
type Place struct {
	Sheet  string
	Row    int // from 1
	Column int // from 1
	Line   int // of text, from 1, where it differs from the row
}

// String returns the place in words: sheet "A", cell C7.
func (p Place) String() string {
	var parts []string
	if p.Sheet != "" {
		parts = append(parts, fmt.Sprintf("sheet %q", p.Sheet))
	}
	switch {
	case p.Row > 0 && p.Column > 0:
		parts = append(parts, fmt.Sprintf("cell %s%d", Letters(p.Column), p.Row))
	case p.Row > 0:
		parts = append(parts, fmt.Sprintf("row %d", p.Row))
	case p.Column > 0:
		parts = append(parts, "column "+Letters(p.Column))
	}
	if p.Line > 0 && p.Line != p.Row {
		parts = append(parts, fmt.Sprintf("line %d", p.Line))
	}
	return strings.Join(parts, ", ")
}

// Letters returns the name of a column, which is numbered from 1: A to Z, AA and so on.
func Letters(column int) string {
	var name []byte
	for ; column > 0; column = (column - 1) / 26 {
		name = append(name, byte('A'+(column-1)%26))
	}
	slices.Reverse(name)
	return string(name)
}

// Error says what is wrong with a file, and where. It wraps a model.Error, so that callers of the API see it.
type Error struct {
	Place
	Code    model.ErrorCode // BAD_USER_INPUT or LIMIT_EXCEEDED
	Message string
}

// Error returns the message after the place.
func (e *Error) Error() string {
	if place := e.Place.String(); place != "" {
		return place + ": " + e.Message
	}
	return e.Message
}

// Unwrap returns the error as callers of the API see it.
func (e *Error) Unwrap() error { return &model.Error{Code: e.Code, Message: e.Error()} }

// bad returns a BAD_USER_INPUT error.
func bad(at Place, format string, args ...any) *Error {
	return &Error{at, model.ErrorCodeBadUserInput, fmt.Sprintf(format, args...)}
}

// tooLarge returns a LIMIT_EXCEEDED error.
func tooLarge(at Place, format string, args ...any) *Error {
	return &Error{at, model.ErrorCodeLimitExceeded, fmt.Sprintf(format, args...)}
}

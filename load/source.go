package load

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// Source is a file whose rows are loaded: a table, or JSON in the wire form.
type Source struct {
	Table  *files.Table  // nil for JSON
	Reader *sheet.Reader // of the table

	in      io.ReaderAt
	size    int64
	name    string
	options SourceOptions
}

// SourceOptions say how a file is read.
type SourceOptions struct {
	Files   files.Options // whose Kind is what rows are; where any, the headers of a table and each row of JSON tell
	Sheet   sheet.Options
	Mapping *files.Mapping // of a table; where nil, or without columns, the headers tell
}

// tableExtensions are how names of tables end.
var tableExtensions = []string{".csv", ".tsv", ".xlsx", ".xls"}

// IsTable reports whether a file is read as a table: by its name, or because there is a mapping for it.
func IsTable(name string, hasMapping bool) bool {
	return hasMapping || slices.Contains(tableExtensions, strings.ToLower(filepath.Ext(name)))
}

// OpenSource opens a file. It returns BAD_USER_INPUT for a file that is no table and must be one, and for a mapping
// that does not fit, and LIMIT_EXCEEDED for what is too large. The caller closes it.
func OpenSource(in io.ReaderAt, size int64, name string, o SourceOptions) (*Source, error) {
	s := &Source{in: in, size: size, name: name, options: o}
	if !IsTable(name, o.Mapping != nil) {
		return s, nil
	}
	reader, mapping, kind, err := OpenTable(in, size, o)
	if err != nil {
		return nil, err
	}
	o.Files.Kind = kind
	if s.Table, err = files.NewTable(reader, mapping, o.Files); err != nil {
		reader.Close()
		return nil, err
	}
	s.Reader = reader
	return s, nil
}

// OpenTable opens a table, and returns its mapping, which the headers suggest where none is given, and what its rows
// are. The caller closes the reader.
func OpenTable(in io.ReaderAt, size int64, o SourceOptions) (*sheet.Reader, files.Mapping, files.Kind, error) {
	var mapping files.Mapping
	if o.Mapping != nil {
		mapping = *o.Mapping
	}
	reader, err := sheet.Open(in, size, o.Sheet)
	if err != nil {
		return nil, mapping, "", err
	}
	kind := o.Files.Kind
	if kind == files.AnyKind {
		kind = files.GuessKind(mapping, reader.Columns)
	}
	if len(mapping.Columns) == 0 {
		mapping.Columns = files.GuessMapping(kind, reader.Columns).Columns
	}
	return reader, mapping, kind, nil
}

// Close frees what the source holds, but for its file.
func (s *Source) Close() {
	if s.Reader != nil {
		s.Reader.Close()
	}
}

// CountRows returns how many rows a table has, read from its beginning by a reader of its own.
func (s *Source) CountRows(ctx context.Context) (rows int64, err error) {
	reader, err := sheet.Open(s.in, s.size, s.options.Sheet)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	for ctx.Err() == nil {
		if _, err := reader.Next(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, ctx.Err()
}

// ReadSource loads the rows of a source. Errors are those of Read and ReadTable.
func (l *Loader) ReadSource(ctx context.Context, s *Source) error {
	if s.Table != nil {
		return l.ReadTable(ctx, s.Table)
	}
	return l.Read(ctx, s.name, io.NewSectionReader(s.in, 0, s.size))
}

// Problems returns errors of the row of a source that was read last as they are kept: with the cell where a table has
// the field.
func (s *Source) Problems(row *files.Row, errs model.Errors) []model.RowProblem {
	problems := make([]model.RowProblem, len(errs))
	for i, err := range errs {
		problems[i] = model.RowProblem{Code: err.Code, Field: err.Field, Message: err.Message}
		if s.Table == nil {
			continue
		}
		if column := s.Table.Column(err.Field); column > 0 {
			problems[i].Column, problems[i].Cell = column, sheet.Letters(column)+strconv.Itoa(s.rowInSheet(row))
		}
	}
	return problems
}

// rowInSheet returns the number of a row in its own sheet.
func (s *Source) rowInSheet(row *files.Row) int {
	if s.Reader.Format == sheet.XLSX {
		return row.Line
	}
	return row.Number
}

// RowNumber returns the number by which a row is known: that in the sheet, of JSON its place in the file, from 1.
func (s *Source) RowNumber(row *files.Row) int64 {
	if s.Table != nil {
		return int64(row.Number)
	}
	return int64(row.Index) + 1
}

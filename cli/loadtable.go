package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/load"
	"callbook/model"
)

// tableFlags say how tables are read.
type tableFlags struct {
	Mapping   string `placeholder:"FILE" help:"${help_load_mapping}"`
	Preview   bool   `help:"${help_load_preview}"`
	Sheet     string `placeholder:"NAME" help:"${help_load_sheet}"`
	Encoding  string `placeholder:"NAME" help:"${help_load_encoding}"`
	Errors    string `placeholder:"FILE" help:"${help_load_errors}"`
	Delimiter string `placeholder:"CHARACTER" help:"${help_load_delimiter}"`
}

// isTable reports whether a file is read as a table: by its name, or because a mapping is given.
func (f tableFlags) isTable(name string) bool {
	return load.IsTable(name, f.Mapping != "" || f.Preview)
}

// options returns how a table is opened.
func (f tableFlags) options() (o sheet.Options, err error) {
	o = sheet.Options{Sheet: f.Sheet, Encoding: sheet.Encoding(strings.ToUpper(f.Encoding))}
	if f.Delimiter != "" {
		delimiter, length := utf8.DecodeRuneInString(strings.ReplaceAll(f.Delimiter, `\t`, "\t"))
		if length != len(strings.ReplaceAll(f.Delimiter, `\t`, "\t")) {
			return o, errors.New("--delimiter: must be one character, such as ; or \\t")
		}
		o.Delimiter = delimiter
	}
	return o, nil
}

// openedTable is a table that is open, with its mapping, and what its rows are.
type openedTable struct {
	*sheet.Reader

	file    *tableFile
	size    int64
	mapping files.Mapping
	kind    files.Kind
}

// withTable opens a table and calls use with it. What is wrong with the table as a whole is told like a bad row.
func (r *loadReport) withTable(ctx context.Context, in io.Reader, size int64, use func(*openedTable) error) error {
	file, size, err := seekable(ctx, in, size)
	if err != nil {
		return err
	}
	defer file.close()
	reader, mapping, kind, err := r.openTable(file, size)
	if err != nil {
		return r.failTable(err)
	}
	defer reader.Close()
	return use(&openedTable{reader, file, size, mapping, kind})
}

// loadTable loads the rows of a table.
func (r *loadReport) loadTable(ctx context.Context, t *openedTable) error {
	if r.tables.Errors != "" && len(t.Further) > 0 {
		return fmt.Errorf("--errors: the rows go on in the sheets %s; name one by --sheet", strings.Join(t.Further, ", "))
	}
	return r.loadRows(ctx, t)
}

// loadRows loads the rows of an open table by a mapping.
func (r *loadReport) loadRows(ctx context.Context, t *openedTable) (err error) {
	options := r.files
	options.Kind = t.kind
	if r.table, err = files.NewTable(t.Reader, t.mapping, options); err != nil {
		return r.failTable(err)
	}
	defer func() { r.table = nil }()
	for _, problem := range t.Problems {
		fmt.Fprintf(r.console.Err, "%s: note: %v\n", r.name, problem)
	}
	if len(t.Further) > 0 {
		fmt.Fprintf(r.console.Err, "%s: note: the rows go on in the sheets %s\n", r.name, strings.Join(t.Further, ", "))
	}
	if len(t.LeftOut) > 0 {
		r.Warned++
		r.rowWarned(nil, model.Errors{model.BadInput("", "the sheets %s are not read: their headers are others than those "+
			"of %s; load them by --sheet", strings.Join(t.LeftOut, ", "), t.Sheet)})
	}
	t.file.progress = r.progress
	if err := r.ReadTable(ctx, r.table); err != nil || r.tables.Errors == "" {
		return err
	}
	t.file.progress = nil
	return r.writeErrors(t.file, t.size, t.Reader)
}

// failTable tells what is wrong with a table that cannot be read. It returns errors of others than the file.
func (r *loadReport) failTable(err error) error {
	errs := model.AsErrors(err)
	if len(errs) == 0 {
		return err
	}
	r.Failed++
	r.rowFailed(nil, errs)
	return nil
}

// openTable opens a table, and returns its mapping, that of --mapping or the one that its headers suggest, and what
// its rows are.
func (r *loadReport) openTable(file io.ReaderAt, size int64) (*sheet.Reader, files.Mapping, files.Kind, error) {
	how := load.SourceOptions{Files: r.files}
	var err error
	if how.Sheet, err = r.tables.options(); err != nil {
		return nil, files.Mapping{}, "", err
	}
	if r.tables.Mapping != "" {
		mapping, err := readMapping(r.tables.Mapping)
		if err != nil {
			return nil, mapping, "", err
		}
		how.Mapping = &mapping
	}
	return load.OpenTable(file, size, how)
}

func readMapping(path string) (m files.Mapping, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer file.Close()
	return files.ReadMapping(file)
}

// tableFile is a file that can be read at any place. Once progress is set, it learns how far the file has been read.
type tableFile struct {
	io.ReaderAt
	progress *progress
	reached  int64
	remove   func()
}

// ReadAt reads as the file does.
func (f *tableFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.ReaderAt.ReadAt(p, at)
	if end := at + int64(n); f.progress != nil && end > f.reached {
		_, _ = f.progress.Write(p[:min(int64(n), end-f.reached)])
		f.reached = end
	}
	return n, err
}

func (f *tableFile) close() {
	if f.remove != nil {
		f.remove()
	}
}

// seekable returns a file as it is, and anything else as a temporary copy, which close removes.
func seekable(ctx context.Context, in io.Reader, size int64) (*tableFile, int64, error) {
	if file, isFile := in.(*os.File); isFile && size >= 0 {
		return &tableFile{ReaderAt: file}, size, nil
	}
	spool, err := os.CreateTemp("", "callbook-load-*")
	if err != nil {
		return nil, 0, err
	}
	remove := func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}
	if size, err = io.Copy(spool, interruptible{ctx, in}); err != nil {
		remove()
		return nil, 0, err
	}
	return &tableFile{ReaderAt: spool, remove: remove}, size, nil
}

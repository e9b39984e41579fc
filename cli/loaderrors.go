package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/model"
)

// maxKeptErrors is how many errors are kept for --errors.
const maxKeptErrors = 100_000

// rowErrors are the errors of a table's rows.
type rowErrors struct {
	list    []sheet.RowError
	hasMore bool // there were more than maxKeptErrors
}

func (e *rowErrors) add(table *files.Table, row *files.Row, errs model.Errors) {
	for _, err := range errs {
		if len(e.list) == maxKeptErrors {
			e.hasMore = true
			return
		}
		e.list = append(e.list, sheet.RowError{
			Row: row.Number, Column: table.Place(err.Field).Column, Message: err.Message,
		})
	}
}

// all yields the errors in the order of rows.
func (e *rowErrors) all(yield func(sheet.RowError, error) bool) {
	slices.SortStableFunc(e.list, func(a, b sheet.RowError) int { return cmp.Compare(a.Row, b.Row) })
	for _, err := range e.list {
		if !yield(err, nil) {
			return
		}
	}
}

// checkErrors finds what is wrong with --errors before anything is read.
func (f tableFlags) checkErrors(names []string) error {
	if f.Errors == "" {
		return nil
	}
	if len(names) != 1 || !f.isTable(names[0]) || f.Preview {
		return errors.New("--errors: goes with one table to be loaded")
	}
	in, err := os.Stat(names[0])
	if err != nil {
		return nil //nolint:nilerr // standard input is no file, and the load reports a file that is missing
	}
	if out, err := os.Stat(f.Errors); err == nil && os.SameFile(in, out) {
		return errors.New("--errors: is the file that is loaded; name another one")
	}
	return nil
}

// writeErrors writes the table that has been loaded again, with the errors of its rows, where it has some. Rows up to
// the last one that was read are marked as done, but for dry runs, and where not all errors were kept.
func (r *loadReport) writeErrors(file *tableFile, size int64, reader *sheet.Reader) (err error) {
	if len(r.errors.list) == 0 {
		return nil
	}
	options := sheet.ErrorOptions{Locale: model.LocaleEn}
	if options.Options, err = r.tables.options(); err != nil {
		return err
	}
	if !r.dryRun && !r.errors.hasMore {
		options.Through = reader.At(0).Row
	}
	out, err := os.OpenFile(r.tables.Errors, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("--errors: %w", err)
	}
	err = errors.Join(sheet.WriteErrors(out, file, size, options, r.errors.all), out.Close())
	if err != nil {
		return fmt.Errorf("--errors: %w", err)
	}
	r.progress.clear()
	fmt.Fprintf(r.console.Err, "%s: the rows with their errors are in %s\n", r.name, r.tables.Errors)
	return nil
}

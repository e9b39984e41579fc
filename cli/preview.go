package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"callbook/files"
	"callbook/files/sheet"
	"callbook/text"
)

const (
	previewedRows  = 3  // values that are shown of each column
	previewedWidth = 24 // characters that are shown of a value
)

// preview shows the columns of tables with what they seem to be, checks all rows as a dry run does, and prints the
// mapping of the first table as JSON, to be changed and kept. It returns exitFailed where a row would fail.
func (r *loadReport) preview(ctx context.Context, names []string) error {
	for i, name := range names {
		err := r.withFile(name, func(in io.Reader, size int64) error {
			return r.withTable(ctx, in, size, func(t *openedTable) error { return r.previewTable(ctx, t, i == 0) })
		})
		if err != nil {
			return err
		}
	}
	r.dryRun = true
	fmt.Fprintf(r.console.Err, "checked, nothing written: %s would go in; %s, %s\n",
		count(r.Calls+r.Records, "row"), count(r.Failed, "bad row"), count(r.Warned, "warning"))
	if r.Failed > 0 {
		return exitFailed
	}
	return nil
}

func (r *loadReport) previewTable(ctx context.Context, t *openedTable, printsMapping bool) error {
	if t.kind == files.CallKind {
		t.mapping.ProposeIDs(r.name) // a proposal: people see it in the mapping
	}
	r.showColumns(t.Reader, t.mapping, t.kind, t.Peek(previewedRows))
	if printsMapping {
		encoder := json.NewEncoder(r.console.Out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(t.mapping); err != nil {
			return err
		}
	}
	return r.loadRows(ctx, t)
}

// showColumns prints the columns of a table, their fields and first values.
func (r *loadReport) showColumns(reader *sheet.Reader, m files.Mapping, kind files.Kind, rows []sheet.Row) {
	facts := []string{string(reader.Format)}
	if reader.Format == sheet.CSV {
		facts = append(facts, string(reader.Encoding), "cells between "+text.Quote(string(reader.Delimiter)))
	}
	if reader.Sheet != "" {
		facts = append(facts, "sheet "+text.Quote(reader.Sheet))
	}
	fmt.Fprintf(r.console.Err, "%s: %s, %s, rows are %ss\n", r.name, strings.Join(facts, ", "),
		count(len(reader.Columns), "column"), kind)
	fields := map[string]string{}
	for _, c := range m.Columns {
		fields[c.Column] = c.Field
	}
	table := tabwriter.NewWriter(r.console.Err, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COLUMN\tFIELD\tFIRST VALUES")
	for i, c := range reader.Columns {
		var values []string
		for _, row := range rows {
			if i < len(row.Cells) {
				values = append(values, text.Quote(shortened(row.Cells[i].String())))
			}
		}
		field := fields[c.Name]
		if field == "" {
			field = "(left out)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", shortened(c.Name), field, strings.Join(values, ", "))
	}
	_ = table.Flush()
}

func shortened(value string) string {
	if characters := []rune(value); len(characters) > previewedWidth {
		return string(characters[:previewedWidth-1]) + "…"
	}
	return value
}

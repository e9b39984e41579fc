package graph

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/files/sheet"
	"callbook/jobs"
	"callbook/load"
	"callbook/model"
)

const (
	maxPreviewBytes    = 256 << 20 // of a file that is previewed: it is copied, so that workbooks can be read
	maxPreviewRows     = 100_000
	maxPreviewTime     = 5 * time.Second
	maxPreviewShown    = 100 // rows
	maxPreviewProblems = 100
	peekedRows         = 20 // in which samples of columns are looked for
	maxSamples         = 3  // of a column
	maxSampleLength    = 100
)

// errPreviewStops ends a preview before the end of its file.
var errPreviewStops = errors.New("graph: the preview has seen enough")

// PreviewImport tries all rows of a table, as far as time and their number allow, and shows the first.
func (r query) PreviewImport(ctx context.Context, input model.StartImportInput, first int,
) (*model.ImportPreview, error) {
	if err := db.CheckFirst(first, maxPreviewShown); err != nil {
		return nil, err
	}
	mapping, err := mappingOf(ctx, r.db, input.Kind, input.Mapping, input.MappingName)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	actor, _ := model.ActorFrom(ctx)
	how, err := jobs.ImportSource(input.Kind, mapping, *input.Options, actor.TenantID)
	if err != nil {
		return nil, err
	}
	defer db.LiftLimits(ctx)() // what is read and tried at a time is a batch
	file, err := openImported(ctx, r.db, input.FileID, input.File)
	if err != nil {
		return nil, err
	}
	defer file.close()
	p := &importPreview{db: r.db, input: input, first: first, until: time.Now().Add(maxPreviewTime),
		counts: map[model.ErrorCode]int{}, rowOf: map[any]int64{}, out: &model.ImportPreview{Counts: &model.ImportCounts{}}}
	if err := p.read(ctx, file, how); err != nil {
		return nil, reportAll(ctx, err)
	}
	noteAct(ctx, auth.Act{Event: "tried", What: "previewImport", Rows: p.out.RowCount, Failed: p.out.Failed})
	return p.out, nil
}

// importPreview is a preview under way.
type importPreview struct {
	db     *db.DB
	input  model.StartImportInput
	first  int
	until  time.Time
	source *load.Source
	counts map[model.ErrorCode]int
	rowOf  map[any]int64 // the first row with a key, of those that would be written
	out    *model.ImportPreview
}

// read reads a file and tries its rows.
func (p *importPreview) read(ctx context.Context, file *importedFile, how load.SourceOptions) error {
	if err := refuseList(file); err != nil {
		return err
	}
	reader, mapping, kind, err := load.OpenTable(file, file.size, how)
	if err != nil {
		return err
	}
	defer reader.Close()
	isGuessed := how.Mapping == nil || len(how.Mapping.Columns) == 0
	if isGuessed && kind == files.CallKind {
		mapping.ProposeIDs(file.name)
	}
	p.showTable(reader, mapping, isGuessed)
	if errs := mapping.Check(kind, reader.Columns); len(errs) > 0 {
		if !isGuessed {
			return placedErrors(p.input.Mapping, errs)
		}
		p.out.Stopped = new(model.ImportPreviewStopMapping)
		p.addProblems(nil, errs, false)
		p.finish()
		return nil
	}
	how.Files.Kind = kind
	table, err := files.NewTable(reader, mapping, how.Files)
	if err != nil {
		return err
	}
	p.source = &load.Source{Table: table, Reader: reader}
	for _, problem := range reader.Problems {
		p.addProblems(nil, model.Errors{model.BadInput("", "%v", problem)}, true)
	}
	err = load.New(load.Options{Files: how.Files, Step: p.try}).ReadTable(ctx, table)
	if errs := model.AsErrors(err); errs != nil && errors.As(err, new(*sheet.Error)) {
		p.addProblems(nil, model.Errors{model.BadInput("", "%v; what follows cannot be read", errs)}, false)
	} else if err != nil && !errors.Is(err, errPreviewStops) {
		return err
	}
	p.finish()
	return nil
}

// placedErrors returns errors of a mapping with their places in the input; about mappingName where the mapping is one
// that is kept.
func placedErrors(in *model.ImportMappingInput, errs model.Errors) model.Errors {
	if in != nil {
		return files.PlacesIn(in, errs)
	}
	named := make(model.Errors, len(errs))
	for i, err := range errs {
		named[i] = model.BadInput("mappingName", "the mapping does not fit this file: %v", err)
	}
	return named
}

// showTable shows what kind of table it is, with samples of its columns.
func (p *importPreview) showTable(reader *sheet.Reader, mapping files.Mapping, isGuessed bool) {
	p.out.Format, p.out.Mapping = model.ExportFormat(reader.Format), mapping.Output()
	p.out.Sheets = append([]string{}, reader.Sheets...)
	switch reader.Format {
	case sheet.XLSX:
		p.out.Sheet = &reader.Sheet
	case sheet.CSV:
		p.out.Encoding, p.out.Delimiter = new(string(reader.Encoding)), new(string(reader.Delimiter))
	}
	rows := reader.Peek(peekedRows)
	fields := map[string]string{}
	for _, c := range mapping.Columns {
		fields[c.Column] = cmp.Or(fields[c.Column], c.Field)
	}
	p.out.Columns = make([]*model.ImportPreviewColumn, len(reader.Columns))
	for i, c := range reader.Columns {
		column := &model.ImportPreviewColumn{Header: c.Name, Number: c.Number, Guessed: isGuessed, Samples: []string{},
			Field: orNull(fields[c.Name])}
		delete(fields, c.Name) // of several columns with one header the first is read
		for _, row := range rows {
			if i >= len(row.Cells) || len(column.Samples) == maxSamples {
				continue
			}
			if sample := shortSample(row.Cells[i].String()); sample != "" && !slices.Contains(column.Samples, sample) {
				column.Samples = append(column.Samples, sample)
			}
		}
		p.out.Columns[i] = column
	}
}

func shortSample(value string) string {
	if utf8.RuneCountInString(value) <= maxSampleLength {
		return value
	}
	return string([]rune(value)[:maxSampleLength-1]) + "…"
}

// try tries a batch of rows, and returns errPreviewStops where no more are to be tried.
func (p *importPreview) try(ctx context.Context, b load.Batch) error {
	shown := []*model.ImportPreviewRow{}
	for i := range b.Bad {
		bad := &b.Bad[i]
		p.fail(&bad.Row, bad.Errors)
		shown = append(shown, shownRow(p.source, &bad.Row, model.RowOutcomeFailed))
	}
	results, err := p.tryRows(ctx, b.Rows)
	if err != nil {
		return err
	}
	for i := range b.Rows {
		row, result := &b.Rows[i], p.afterRowsBefore(&b.Rows[i], results[i])
		if len(result.errs) > 0 {
			p.fail(row, row.WireErrors(result.errs))
		} else if len(row.Warnings) > 0 {
			p.out.Counts.Warned++
			p.addProblems(row, row.Warnings, true)
		}
		p.count(result.outcome)
		if len(p.out.Rows) < p.first {
			shown = append(shown, shownRow(p.source, row, result.outcome))
		}
	}
	p.out.RowCount += len(b.Rows) + len(b.Bad)
	slices.SortFunc(shown, func(a, b *model.ImportPreviewRow) int { return cmp.Compare(a.Row, b.Row) })
	p.out.Rows = append(p.out.Rows, shown[:min(len(shown), p.first-len(p.out.Rows))]...)
	switch {
	case p.out.RowCount >= maxPreviewRows:
		p.out.Stopped = new(model.ImportPreviewStopRows)
	case time.Now().After(p.until):
		p.out.Stopped = new(model.ImportPreviewStopTime)
	default:
		return nil
	}
	return errPreviewStops
}

// triedRow is what would become of a row.
type triedRow struct {
	outcome model.RowOutcome
	errs    model.Errors
}

// tryRows returns what would become of rows.
func (p *importPreview) tryRows(ctx context.Context, rows []files.Row) ([]triedRow, error) {
	mode := p.input.Options.Mode
	if p.input.Kind == model.ImportKindCallRecords {
		return tryBatch(ctx, rows, mode, func(row *files.Row) *model.SaveCallRecordInput { return row.Record },
			p.db.TryImportRecords)
	}
	return tryBatch(ctx, rows, mode, func(row *files.Row) *model.CallImport { return row.Call }, p.db.TryImportCalls)
}

// afterRowsBefore returns what would become of a row that was tried against those that are stored, after a row of the
// file before it with the same key: that would be there then.
func (p *importPreview) afterRowsBefore(row *files.Row, tried triedRow) triedRow {
	if len(tried.errs) > 0 {
		return tried
	}
	var key any
	if row.Call != nil {
		key = row.Call.ID
	} else {
		key = row.Record.ID
	}
	first, isThere := p.rowOf[key]
	switch {
	case !isThere:
		p.rowOf[key] = p.source.RowNumber(row)
	case p.input.Options.Mode == model.ImportModeCreate:
		return triedRow{model.RowOutcomeFailed, model.Errors{
			model.Conflict("id", "the row %d has this key, too, and would be there already", first)}}
	case tried.outcome == model.RowOutcomeCreated, tried.outcome == model.RowOutcomeRestored:
		tried.outcome = model.RowOutcomeUpdated
	}
	return tried
}

func tryBatch[In any, K string | int64, T any](ctx context.Context, rows []files.Row, mode model.ImportMode,
	input func(*files.Row) *In, try func(context.Context, model.ImportMode, []*In) ([]db.Outcome[K, T], error),
) ([]triedRow, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	inputs, results := make([]*In, len(rows)), make([]triedRow, len(rows))
	for i := range rows {
		inputs[i] = input(&rows[i])
	}
	outcomes, err := try(ctx, mode, inputs)
	for i, o := range outcomes {
		results[i] = triedRow{o.Outcome, o.Errors}
	}
	return results, err
}

func (p *importPreview) count(outcome model.RowOutcome) {
	switch outcome {
	case model.RowOutcomeCreated:
		p.out.Counts.Created++
	case model.RowOutcomeUpdated:
		p.out.Counts.Updated++
	case model.RowOutcomeRestored:
		p.out.Counts.Restored++
	case model.RowOutcomeUnchanged:
		p.out.Counts.Unchanged++
	}
}

func (p *importPreview) fail(row *files.Row, errs model.Errors) {
	p.out.Failed++
	p.addProblems(row, errs, false)
}

// addProblems adds what is wrong with a row, nil for the table.
func (p *importPreview) addProblems(row *files.Row, errs model.Errors, areWarnings bool) {
	for i, err := range errs {
		if !areWarnings {
			p.counts[err.Code]++
		}
		if len(p.out.Problems) >= maxPreviewProblems {
			continue
		}
		problem := &model.ImportPreviewProblem{Code: err.Code, Message: Shorten(err.Message), Warning: areWarnings}
		if err.Field != "" {
			problem.Field = &err.Field
		}
		if row != nil {
			problem.Row, problem.RowID = new(int(p.source.RowNumber(row))), orNull(row.ID)
			problem.Cell = orNull(p.source.Problems(row, errs[i:i+1])[0].Cell)
		}
		p.out.Problems = append(p.out.Problems, problem)
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// finish puts what was counted into the answer.
func (p *importPreview) finish() {
	p.out.ProblemCounts = []*model.ImportProblemCount{}
	for code, count := range p.counts {
		p.out.ProblemCounts = append(p.out.ProblemCounts, &model.ImportProblemCount{Code: code, Count: count})
	}
	slices.SortFunc(p.out.ProblemCounts, func(a, b *model.ImportProblemCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	p.out.Problems = append([]*model.ImportPreviewProblem{}, p.out.Problems...)
	p.out.Rows = append([]*model.ImportPreviewRow{}, p.out.Rows...)
}

// refuseList returns BAD_USER_INPUT for a file that is one JSON list, and so no table.
func refuseList(file *importedFile) error {
	start := make([]byte, min(file.size, 512))
	if _, err := file.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the beginning of the file: %w", err)
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xEF\xBB\xBF")), " \t\r\n")
	if bytes.HasPrefix(start, []byte("[")) {
		return model.BadInput("", "the file is a JSON list, which needs no mapping; previews are of tables: CSV, XLSX, and "+
			"one JSON object a line")
	}
	return nil
}

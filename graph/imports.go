package graph

import (
	"bytes"
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/jobs"
	"callbook/load"
	"callbook/model"
)

const (
	maxBytesAtOnce    = 4 << 20 // of a file that is imported while the caller waits
	maxImportErrors   = 1000    // in the payload; all rows at fault are counted
	maxImportWarnings = 1000    // in the payload; all rows that are warned of are counted
)

func (r mutation) ImportCalls(ctx context.Context, file graphql.Upload, mapping *model.ImportMappingInput,
	options model.ImportOptions,
) (*model.ImportPayload, error) {
	return r.importAtOnce(ctx, model.ImportKindCalls, file, mapping, options)
}

func (r mutation) ImportCallRecords(ctx context.Context, file graphql.Upload, mapping *model.ImportMappingInput,
	options model.ImportOptions,
) (*model.ImportPayload, error) {
	return r.importAtOnce(ctx, model.ImportKindCallRecords, file, mapping, options)
}

// importAtOnce imports an uploaded file as the command load does. Errors of rows are in the payload.
func (r mutation) importAtOnce(ctx context.Context, kind model.ImportKind, file graphql.Upload,
	mapping *model.ImportMappingInput, o model.ImportOptions,
) (*model.ImportPayload, error) {
	if file.Size > maxBytesAtOnce {
		return nil, model.LimitExceeded("file", "has %d bytes; at most %d are imported at once: startImport takes more",
			file.Size, maxBytesAtOnce)
	}
	how, err := r.importSource(ctx, kind, mapping, o)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	content, err := io.ReadAll(file.File)
	if err != nil {
		return nil, err
	}
	defer db.LiftLimits(ctx)() // what is read and written at a time is a batch
	run := importRun{content: content, name: file.Filename, how: how}
	if o.DryRun || o.Policy == model.BatchPolicyAllOrNothing {
		payload, _, err := run.load(ctx, load.Options{Mode: o.Mode, Files: how.Files})
		if err != nil || o.DryRun || payload.Failed > 0 {
			return payload, reportAll(ctx, err)
		}
	}
	payload, loader, err := run.load(ctx, load.Options{DB: r.db, Mode: o.Mode, Files: how.Files})
	if loader != nil {
		noteAct(ctx, auth.Act{Event: "loaded", What: "file", Rows: loader.Written(), Failed: loader.Failed,
			Uncertain: err != nil})
		if err != nil && loader.Written() > 0 && (ctx.Err() != nil || r.db.IsUnavailable(err)) {
			err = db.DoneInPart(err)
		}
	}
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return payload, nil
}

// importSource returns how a file is read that is imported at once.
func (r mutation) importSource(ctx context.Context, kind model.ImportKind, in *model.ImportMappingInput,
	o model.ImportOptions,
) (load.SourceOptions, error) {
	mapping, err := mappingOf(ctx, r.db, kind, in, nil)
	if err != nil {
		return load.SourceOptions{}, err
	}
	actor, _ := model.ActorFrom(ctx)
	return jobs.ImportSource(kind, mapping, o, actor.TenantID)
}

// importRun is a file that is imported while the caller waits.
type importRun struct {
	content []byte
	name    string
	how     load.SourceOptions
}

// load reads the file once, and returns what became of its rows. The loader is nil where the file cannot be read.
func (f importRun) load(ctx context.Context, o load.Options) (*model.ImportPayload, *load.Loader, error) {
	source, err := load.OpenSource(bytes.NewReader(f.content), int64(len(f.content)), f.name, f.how)
	if err != nil {
		return nil, nil, err
	}
	defer source.Close()
	payload := &model.ImportPayload{Errors: []*model.ImportError{}, Warnings: []*model.ImportWarning{}}
	o.OnError = func(row *files.Row, errs model.Errors) {
		for _, err := range errs[:min(len(errs), maxImportErrors-len(payload.Errors))] {
			payload.Errors = append(payload.Errors, importError(row, err))
		}
	}
	o.OnWarning = func(row *files.Row, errs model.Errors) {
		for _, err := range errs[:min(len(errs), maxImportWarnings-len(payload.Warnings))] {
			payload.Warnings = append(payload.Warnings, &model.ImportWarning{
				Line: row.Line, Index: row.Index, RowID: row.ID, Field: err.Field, Message: err.Message,
			})
		}
	}
	loader := load.New(o)
	err = loader.ReadSource(ctx, source)
	payload.Rows, payload.Turns = loader.Calls+loader.Records, loader.Turns
	payload.Failed, payload.Warned = loader.Failed, loader.Warned
	if o.DB != nil {
		payload.Created, payload.Updated = loader.Outcomes[model.RowOutcomeCreated], loader.Outcomes[model.RowOutcomeUpdated]
		payload.Restored = loader.Outcomes[model.RowOutcomeRestored]
		payload.Unchanged = loader.Outcomes[model.RowOutcomeUnchanged]
	}
	return payload, loader, err
}

// importError returns an error of a row, nil for the whole file.
func importError(row *files.Row, err *model.Error) *model.ImportError {
	out := &model.ImportError{Code: err.Code, Message: err.Message}
	if row != nil {
		out.Line, out.Index = &row.Line, &row.Index
		if row.ID != "" {
			out.RowID = &row.ID
		}
	}
	if err.Field != "" {
		out.Field = &err.Field
	}
	return out
}

func (r mutation) StartImport(ctx context.Context, input model.StartImportInput) (*model.StartImportPayload, error) {
	mapping, err := mappingOf(ctx, r.db, input.Kind, input.Mapping, input.MappingName)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	actor, _ := model.ActorFrom(ctx)
	in := jobs.ImportInput{Kind: input.Kind, Mapping: mapping, Options: *input.Options}
	if _, err := jobs.ImportSource(in.Kind, in.Mapping, in.Options, actor.TenantID); err != nil {
		return nil, err
	}
	file, err := r.fileToImport(ctx, input)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	in.FileID = file.ID
	job, isNew, err := r.db.StartImport(ctx, file.ID, in.Kind, in, in.Fingerprint(file, actor), input.Repeat)
	if err != nil {
		return nil, err
	}
	auth.Audit(ctx, "import started", actor, "job", job.ID, "kind", in.Kind, "file", file.ID, "new", isNew, "requestId",
		RequestID(ctx))
	return &model.StartImportPayload{Job: job, IsNew: isNew}, withFiles(ctx, r.db, job)
}

// fileToImport returns the stored file that an import names, or stores the one that comes with it.
func (r mutation) fileToImport(ctx context.Context, input model.StartImportInput) (*model.StoredFile, error) {
	if (input.File == nil) == (input.FileID == nil) {
		return nil, model.BadInput("input", "must have either fileId or file")
	}
	if input.File != nil {
		return r.storeUpload(ctx, *input.File)
	}
	file, err := r.db.File(ctx, *input.FileID)
	switch {
	case err != nil:
		return nil, err
	case file == nil:
		return nil, model.NotFound("fileId", "there is no such file; it may have been deleted")
	case file.State != model.FileStateReady:
		return nil, model.Conflict("fileId", "the file is still coming: %d bytes of %d are here", file.Received, file.Bytes)
	}
	return file, nil
}

// Outcomes returns a page of what became of rows of an import.
func (r job) Outcomes(ctx context.Context, of *model.Job, first int, after *int, kinds []model.RowOutcome,
) (*model.ImportOutcomePage, error) {
	from := int64(0)
	if after != nil {
		from = int64(*after)
	}
	rows, err := r.db.JobOutcomes(ctx, of.ID, kinds, from, first)
	if err != nil {
		return nil, err
	}
	page := &model.ImportOutcomePage{Nodes: make([]*model.ImportOutcome, len(rows))}
	for i, row := range rows {
		page.Nodes[i] = &model.ImportOutcome{Row: int(row.RowNumber), Outcome: row.Outcome, RowID: row.RowKey,
			Errors: importProblems(row.Problems()), Warnings: importProblems(row.LeftOut())}
		if row.Version != nil {
			page.Nodes[i].Version = new(int(*row.Version))
		}
	}
	if first > 0 && len(rows) == first {
		page.EndRow = &page.Nodes[len(rows)-1].Row
	}
	return page, nil
}

func importProblems(problems []model.RowProblem) []*model.ImportProblem {
	out := make([]*model.ImportProblem, len(problems))
	for i, p := range problems {
		out[i] = &model.ImportProblem{Code: p.Code, Field: orNull(p.Field), Cell: orNull(p.Cell), Message: p.Message}
	}
	return out
}

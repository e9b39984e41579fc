package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/auth"
	"callbook/db"
	"callbook/files"
	"callbook/load"
	"callbook/model"
)

const (
	maxFileErrors   = 1000 // in the payload; all rows at fault are counted
	maxFileWarnings = 1000 // in the payload; all rows that are warned of are counted
)

// LoadFile loads an uploaded file as the command load does. Errors: BAD_USER_INPUT for an unknown time zone; those of
// rows are in the payload.
func (r mutation) LoadFile(
	ctx context.Context, file graphql.Upload, dryRun bool, timeZone string,
) (*model.LoadFilePayload, error) {
	if err := db.CheckTimeZone(timeZone); err != nil {
		return nil, err
	}
	location, err := time.LoadLocation(timeZone)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	payload := &model.LoadFilePayload{Errors: []*model.LoadFileError{}, Warnings: []*model.LoadFileWarning{}}
	options := load.Options{DB: r.db, Files: files.Options{Location: location, TenantID: actor.TenantID}}
	if dryRun {
		options.DB = nil
	}
	options.OnError = func(row *files.Row, errs model.Errors) {
		for _, err := range errs[:min(len(errs), maxFileErrors-len(payload.Errors))] {
			payload.Errors = append(payload.Errors, loadFileError(row, err))
		}
	}
	options.OnWarning = func(row *files.Row, errs model.Errors) {
		for _, err := range errs[:min(len(errs), maxFileWarnings-len(payload.Warnings))] {
			payload.Warnings = append(payload.Warnings, &model.LoadFileWarning{
				Line: row.Line, Index: row.Index, RowID: row.ID, Field: err.Field, Message: err.Message,
			})
		}
	}
	defer db.LiftLimits(ctx)() // what is read and written at a time is a batch
	loader := load.New(options)
	err = loader.Read(ctx, file.Filename, file.File)
	if !dryRun {
		noteAct(ctx, auth.Act{Event: "loaded", What: "file", Rows: loader.Written(), Failed: loader.Failed,
			Uncertain: err != nil})
	}
	if err != nil {
		if !dryRun && loader.Written() > 0 && (ctx.Err() != nil || r.db.IsUnavailable(err)) {
			err = db.DoneInPart(err)
		}
		return nil, err
	}
	payload.Created, payload.Updated = loader.Outcomes[model.RowOutcomeCreated], loader.Outcomes[model.RowOutcomeUpdated]
	payload.Restored = loader.Outcomes[model.RowOutcomeRestored]
	payload.Unchanged = loader.Outcomes[model.RowOutcomeUnchanged]
	payload.Failed, payload.Warned = loader.Failed, loader.Warned
	payload.Calls, payload.CallRecords, payload.Turns = loader.Calls, loader.Records, loader.Turns
	return payload, nil
}

// loadFileError returns an error of a row, nil for the whole file.
func loadFileError(row *files.Row, err *model.Error) *model.LoadFileError {
	out := &model.LoadFileError{Code: err.Code, Message: err.Message}
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

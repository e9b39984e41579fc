package graph

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/files"
	"callbook/model"
)

const maxFileErrors = 1000 // shown; all are counted

// LoadFile loads an uploaded file as the command load does.
func (r mutation) LoadFile(ctx context.Context, file graphql.Upload, dryRun bool, timeZone string) (*model.LoadFilePayload, error) {
	if err := db.CheckTimeZone(timeZone); err != nil {
		return nil, err
	}
	location, err := time.LoadLocation(timeZone)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	payload := &model.LoadFilePayload{Errors: []*model.LoadFileError{}}
	loader := &db.Loader{DB: r.db}
	if dryRun {
		loader.DB = nil
	}
	note := func(line int, errs model.Errors) {
		for _, err := range errs {
			if len(payload.Errors) < maxFileErrors {
				payload.Errors = append(payload.Errors, fileError(line, err))
			}
		}
	}
	loader.OnError = func(row db.LoadRow, errs model.Errors) {
		note(row.Line, files.Row{Call: row.Call, Record: row.Record}.WireErrors(errs))
	}
	var failure error // of the database
	ending := strings.ToLower(filepath.Ext(file.Filename))
	options := files.Options{Location: location, TenantID: actor.TenantID, Lines: slices.Contains([]string{".jsonl", ".ndjson"}, ending)}
	err = files.ReadJSON(file.File, options, func(row files.Row) error {
		if errs := row.Check(); len(errs) > 0 {
			loader.Failed++
			note(row.Line, errs)
			return nil
		}
		failure = loader.Add(ctx, db.LoadRow{Line: row.Line, Call: row.Call, Record: row.Record})
		return errors.Join(failure, ctx.Err())
	})
	if failure = errors.Join(failure, ctx.Err()); failure == nil {
		failure = loader.Flush(ctx)
	}
	if failure != nil {
		return nil, failure
	}
	if err != nil {
		loader.Failed++
		note(0, model.Errors{model.BadInput("", "%v; what follows was not read", err)})
	}
	payload.Created, payload.Updated = loader.Outcomes[model.RowOutcomeCreated], loader.Outcomes[model.RowOutcomeUpdated]+loader.Outcomes[model.RowOutcomeRestored]
	payload.Unchanged, payload.Failed = loader.Outcomes[model.RowOutcomeUnchanged], loader.Failed
	payload.Calls, payload.CallRecords, payload.Turns = loader.Calls, loader.Records, loader.Turns
	return payload, nil
}

func fileError(line int, err *model.Error) *model.LoadFileError {
	out := &model.LoadFileError{Code: err.Code, Message: err.Message}
	if line > 0 {
		out.Line = &line
	}
	if err.Field != "" {
		out.Field = &err.Field
	}
	return out
}

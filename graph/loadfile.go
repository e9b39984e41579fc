package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/files"
	"callbook/load"
	"callbook/model"
)

const maxFileErrors = 1000 // in the payload; all are counted

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
	payload := &model.LoadFilePayload{Errors: []*model.LoadFileError{}}
	options := load.Options{DB: r.db, Files: files.Options{Location: location, TenantID: actor.TenantID}}
	if dryRun {
		options.DB = nil
	}
	options.OnError = func(line int, errs model.Errors) {
		for _, err := range errs {
			if len(payload.Errors) < maxFileErrors {
				payload.Errors = append(payload.Errors, loadFileError(line, err))
			}
		}
	}
	loader := load.New(options)
	if err := loader.Read(ctx, file.Filename, file.File); err != nil {
		return nil, err
	}
	payload.Created = loader.Outcomes[model.RowOutcomeCreated]
	payload.Updated = loader.Updated()
	payload.Unchanged, payload.Failed = loader.Outcomes[model.RowOutcomeUnchanged], loader.Failed
	payload.Calls, payload.CallRecords, payload.Turns = loader.Calls, loader.Records, loader.Turns
	return payload, nil
}

func loadFileError(line int, err *model.Error) *model.LoadFileError {
	out := &model.LoadFileError{Code: err.Code, Message: err.Message}
	if line > 0 {
		out.Line = &line
	}
	if err.Field != "" {
		out.Field = &err.Field
	}
	return out
}

package db_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"strings"
	"time"

	"callbook/db"
	"callbook/model"
)

func init() { maps.Copy(isolationCases, fileCases) }

// secretStep is a step of the owner's job.
func secretStep(d *db.DB) db.ImportStep {
	return db.ImportStep{FileID: secretFile(d).ID, Mode: model.ImportModeUpsert,
		End: func([]db.ImportedRow) (*model.Job, []*model.JobOutcome) { return secretJob(d), nil }}
}

// fileCases are the isolationCases of files, links, jobs and exports.
var fileCases = map[string]func(context.Context, *db.DB) (any, error){
	"BeginFile": func(ctx context.Context, d *db.DB) (any, error) {
		return d.BeginFile(ctx, db.NewFile{Kind: model.FileKindUpload, Name: "mine.csv"})
	},
	"CheckFileRoom": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.CheckFileRoom(ctx, 1)
	},
	"File": func(ctx context.Context, d *db.DB) (any, error) {
		return d.File(ctx, secretFile(d).ID)
	},
	"FilesByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.FilesByID(ctx, []string{secretFile(d).ID})
	},
	"Receive": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.Receive(ctx, secretUpload(d), strings.NewReader("overwritten"))
	},
	"FinishFile": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.FinishFile(ctx, secretUpload(d))
	},
	"DropFile": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.DropFile(ctx, secretFile(d).ID)
	},
	"OpenFile": func(ctx context.Context, d *db.DB) (any, error) {
		if _, hasActor := model.ActorFrom(ctx); hasActor && !isOtherTenant(ctx, d) {
			return nil, nil // whoever opens a file of the tenant has found that it may
		}
		text, err := io.ReadAll(d.OpenFile(ctx, secretFile(d)))
		return string(text), err
	},
	"LinkSecret": func(ctx context.Context, d *db.DB) (any, error) {
		secret, err := d.LinkSecret(ctx)
		if of, _ := d.LinkSecret(owner[d]); of == secret && isOtherTenant(ctx, d) {
			return "classified", err
		}
		return nil, err
	},
	"KnownLinkSecret": func(ctx context.Context, d *db.DB) (any, error) {
		secret, err := d.KnownLinkSecret(ctx)
		if of, _ := d.LinkSecret(owner[d]); of == secret && isOtherTenant(ctx, d) {
			return "classified", err
		}
		return nil, err
	},
	"PresentActor": func(ctx context.Context, d *db.DB) (any, error) {
		actor, ok := model.ActorFrom(ctx)
		if !ok {
			return nil, db.ErrNoActor // it needs none: the tenant is an argument
		}
		return d.PresentActor(ctx, actor.TenantID, model.CredentialRights{Kind: model.CredentialKindAPIKey,
			Credential: "key " + secretAPIKey(d)})
	},
	"StartJob": func(ctx context.Context, d *db.DB) (any, error) {
		return d.StartJob(ctx, model.JobKindExport, "mine")
	},
	"ImportCallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ImportCallRecords(ctx, model.ImportModeCreate, []*model.SaveCallRecordInput{{ID: 77001}})
	},
	"StartImport": func(ctx context.Context, d *db.DB) (any, error) {
		job, _, err := d.StartImport(ctx, "mine", model.ImportKindCalls, "mine", "mine", false)
		return job, err
	},
	"StartUndo": func(ctx context.Context, d *db.DB) (any, error) {
		job, _, err := d.StartUndo(ctx, secretJob(d).ID)
		return job, err
	},
	"UndoRows": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UndoRows(ctx, secretJob(d).ID, 1000)
	},
	"UndoCallStep": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.UndoCallStep(ctx, secretStep(d), []*model.JobOutcome{{RowNumber: 1, RowKey: new("secret-call"),
			Version: new(int64(1)), Outcome: model.RowOutcomeCreated}}))
	},
	"JobOutcomes": func(ctx context.Context, d *db.DB) (any, error) {
		return d.JobOutcomes(ctx, secretJob(d).ID, nil, 0, 10)
	},
	"ImportCallStep": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.ImportCallStep(ctx, secretStep(d), []*model.CallImport{
			{ID: "secret-call", CallPatch: named("overwritten")}}))
	},
	"ImportRecordStep": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.ImportRecordStep(ctx, secretStep(d), []*model.SaveCallRecordInput{{ID: 77001}}))
	},
	"RowsLeftToday": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RowsLeftToday(ctx)
	},
	"Job": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Job(ctx, secretJob(d).ID)
	},
	"Jobs": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Jobs(ctx, nil, 10)
	},
	"CancelJob": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CancelJob(ctx, secretJob(d).ID)
	},
	"BeatJob": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.BeatJob(ctx, secretJob(d), true))
	},
	"SaveJob": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.SaveJob(ctx, secretJob(d)))
	},
	"EndJob": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.EndJob(ctx, secretJob(d), nil))
	},
	"RetryJob": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.RetryJob(ctx, secretJob(d), time.Second))
	},
	"HandBackJob": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, notTaken(d.HandBackJob(ctx, secretJob(d)))
	},
	"DeleteFile": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.DeleteFile(ctx, secretFile(d).ID)
	},
	"TryImportCalls": func(ctx context.Context, d *db.DB) (any, error) {
		out, err := d.TryImportCalls(ctx, model.ImportModeUpsert,
			[]*model.CallImport{{ID: "secret-call", CallPatch: named("overwritten")}})
		return out, err
	},
	"TryImportRecords": func(ctx context.Context, d *db.DB) (any, error) {
		out, err := d.TryImportRecords(ctx, model.ImportModeUpsert,
			[]*model.SaveCallRecordInput{{ID: 77001, AnalysisBasis: new("overwritten")}})
		return out, err
	},
	"ImportMappings": func(ctx context.Context, d *db.DB) (any, error) {
		secretMapping(d)
		return d.ImportMappings(ctx, nil, 10)
	},
	"ImportMapping": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ImportMapping(ctx, secretMapping(d), model.ImportKindCalls)
	},
	"SaveImportMapping": func(ctx context.Context, d *db.DB) (any, error) {
		saved, _, err := d.SaveImportMapping(ctx, secretMapping(d), model.ImportKindCalls, "overwritten")
		return saved, err
	},
	"DeleteImportMapping": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.DeleteImportMapping(ctx, secretMapping(d), model.ImportKindCalls)
	},
	"ExportColumnSets": func(ctx context.Context, d *db.DB) (any, error) {
		secretColumns(d)
		return d.ExportColumnSets(ctx, nil, 10)
	},
	"ExportColumnSet": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ExportColumnSet(ctx, secretColumns(d), model.ExportEntityCalls)
	},
	"SaveExportColumnSet": func(ctx context.Context, d *db.DB) (any, error) {
		secretColumns(d)
		saved, _, err := d.SaveExportColumnSet(ctx, namedColumns, model.ExportEntityCalls, []string{"subject"})
		return saved, err
	},
	"DeleteExportColumnSet": func(ctx context.Context, d *db.DB) (any, error) {
		secretColumns(d)
		return nil, d.DeleteExportColumnSet(ctx, namedColumns, model.ExportEntityCalls)
	},
	"NewExport": func(ctx context.Context, d *db.DB) (any, error) {
		var seen []string
		for _, entity := range model.AllExportEntity {
			in := model.ExportInput{Entity: entity, Dataset: model.CallDatasetDefault, TimeZone: "UTC",
				Transcript: new(model.ExportTranscriptCell)}
			if entity == model.ExportEntityCalls {
				in.Transcript, in.Sheets, in.Format = nil, model.AllExportSheet, model.ExportFormatXlsx
			}
			e, err := d.NewExport(ctx, in)
			if err != nil {
				return nil, err
			}
			err = e.Rows(ctx, func(_ *db.ExportTable, cells []db.Cell) error {
				for _, cell := range cells {
					seen = append(seen, string(cell.Text))
				}
				return nil
			})
			if n, countErr := e.Count(ctx); err != nil || countErr != nil || n > 0 {
				return "classified", errors.Join(err, countErr)
			}
		}
		return seen, nil
	},
	"WatchCalls": changesSeen,
	"WatchRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return firstEvents(ctx, func(ctx context.Context) (*db.RecordWatcher, error) {
			return d.WatchRecords(ctx, db.RecordWatch{})
		})
	},
	"WatchTasks": func(ctx context.Context, d *db.DB) (any, error) {
		return firstEvents(ctx, func(ctx context.Context) (*db.TaskWatcher, error) {
			return d.WatchTasks(ctx, db.TaskWatch{})
		})
	},
	"Changes": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Changes(ctx, nil, nil, db.MaxChangePage)
	},
}

// firstEvents returns what a watcher receives while nobody but the owner writes: nothing, for some milliseconds.
func firstEvents[C any](ctx context.Context, watch func(context.Context) (*db.RowWatcher[C], error)) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	watcher, err := watch(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := watcher.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return changes, err
}

// secretMapping returns the name of the owner's mapping, which is there.
func secretMapping(d *db.DB) string {
	const name = "secret"
	saved, err := d.ImportMapping(owner[d], name, model.ImportKindCalls)
	if saved == nil && err == nil {
		_, _, err = d.SaveImportMapping(owner[d], name, model.ImportKindCalls, "classified")
	}
	if err != nil {
		panic(err)
	}
	return name
}

// namedColumns is the name of a set of columns that others may use for their own.
const namedColumns = "monthly"

// secretColumns returns the name of the owner's set of columns, which is there, as that with the name namedColumns is.
func secretColumns(d *db.DB) string {
	const name = "classified"
	for _, name := range []string{name, namedColumns} {
		saved, err := d.ExportColumnSet(owner[d], name, model.ExportEntityCalls)
		if saved == nil && err == nil {
			_, _, err = d.SaveExportColumnSet(owner[d], name, model.ExportEntityCalls, []string{"id", "name"})
		}
		if err != nil {
			panic(err)
		}
	}
	return name
}

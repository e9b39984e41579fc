package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
)

// maxErasures is how many erasures of rows of the tenant an export sees, and begins anew after each, until it gives up;
// maxErasureWait is the longest wait between. In all they are a quarter of an hour.
const (
	maxErasures    = 20
	maxErasureWait = time.Minute
)

// ExportPermissions returns the permissions that an export takes.
func ExportPermissions(entity model.ExportEntity) []model.Permission {
	if entity == model.ExportEntityCallRecords {
		return []model.Permission{model.PermissionExport, model.PermissionCallRecordRead}
	}
	return []model.Permission{model.PermissionExport, model.PermissionCallRead}
}

func exportNeeds(job *model.Job) ([]model.Permission, error) {
	var in struct {
		Entity model.ExportEntity `json:"entity"`
	}
	err := json.Unmarshal([]byte(job.Input), &in)
	return ExportPermissions(in.Entity), err
}

// exportPosition is what an export stores of itself. It has no place among the rows, which are those of one instant:
// where its process ends, another begins anew with a new file, at a new instant.
type exportPosition struct {
	FileID string `json:"fileId"`
}

// exportRows is the work of jobs of the kind EXPORT. The file is there, open, before the rows are read: an erasure that
// comes meanwhile ends it, and the export begins anew without what was erased.
func exportRows(ctx context.Context, run *Run) error {
	var in model.ExportInput
	if err := run.Input(&in); err != nil {
		return err
	}
	var before exportPosition
	if goesOn, err := run.Position(&before); err != nil {
		return err
	} else if goesOn {
		if err := run.DB.DropFile(ctx, before.FileID); err != nil {
			return err
		}
	}
	for erasures, wait := 1, time.Second; ; erasures++ {
		err := exportOnce(ctx, run, in)
		if !errors.Is(err, db.ErrFileChanged) {
			return err
		}
		if erasures == maxErasures {
			return model.Conflict("", "rows were erased %d times while the export ran; start it again when no more are erased",
				erasures)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, maxErasureWait)
	}
}

func exportOnce(ctx context.Context, run *Run, in model.ExportInput) (err error) {
	e, err := run.DB.NewExport(ctx, in)
	if err != nil {
		return err
	}
	left, err := run.DB.RowsLeftToday(ctx)
	if err != nil {
		return err
	}
	total, err := e.Count(ctx)
	if err != nil {
		return err
	}
	run.SetTotal(int64(total))
	file, err := run.DB.BeginFile(ctx, db.NewFile{Kind: model.FileKindExport, Name: exportName(in),
		ContentType: mediaTypes[in.Format], Needs: ExportPermissions(in.Entity)})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = run.DB.DropFile(context.WithoutCancel(ctx), file.ID) // else it goes when its time is over
		}
	}()
	if err := run.Save(ctx, exportPosition{file.ID}); err != nil {
		return err
	}
	spool, err := WriteSpool(ctx, e, in, run.spoolFolder, func(rows, all int64) error {
		run.SetProgress(rows, 0, 0)
		if all > left {
			return model.LimitExceeded("", "the tenant's jobs would read more rows than they may within 24 hours; %d are left",
				left)
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer func() { _ = spool.Close() }()
	actor, _ := model.ActorFrom(ctx)
	auth.AuditExport(ctx, actor, Exported(in), int(spool.Rows), spool.Bytes, ExportFilter(in), "sha256", spool.SHA256)
	return keepExport(ctx, run, file, spool)
}

// Exported returns what an export has, as the audit log names it.
func Exported(in model.ExportInput) string {
	if in.Entity == model.ExportEntityCallRecords {
		return "callRecords"
	}
	return "calls"
}

// ExportFilter returns the filter of an export.
func ExportFilter(in model.ExportInput) any {
	if in.Entity == model.ExportEntityCallRecords {
		return in.CallRecordFilter
	}
	return in.CallFilter
}

// keepExport stores what an export has written.
func keepExport(ctx context.Context, run *Run, file *model.StoredFile, spool *Spool) error {
	if err := run.DB.CheckFileRoom(ctx, spool.Bytes); err != nil {
		return err
	}
	if err := run.DB.Receive(ctx, file, spool); err != nil {
		return err
	}
	if err := run.DB.FinishFile(ctx, file); err != nil {
		return err
	}
	if *file.SHA256 != spool.SHA256 || file.Bytes != spool.Bytes {
		return fmt.Errorf("jobs: the file %s is not what was written: %d bytes of %d", file.ID, file.Bytes, spool.Bytes)
	}
	run.SetProgress(spool.RowsRead, spool.Rows, 0)
	run.Done(file)
	return nil
}

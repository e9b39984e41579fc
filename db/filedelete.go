package db

import (
	"context"

	"callbook/model"
	"callbook/text"
)

// DeleteFile ends a file of the actor's credential, for administrators any of the tenant: nobody can read it any more,
// and its bytes go with the next sweep. It returns NOT_FOUND, and CONFLICT where a job that waits or runs reads or
// writes it. It takes three statements.
func (d *DB) DeleteFile(ctx context.Context, id string) error {
	_, err := once(ctx, d, func(ctx context.Context) (string, error) {
		return id, d.writeShort(ctx, func(ctx context.Context, s scope) error {
			s.keep(func() *keptResult { return keptOne(id, model.RowOutcomeDeleted) })
			return s.deleteFile(ctx, id)
		})
	}, keptKey)
	if err == nil {
		d.background.sweepSoon()
	}
	return err
}

func (s scope) deleteFile(ctx context.Context, id string) error {
	var files []*model.StoredFile
	err := s.lock(s.mine(&files)).Where("file.id = ? AND file.state <> ?", id, model.FileStateErased).
		Where("file.expires_at > ?", s.now).Scan(ctx)
	if err != nil {
		return err
	}
	file := firstRow(files)
	if file == nil {
		return model.NotFound("fileId", "there is no file with the id %s", text.Quote(id))
	}
	named := `%"fileId":"` + file.ID + `"%`
	var jobs []*model.Job
	err = s.selectAny(&jobs).Column("id").
		Where("job.state IN (?, ?)", model.JobStateWaiting, model.JobStateRunning).
		Where("(job.input LIKE ? OR job.position LIKE ?)", named, named).Limit(1).Scan(ctx)
	if err != nil {
		return err
	}
	if job := firstRow(jobs); job != nil {
		return model.Conflict("fileId", "the job %s needs the file; cancel it first", job.ID)
	}
	return s.dropFile(ctx, file.ID, file.Credential)
}

package graph

import (
	"context"

	"callbook/auth"
	"callbook/model"
)

func (r mutation) UndoImport(ctx context.Context, jobID string) (*model.UndoImportPayload, error) {
	job, isNew, err := r.db.StartUndo(ctx, jobID)
	if err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "undo started", actor, "job", job.ID, "import", jobID, "new", isNew, "requestId", RequestID(ctx))
	return &model.UndoImportPayload{Job: job, IsNew: isNew}, withFiles(ctx, r.db, job)
}

package graph

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"callbook/auth"
	"callbook/db"
	"callbook/jobs"
	"callbook/model"
)

// uploadPermissions are the permissions that uploads take.
var uploadPermissions = []model.Permission{model.PermissionImport}

// UploadFile stores a file. A repeat under an idempotency key goes on where the first request was.
func (r mutation) UploadFile(ctx context.Context, file graphql.Upload) (*model.File, error) {
	stored, err := r.storeUpload(ctx, file)
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	return jobs.PublicFile(ctx, r.db, stored)
}

// storeUpload stores a file that comes with a request.
func (r mutation) storeUpload(ctx context.Context, file graphql.Upload) (*model.StoredFile, error) {
	defer db.LiftLimits(ctx)() // what is read and written at a time is a chunk
	stored, err := r.db.BeginFile(ctx, db.NewFile{Kind: model.FileKindUpload, Name: file.Filename,
		ContentType: file.ContentType, Bytes: file.Size, Needs: uploadPermissions})
	if err != nil {
		return nil, err
	}
	if stored.State == model.FileStateOpen {
		if _, err := file.File.Seek(stored.Received, io.SeekStart); err != nil {
			return nil, err
		}
		if err := r.db.Receive(ctx, stored, file.File); err != nil {
			return nil, err
		}
		if err := r.db.FinishFile(ctx, stored); err != nil {
			return nil, err
		}
	}
	auditFile(ctx, "file uploaded", stored)
	return stored, nil
}

func (r mutation) StartUpload(ctx context.Context, name string, bytes int, contentType string, sha256 *string,
) (*model.File, error) {
	stored, err := r.db.BeginFile(ctx, db.NewFile{Kind: model.FileKindUpload, Name: name, ContentType: contentType,
		Bytes: int64(bytes), SHA256: sha256, Needs: uploadPermissions})
	if err == nil && bytes == 0 && stored.State == model.FileStateOpen {
		err = r.db.FinishFile(ctx, stored)
	}
	if err != nil {
		return nil, reportAll(ctx, err)
	}
	auditFile(ctx, "upload started", stored)
	return jobs.PublicFile(ctx, r.db, stored)
}

func (r mutation) DeleteFile(ctx context.Context, fileID string) (*model.DeleteFilePayload, error) {
	if err := r.db.DeleteFile(ctx, fileID); err != nil {
		return nil, err
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "file deleted", actor, "file", fileID, "requestId", RequestID(ctx))
	return &model.DeleteFilePayload{FileID: fileID}, nil
}

func auditFile(ctx context.Context, event string, file *model.StoredFile) {
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, event, actor, "file", file.ID, "bytes", file.Bytes, "requestId", RequestID(ctx))
}

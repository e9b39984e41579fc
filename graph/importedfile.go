package graph

import (
	"context"
	"io"
	"os"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/model"
	"callbook/text"
)

// importedFile is a file that can be read at any place.
type importedFile struct {
	io.ReaderAt
	name  string
	size  int64
	close func()
}

// openImported opens a file that was sent with the request, or was stored before, of which it makes a temporary copy.
// It returns BAD_USER_INPUT for neither or both of them, NOT_FOUND, CONFLICT for a file that is still coming, and
// LIMIT_EXCEEDED for one of more than maxPreviewBytes. The caller closes the file.
func openImported(ctx context.Context, d *db.DB, id *string, sent *graphql.Upload) (*importedFile, error) {
	if (id == nil) == (sent == nil) {
		return nil, model.BadInput("fileId", "name a stored file, or send one as file, and not both")
	}
	if sent != nil {
		if sent.Size > maxPreviewBytes {
			return nil, tooLargeForPreview("file", sent.Size)
		}
		at, _ := sent.File.(io.ReaderAt) // all files of forms are
		return &importedFile{at, sent.Filename, sent.Size, func() {}}, nil
	}
	stored, err := d.File(ctx, *id)
	switch {
	case err != nil:
		return nil, err
	case stored == nil:
		return nil, model.NotFound("fileId", "there is no file with the id %s", text.Quote(*id))
	case stored.State != model.FileStateReady:
		return nil, model.Conflict("fileId", "the file is still coming: %d bytes are here", stored.Received)
	case stored.Bytes > maxPreviewBytes:
		return nil, tooLargeForPreview("fileId", stored.Bytes)
	}
	spool, err := os.CreateTemp("", "callbook-preview-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(spool.Name()) // it stays as long as it is open
	if _, err := io.Copy(spool, d.OpenFile(ctx, stored)); err != nil {
		_ = spool.Close()
		return nil, err
	}
	return &importedFile{spool, stored.Name, stored.Bytes, func() { _ = spool.Close() }}, nil
}

func tooLargeForPreview(field string, bytes int64) *model.Error {
	return model.LimitExceeded(field, "has %d bytes; previews are of at most %d: preview a part of it", bytes,
		maxPreviewBytes)
}

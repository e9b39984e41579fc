package db

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"callbook/model"
)

const (
	// chunkBytes is how many bytes a chunk has, but for the last of a piece.
	chunkBytes = 1 << 20
	// MinPieceBytes is how many bytes a piece of an upload has that does not end its file: so that a file has no chunks
	// without end.
	MinPieceBytes = 64 << 10
)

// hashFrom returns the hash of the bytes so far.
func hashFrom(state string) (hash.Hash, error) {
	h := sha256.New()
	if state == "" {
		return h, nil
	}
	saved, err := base64.StdEncoding.DecodeString(state)
	if err != nil {
		return nil, err
	}
	return h, h.(encoding.BinaryUnmarshaler).UnmarshalBinary(saved)
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// Receive adds what it reads, a piece, to an open file, a chunk at a time in a transaction of its own, and updates its
// Received: where it fails, what was added before stays. It returns BAD_USER_INPUT for more bytes than the file was
// announced with, CONFLICT where somebody else writes it, LIMIT_EXCEEDED for a file that grows too large, and the
// errors of r. It takes two statements a chunk, of 1 MiB.
func (d *DB) Receive(ctx context.Context, file *model.StoredFile, r io.Reader) error {
	sum, err := hashFrom(file.HashState)
	if err != nil {
		return err
	}
	most := int64(MaxFileBytes)
	if file.Bytes > 0 {
		most = file.Bytes
	}
	chunk, began := make([]byte, min(chunkBytes, most-file.Received+1)), file.Received
	for {
		n, readErr := io.ReadFull(r, chunk)
		ended := errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF)
		if file.Received+int64(n) > most {
			return d.tooLong(file, most)
		}
		isWorth := file.Received-began+int64(n) >= MinPieceBytes || readErr == nil || ended && isLast(file, n)
		if n > 0 && isWorth {
			_, _ = sum.Write(chunk[:n])
			if err := d.addChunk(ctx, file, chunk[:n], sum); err != nil {
				return err
			}
		}
		if ended {
			return checkPiece(n, isWorth)
		}
		if readErr != nil {
			return readErr
		}
	}
}

// checkPiece returns BAD_USER_INPUT for the rest of a piece that is not worth a chunk.
func checkPiece(n int, isWorth bool) error {
	if n == 0 || isWorth {
		return nil
	}
	return model.BadInput("", "a piece that does not end the file must have at least %d bytes; this one has %d",
		MinPieceBytes, n)
}

// isLast reports whether n more bytes end a file; a file whose length is not known may always end.
func isLast(file *model.StoredFile, n int) bool {
	return file.Bytes == 0 || file.Received+int64(n) == file.Bytes
}

func (d *DB) tooLong(file *model.StoredFile, most int64) error {
	if file.Bytes > 0 {
		return model.BadInput("", "the file %s was announced with %d bytes, and more came", fileText(file), file.Bytes)
	}
	return model.LimitExceeded("bytes", "the file %s has more than %d bytes", fileText(file), most)
}

func (d *DB) addChunk(ctx context.Context, file *model.StoredFile, data []byte, sum hash.Hash) error {
	saved, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return err
	}
	state := base64.StdEncoding.EncodeToString(saved)
	size, inFolder := int64(len(data)), (*string)(nil)
	if d.fileFolder != "" {
		name, err := d.fileFolder.write(file, data)
		if err != nil {
			return err
		}
		inFolder, data = &name, nil
	}
	err = d.writeShort(WithClaim(ctx, nil), func(ctx context.Context, s scope) error {
		return s.insertChunk(ctx, file, data, inFolder, size, state)
	})
	if err != nil {
		if inFolder != nil {
			d.fileFolder.remove(file, *inFolder)
		}
		return err
	}
	file.Received, file.HashState = file.Received+size, state
	return nil
}

// insertChunk stores a chunk behind what the file has, unless it has something else by now.
func (s scope) insertChunk(ctx context.Context, file *model.StoredFile, data []byte, inFolder *string, size int64,
	state string,
) error {
	n, err := s.execReady(ctx, writeShape{name: "growFile"}, func() string {
		return "UPDATE files SET received = $4, hash_state = $5, expires_at = $6 WHERE tenant_id = $1 AND id = $2" +
			" AND received = $3 AND state = 'OPEN'"
	}, file.ID, file.Received, file.Received+size, state, s.now.Add(openFileLife))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrFileChanged
	}
	_, err = s.execReady(ctx, writeShape{name: "insertChunk"}, func() string {
		return "INSERT INTO file_chunks (tenant_id, file_id, begins_at, data, stored_as) VALUES ($1, $2, $3, $4, $5)"
	}, file.ID, file.Received, data, inFolder)
	return err
}

// dropChunks deletes the bytes of a file.
func (d *DB) dropChunks(ctx context.Context, id string) error {
	const atOnce = 16 // MiB, so that SQLite's log stays short
	for isMore := true; isMore; {
		err := d.writeShort(WithClaim(ctx, nil), func(ctx context.Context, s scope) error {
			next := s.selectAny((*model.FileChunk)(nil)).Column("begins_at").Where("file_id = ?", id).Limit(atOnce)
			result, err := s.deleteFrom((*model.FileChunk)(nil)).Where("file_id = ?", id).
				Where("begins_at IN (?)", next).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			isMore = n == atOnce
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// FileReader reads the bytes of a file, a chunk at a time: it holds no connection between. It is an io.ReadSeeker for
// http.ServeContent.
type FileReader struct {
	db     *DB
	ctx    context.Context
	file   *model.StoredFile
	at     int64
	chunk  []byte
	begins int64 // of chunk
}

// OpenFile returns a reader of a file, for which the actor must have been found to be the one that reads it.
func (d *DB) OpenFile(ctx context.Context, file *model.StoredFile) *FileReader {
	return &FileReader{db: d, ctx: ctx, file: file}
}

// Read reads bytes of the file. It takes one statement for each chunk.
func (r *FileReader) Read(p []byte) (int, error) {
	if r.at >= r.file.Received {
		return 0, io.EOF
	}
	if r.at < r.begins || r.at >= r.begins+int64(len(r.chunk)) {
		if err := r.load(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.chunk[r.at-r.begins:])
	r.at += int64(n)
	return n, nil
}

func (r *FileReader) load() error {
	s, err := r.db.read(r.ctx)
	if err != nil {
		return err
	}
	var chunks []*model.FileChunk
	err = s.selectAny(&chunks).Where("file_id = ?", r.file.ID).Where("begins_at <= ?", r.at).
		Where("EXISTS (?)", s.selectAny((*model.StoredFile)(nil)).ColumnExpr("1").
			Where("file.id = ? AND file.state <> ?", r.file.ID, model.FileStateErased)).
		OrderExpr("begins_at DESC").Limit(1).Scan(r.ctx)
	if err != nil {
		return err
	}
	chunk := firstRow(chunks)
	if chunk == nil {
		return model.NotFound("", "the file has been erased")
	}
	if chunk.StoredAs != nil {
		if chunk.Data, err = r.db.fileFolder.read(r.file, *chunk.StoredAs); err != nil {
			return err
		}
	}
	r.chunk, r.begins = chunk.Data, chunk.BeginsAt
	if r.at >= r.begins+int64(len(r.chunk)) {
		return fmt.Errorf("the file %s has no chunk at %d", r.file.ID, r.at)
	}
	return nil
}

// Seek sets where the next Read begins.
func (r *FileReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.file.Received
	}
	if offset < 0 {
		return 0, errors.New("a place before the beginning of the file")
	}
	r.at = offset
	return offset, nil
}

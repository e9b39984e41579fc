package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"callbook/db"
	"callbook/model"
)

// Spool is an export in a temporary file, which is gone when it is closed, or when the process ends.
type Spool struct {
	*os.File
	Name        string // that the file should have
	ContentType string
	Rows        int64
	Bytes       int64
	SHA256      string // in hexadecimal digits
}

// ReadsRow is told of every row that is read. Its error ends the export.
type ReadsRow func(rows int64) error

// WriteSpool writes an export to a temporary file in a folder, the system's where empty, at the database's speed: the
// connection and what it sees of the database are given back before anybody reads the file. The file is at its
// beginning. It returns UNAVAILABLE where the disk is full, LIMIT_EXCEEDED where the file would be too large, and the
// errors of reads, which may be nil.
func WriteSpool(ctx context.Context, e *db.Export, in model.ExportInput, folder string, reads ReadsRow,
) (spool *Spool, err error) {
	file, err := os.CreateTemp(folder, "callbook-export-")
	if err != nil {
		return nil, spoolError(err)
	}
	_ = os.Remove(file.Name()) // it stays as long as it is open
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	out := &spoolWriter{file: file, sum: sha256.New()}
	spool = &Spool{File: file}
	spool.Name, spool.ContentType = ExportFile(in)
	rows, err := NewRowWriter(out, in, e.Columns)
	if err != nil {
		return nil, err
	}
	if err := rows.WriteHeader(); err != nil {
		return nil, err
	}
	err = e.Rows(ctx, func(cells []db.Cell) error {
		spool.Rows++
		if reads != nil {
			if err := reads(spool.Rows); err != nil {
				return err
			}
		}
		return rows.WriteRow(cells)
	})
	if err == nil {
		err = rows.Close()
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	spool.Bytes, spool.SHA256 = out.bytes, hex.EncodeToString(out.sum.Sum(nil))
	return spool, err
}

// ExportFile returns the name and the media type of an export's file.
func ExportFile(in model.ExportInput) (name, contentType string) {
	return exportName(in), mediaTypes[in.Format]
}

// exportName returns the name of an export's file.
func exportName(in model.ExportInput) string {
	name := "calls"
	if in.Entity == model.ExportEntityCallRecords {
		name = "call-records"
	}
	return name + "." + strings.ToLower(string(in.Format))
}

// spoolWriter writes to a temporary file and counts.
type spoolWriter struct {
	file  *os.File
	sum   hash.Hash
	bytes int64
}

// Write writes bytes to the file, and adds them to its SHA-256.
func (w *spoolWriter) Write(p []byte) (int, error) {
	if w.bytes += int64(len(p)); w.bytes > db.MaxFileBytes {
		return 0, model.LimitExceeded("", "the export has more than %d bytes; choose fewer rows or columns", db.MaxFileBytes)
	}
	_, _ = w.sum.Write(p)
	n, err := w.file.Write(p)
	return n, spoolError(err)
}

// spoolError returns an error of the disk of temporary files for callers.
func spoolError(err error) error {
	if err == nil {
		return nil
	}
	slog.Warn("a temporary file cannot be written", "error", err)
	message := "the server cannot write a temporary file for the export; the log says why"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		message = "the server's disk for temporary files is full, and the export does not fit; choose fewer rows or columns"
	}
	return &model.Error{Code: model.ErrorCodeUnavailable, Message: message}
}

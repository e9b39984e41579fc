package db

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"callbook/model"
)

// fileFolder is where chunks are, if not in the database: a folder that all processes share. A chunk is a file of its
// own under a name that no other has, and counts when a row of the database names it. Empty for none.
type fileFolder string

// newFileFolder returns the folder at a path, which it makes.
func newFileFolder(path string) (fileFolder, error) {
	if path == "" {
		return "", nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("the folder of files cannot be made: %w", err)
	}
	return fileFolder(path), nil
}

func (f fileFolder) of(tenantID int64, fileID string) string {
	return filepath.Join(string(f), strconv.FormatInt(tenantID, 10), filepath.Base(fileID))
}

// write writes a chunk and returns its name. It is whole under that name, or not there.
func (f fileFolder) write(file *model.StoredFile, data []byte) (name string, err error) {
	folder := f.of(file.TenantID, file.ID)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	name = fmt.Sprintf("%d-%s", file.Received, rand.Text())
	part := filepath.Join(folder, name+".part")
	out, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = out.Write(data)
	err = errors.Join(err, out.Sync(), out.Close())
	if err == nil {
		err = os.Rename(part, filepath.Join(folder, name))
	}
	if err != nil {
		_ = os.Remove(part)
		return "", err
	}
	return name, nil
}

func (f fileFolder) read(file *model.StoredFile, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.of(file.TenantID, file.ID), filepath.Base(name)))
}

func (f fileFolder) remove(file *model.StoredFile, name string) {
	_ = os.Remove(filepath.Join(f.of(file.TenantID, file.ID), filepath.Base(name))) // the sweep takes what stays
}

// drop removes all chunks of a file.
func (f fileFolder) drop(tenantID int64, fileID string) error {
	if f == "" {
		return nil
	}
	return os.RemoveAll(f.of(tenantID, fileID))
}

package model

import (
	"time"

	"github.com/uptrace/bun"
)

// FileKind is what a stored file is.
type FileKind string

// The kinds of stored files.
const (
	FileKindUpload FileKind = "UPLOAD"
	FileKindExport FileKind = "EXPORT"
	FileKindErrors FileKind = "ERRORS" // rows of an import that have failed
)

// FileState is how far a stored file is.
type FileState string

// The states of stored files. Those that are ERASED are on their way out: nobody can read or write them.
const (
	FileStateOpen   FileState = "OPEN" // bytes are added
	FileStateReady  FileState = "READY"
	FileStateErased FileState = "ERASED"
)

// StoredFile is a file without its bytes, which are chunks.
type StoredFile struct {
	bun.BaseModel `bun:"table:files,alias:file"`

	TenantID       int64  `bun:",pk"`
	ID             string `bun:",pk"`
	Kind           FileKind
	State          FileState
	Name           string
	ContentType    string
	Bytes          int64   // as announced; 0 of an open file of unknown length
	Received       int64   // bytes that are stored
	HashState      string  // SHA-256 of the bytes so far, as base64 of its state
	ExpectedSHA256 *string `bun:"expected_sha256"` // in hexadecimal digits, as whoever uploads it has announced
	SHA256         *string `bun:"sha256"`          // in hexadecimal digits; nil while the file is open
	Credential     string
	CreatedBy      string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	Rights         string // JSON of the ReadingRights
}

// FileChunk is a piece of a file.
type FileChunk struct {
	bun.BaseModel `bun:"table:file_chunks,alias:file_chunk"`

	TenantID int64  `bun:",pk"`
	FileID   string `bun:",pk"`
	BeginsAt int64  `bun:",pk"`
	Data     []byte // nil where the chunk is in a folder
	StoredAs *string
}

// LinkSecret is what the signed links of a tenant are signed with.
type LinkSecret struct {
	bun.BaseModel `bun:"table:link_secrets,alias:link_secret"`

	TenantID int64  `bun:",pk"`
	Purpose  string `bun:",pk"` // links
	Secret   string
}

// InTenant sets the tenant that the row belongs to. Package db alone calls it, on insert.
func (f *StoredFile) InTenant(id int64) { f.TenantID = id }

package model

import "time"

// Audit says which version of a row it is, and who wrote it when.
type Audit struct {
	Version       int
	CreatedBy     string
	CreatedByKind *CreatorKind // nil where it is not known
	CreatedAt     time.Time
	UpdatedBy     string
	UpdatedAt     time.Time
}

package model

import "time"

// Saved is who saved a row under its name, the first and the last time.
type Saved struct {
	CreatedBy string
	CreatedAt time.Time
	UpdatedBy string
	UpdatedAt time.Time
}

// SavedBy returns it, for all rows that have one.
func (s *Saved) SavedBy() *Saved { return s }

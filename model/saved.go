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

// CheckSavedName returns BAD_USER_INPUT for a text that is no name to save a row under.
func CheckSavedName(field, name string) *Error {
	if err := CheckKey(field, name); err != nil {
		return err
	}
	if !IsName(name) {
		return BadInput(field, "must be one line of text, without control and direction marks")
	}
	return nil
}

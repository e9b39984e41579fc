package db

import (
	"errors"
	"fmt"
)

// unknownFateError is an error of a write that may have been done all the same: its COMMIT was sent, and what became of
// it is not known.
type unknownFateError struct{ error }

// Unwrap returns the engine's error.
func (e unknownFateError) Unwrap() error { return e.error }

// ofUnknownFate returns an error of a write that may have been done all the same.
func ofUnknownFate(err error) error {
	return unknownFateError{fmt.Errorf("whether the write was done is not known: %w", err)}
}

// DoneInPart returns an error of something that takes several transactions, of which some were committed.
func DoneInPart(err error) error { return ofUnknownFate(err) }

// MayHaveBeenDone reports whether the write that failed with an error may have been done all the same. Otherwise it was
// never sent, or surely rolled back.
func MayHaveBeenDone(err error) bool {
	_, isUnknown := errors.AsType[unknownFateError](err)
	return isUnknown
}

// fateOf returns the error of a COMMIT, or of a statement that writes outside a transaction, as one of unknown fate
// unless the engine says that nothing was written.
func (d *dialect) fateOf(err error) error {
	if err == nil || d.isUndone(err) {
		return err
	}
	return ofUnknownFate(err)
}

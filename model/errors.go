package model

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is a failure the caller can understand and mend. Everything else is masked before it leaves the server.
type Error struct {
	Code    ErrorCode
	Field   string // input field as a dotted path; empty where it is about the whole request or row
	Message string

	Conflict *VersionConflict // of a stale version
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// BadInput says that the value of field is not allowed.
func BadInput(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeBadUserInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// LimitExceeded says that a limit is exceeded; the message carries its numbers.
func LimitExceeded(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeLimitExceeded, Field: field, Message: fmt.Sprintf(format, args...)}
}

// NotFound says that what a mutation names is missing, deleted or another tenant's.
func NotFound(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeNotFound, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Conflict says that a key is taken or a version stale.
func Conflict(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeConflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Forbidden says that the caller may not do this.
func Forbidden(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeForbidden, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Unauthenticated says that the caller has not shown who it is.
func Unauthenticated(format string, args ...any) *Error {
	return &Error{Code: ErrorCodeUnauthenticated, Message: fmt.Sprintf(format, args...)}
}

// StaleVersion says that a row has another version than the caller expected, which one, and who made it when.
func StaleVersion(expected, version int, updatedBy string, updatedAt time.Time) *Error {
	err := Conflict("expectedVersion", "the version is %d, not %d: %s changed it at %s", version, expected, updatedBy, updatedAt.UTC().Format(time.RFC3339Nano))
	err.Conflict = &VersionConflict{Version: version, UpdatedBy: updatedBy, UpdatedAt: updatedAt}
	return err
}

// Errors is everything that is wrong with one input, so that a caller can mend it all at once.
type Errors []*Error

func (e Errors) Error() string {
	messages := make([]string, len(e))
	for i, err := range e {
		messages[i] = err.Error()
	}
	return strings.Join(messages, "; ")
}

// Err is e as an error, nil where nothing is wrong.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Under is e with the fields placed under an element of a list.
func (e Errors) Under(list string, index int) Errors {
	out := make(Errors, len(e))
	for i, err := range e {
		placed := *err
		placed.Field = fmt.Sprintf("%s.%d.%s", list, index, err.Field)
		out[i] = &placed
	}
	return out
}

// InputErrors is e as the schema's per-row errors.
func (e Errors) InputErrors() []*InputError {
	out := make([]*InputError, len(e))
	for i, err := range e {
		out[i] = &InputError{Code: err.Code, Message: err.Message, Conflict: err.Conflict}
		if err.Field != "" {
			out[i].Field = &err.Field
		}
	}
	return out
}

// AsErrors finds the caller's errors in err; nil where the failure is the server's own.
func AsErrors(err error) Errors {
	var many Errors
	if errors.As(err, &many) {
		return many
	}
	var one *Error
	if errors.As(err, &one) {
		return Errors{one}
	}
	return nil
}

// InField says which field a value's error is about.
func InField(err error, field string) *Error {
	e := *AsErrors(err)[0]
	e.Field = field
	return &e
}

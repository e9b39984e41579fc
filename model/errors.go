package model

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is a failure whose code and message callers see. Other errors are logged; callers see INTERNAL or UNAVAILABLE.
type Error struct {
	Code    ErrorCode
	Field   string // input field as a dotted path; empty where it is about the whole request or row
	Message string

	Conflict *VersionConflict // set by StaleVersion alone
	// WhileRunning says that a limit was passed while the operation ran: what it did before may have been written, and
	// another try may go well. It is set by LimitPassed alone.
	WhileRunning bool
}

// Error returns the message, after the field and a colon where there is a field.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// BadInput returns a BAD_USER_INPUT error: the value of field is not allowed.
func BadInput(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeBadUserInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// LimitExceeded returns a LIMIT_EXCEEDED error. Its message should name the limit's number and the actual one.
func LimitExceeded(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeLimitExceeded, Field: field, Message: fmt.Sprintf(format, args...)}
}

// LimitPassed returns a LIMIT_EXCEEDED error of an operation that passed a limit while it ran.
func LimitPassed(format string, args ...any) *Error {
	err := LimitExceeded("", format, args...)
	err.WhileRunning = true
	return err
}

// NotFound returns a NOT_FOUND error: what a mutation names is missing, deleted or another tenant's.
func NotFound(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeNotFound, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Conflict returns a CONFLICT error: a key is taken, or a version is stale.
func Conflict(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeConflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Forbidden returns a FORBIDDEN error: the caller may not do this.
func Forbidden(field, format string, args ...any) *Error {
	return &Error{Code: ErrorCodeForbidden, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Unauthenticated returns an UNAUTHENTICATED error: the credential is missing or not accepted.
func Unauthenticated(format string, args ...any) *Error {
	return &Error{Code: ErrorCodeUnauthenticated, Message: fmt.Sprintf(format, args...)}
}

// StaleVersion returns a CONFLICT error: a row has another version than the caller expected. The error carries the
// version, and who wrote it when.
func StaleVersion(expected, version int, updatedBy string, updatedAt time.Time) *Error {
	err := Conflict("expectedVersion", "the version is %d, not %d: %s changed it at %s",
		version, expected, updatedBy, updatedAt.UTC().Format(time.RFC3339Nano))
	err.Conflict = &VersionConflict{Version: version, UpdatedBy: updatedBy, UpdatedAt: updatedAt}
	return err
}

// Errors is everything that is wrong with one input, so that a caller can correct it all at once.
type Errors []*Error

// Error returns the messages with semicolons between.
func (e Errors) Error() string {
	messages := make([]string, len(e))
	for i, err := range e {
		messages[i] = err.Error()
	}
	return strings.Join(messages, "; ")
}

// Err returns e as an error, nil where e is empty.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Under returns copies of the errors with their fields under an element of a list: name becomes calls.3.name, and an
// error without a field is about calls.3.
func (e Errors) Under(list string, index int) Errors {
	out := make(Errors, len(e))
	for i, err := range e {
		placed := *err
		placed.Field = strings.TrimSuffix(fmt.Sprintf("%s.%d.%s", list, index, err.Field), ".")
		out[i] = &placed
	}
	return out
}

// InputErrors returns the errors as the schema's InputError.
func (e Errors) InputErrors() []*InputError {
	out := make([]*InputError, len(e))
	for i, err := range e {
		out[i] = &InputError{Code: err.Code, Message: err.Message, Conflict: err.Conflict, Path: []string{}}
		if err.Field != "" {
			out[i].Field, out[i].Path = &err.Field, strings.Split(err.Field, ".")
		}
	}
	return out
}

// AsErrors returns the Errors or the Error that err wraps, nil where err is a failure of the server itself.
func AsErrors(err error) Errors {
	if many, ok := errors.AsType[Errors](err); ok {
		return many
	}
	if one, ok := errors.AsType[*Error](err); ok {
		return Errors{one}
	}
	return nil
}

// InField returns a copy of an Error with another field. err must wrap one.
func InField(err error, field string) *Error {
	e := *AsErrors(err)[0]
	e.Field = field
	return &e
}

package auth

import (
	"fmt"

	"callbook/model"
)

// refused says why a credential is not accepted, without repeating any of it.
func refused(format string, args ...any) *model.Error {
	return &model.Error{Code: model.ErrorCodeUnauthenticated, Message: fmt.Sprintf(format, args...)}
}

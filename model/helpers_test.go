package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

var noon = time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)

// orNull returns a pointer to a value, nil for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// orZero returns what a pointer points to, the zero value for nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// setTo returns a field of a patch with a value, setToNull one that clears.
func setTo[T any](v T) graphql.Omittable[*T]  { return graphql.OmittableOf(&v) }
func setToNull[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }

// expectErrors compares errors, each as its code where that is not BAD_USER_INPUT, its field and its message.
func expectErrors(t *testing.T, what string, got model.Errors, want ...string) {
	t.Helper()
	var texts []string
	for _, err := range got {
		text := err.Error()
		if err.Code != model.ErrorCodeBadUserInput {
			text = string(err.Code) + " " + text
		}
		texts = append(texts, text)
	}
	if strings.Join(texts, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: errors %q, want %q", what, texts, want)
	}
}

package model_test

import (
	"strings"
	"testing"

	"callbook/model"
)

func TestCheckNote(t *testing.T) {
	for text, want := range map[string][]string{
		"x": nil, strings.Repeat("价", 32000): nil, "": {"text: must not be empty"},
		strings.Repeat("价", 32001): {"text: has 32001 characters; at most 32000"},
	} {
		expectErrors(t, "a note", model.AsErrors(model.CheckNote(text)), want...)
	}
}

package model_test

import (
	"testing"

	"callbook/model"
)

func TestCheckKey(t *testing.T) {
	for key, want := range map[string]string{
		"a": "", "a b": "", "价": "",
		"":    "id: must not be empty, nor begin or end with white space",
		" a":  "id: must not be empty, nor begin or end with white space",
		"a\n": "id: must not be empty, nor begin or end with white space",
	} {
		got := ""
		if err := model.CheckKey("id", key); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("CheckKey(%q) = %q, want %q", key, got, want)
		}
	}
}

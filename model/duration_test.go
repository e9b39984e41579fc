package model_test

import (
	"testing"

	"callbook/model"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]int{"00:00": 0, "0:59": 59, "62:05": 3725, "35791394:07": model.MaxInt} {
		if got, err := model.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", ":", "1", "1:2", "1:60", "-1:00", "1:00:00", " 1:00", "1:00\n", "١:٠٠", "35791394:08", "99999999999:00",
	} {
		if got, err := model.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %d, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for seconds, want := range map[int]string{0: "00:00", 59: "00:59", 60: "01:00", 3725: "62:05",
		model.MaxInt: "35791394:07"} {
		if got := model.FormatDuration(seconds); got != want {
			t.Errorf("FormatDuration(%d) = %s, want %s", seconds, got, want)
		}
		if got := (&model.Call{CallDurationInSeconds: &seconds}).CallDuration(); orZero(got) != want {
			t.Errorf("CallDuration of %d = %s, want %s", seconds, orZero(got), want)
		}
	}
	if got := (&model.Call{}).CallDuration(); got != nil {
		t.Errorf("CallDuration of none = %s, want nil", *got)
	}
}

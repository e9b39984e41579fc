package model_test

import (
	"strings"
	"testing"

	"callbook/model"
)

// TestAddresses writes addresses of every kind to a call and to a record: blank ones clear, odd ones are errors of
// their field.
func TestAddresses(t *testing.T) {
	const odd = ": must be an absolute http or https address"
	longest := "https://example.com/" + strings.Repeat("x", 2048-20)
	for _, c := range []struct{ in, want, err string }{
		{"https://example.com/a?b=c", "https://example.com/a?b=c", ""},
		{"http://[::1]:80/", "http://[::1]:80/", ""},
		{longest, longest, ""}, {longest + "x", longest + "x", ": has 2049 characters; at most 2048"},
		{"", "", ""}, {" \t", "", ""},
		{"ftp://example.com", "ftp://example.com", odd}, {"example.com", "example.com", odd}, {"https://", "https://", odd},
		{"https://:80", "https://:80", odd}, {"https://example.com/a b", "https://example.com/a b", odd}, {"/a", "/a", odd},
		{"https://%", "https://%", odd},
	} {
		call := &model.Call{StoredVoiceRecording: new("https://example.com/old")}
		patch := model.CallPatch{VoiceRecording: setTo(c.in)}
		_, errs := patch.Apply(call, true)
		expectErrors(t, c.in, errs, fieldErrors(c.err, "voiceRecording")...)
		if got := orZero(call.StoredVoiceRecording); got != c.want {
			t.Errorf("%.50q is stored as %.50q, want %.50q", c.in, got, c.want)
		}
		record := &model.SaveCallRecordInput{FullAudioURL: &c.in, CustomerAudioURL: &c.in}
		expectErrors(t, c.in, record.Normalize(), fieldErrors(c.err, "fullAudioUrl", "customerAudioUrl")...)
		if got := record.FullAudioURL; orZero(got) != c.want || (got == nil) != (c.want == "") {
			t.Errorf("%.50q of a record is %.50q, want %.50q", c.in, orZero(got), c.want)
		}
	}
}

// fieldErrors returns an error as fields have it, none where it is empty.
func fieldErrors(err string, fields ...string) (errs []string) {
	for _, field := range fields {
		if err != "" {
			errs = append(errs, field+err)
		}
	}
	return errs
}

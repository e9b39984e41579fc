package transport

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callbook/graph/operation"
	"callbook/model"
)

// deadlines is a response writer that records the deadlines of reading.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// trickle reads some bytes at a time, each after a time.
type trickle struct {
	left, bytes int
	after       time.Duration
}

func (s *trickle) Read(into []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	<-time.After(s.after)
	n := min(s.bytes, s.left, len(into))
	s.left -= n
	return n, nil
}

func TestPacedReader(t *testing.T) {
	for _, c := range []struct {
		name   string
		source trickle
		want   []time.Duration // deadlines from the start on; -1: none
	}{
		{"an empty body", trickle{}, []time.Duration{paceTime, -1}},
		{"a short body", trickle{1000, 100, time.Second}, []time.Duration{paceTime, -1}},
		{"a body of two paces", trickle{2 * paceBytes, paceBytes, 10 * time.Second},
			[]time.Duration{paceTime, 10*time.Second + paceTime, 20*time.Second + paceTime, -1}},
		{"no deadline is later than that of the body", trickle{2 * paceBytes, paceBytes, maxBodyTime - time.Second},
			[]time.Duration{paceTime, maxBodyTime, maxBodyTime, -1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &deadlines{ResponseWriter: httptest.NewRecorder()}
			start := time.Now()
			buffer := make([]byte, paceBytes)
			r := newPacedReader(&c.source, w)
			for {
				if _, err := r.Read(buffer); err != nil {
					break
				}
			}
			var got []time.Duration
			for _, deadline := range w.set {
				if deadline.IsZero() {
					got = append(got, -1)
				} else {
					got = append(got, deadline.Sub(start))
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("%s: the deadlines are %v, want %v", c.name, got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("%s: the deadlines are %v, want %v", c.name, got, c.want)
				}
			}
		})
	}
}

func TestReadProblem(t *testing.T) {
	checkProblem(t, "no error", readProblem(nil), wanted{})
	checkProblem(t, "too long a body", readProblem(&http.MaxBytesError{Limit: 7}),
		wanted{http.StatusRequestEntityTooLarge, model.ErrorCodeLimitExceeded, "", "the body has more than 7 bytes"})
	checkProblem(t, "a broken connection", readProblem(errors.New("broken")), bad("", "the body could not be read"))
}

func TestCutBytes(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"中文", 6, "中文"}, {"中文", 5, "中"}, {"中文", 4, "中"},
		{"中文", 3, "中"}, {"中文", 2, ""}, {strings.Repeat("x", 200), 120, strings.Repeat("x", 120)},
	} {
		if got := cutBytes(c.in, c.most); got != c.want {
			t.Errorf("cutBytes(%q, %d) = %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

// brokenReader fails after its text.
type brokenReader struct{ io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestBrokenBody(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/graphql", brokenReader{strings.NewReader(`{"query":`)})
	_, p := (&handler{limits: operation.DefaultLimits()}).readBody(&operation.Request{}, httptest.NewRecorder(), r)
	checkProblem(t, "a body that breaks off", p, bad("", "the body could not be read"))
}

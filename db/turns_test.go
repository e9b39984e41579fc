package db

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"
)

// TestTurns adds transactions that wait, takes some, and checks the order in which they come. A name is that of the
// credential and a number, behind that of a tenant and a dot; long ones have capitals, and callers of those with an x
// before them give up at once.
func TestTurns(t *testing.T) {
	for _, c := range []struct{ name, steps, want string }{
		{"one credential, in the order in which they came", "a1 a2 a3 - - -", "a1 a2 a3"},
		{"credentials in turn", "a1 a2 a3 b1 b2 c1 - - - - - -", "a1 b1 c1 a2 b2 a3"},
		{"one that comes during a turn is next", "A1 A2 A3 - b1 - - -", "A1 b1 A2 A3"},
		{"one that comes back is behind those that waited", "A1 b1 - A2 - -", "A1 b1 A2"},
		{"short ones do not wait for a long one's turn", "a1 B1 a2 B2 - s s -", "a1 a2 nothing B1"},
		{"one that was given up is no turn", "xa1 a2 b1 - - -", "a2 b1 nothing"},
		{"many that were given up", "xA1 xa2 xa3 a4 b1 xb2 c1 - - - -", "a4 b1 c1 nothing"},
		{"given up behind one that runs", "a1 - xa2 a3 b1 - -", "a1 b1 a3"},
		{"given up before a long one", "xa1 A2 b1 s s -", "b1 nothing A2"},
		{"all were given up", "xa1 xb1 - a2 -", "nothing a2"},
		{"nothing waits", "- a1 - - a2 -", "nothing a1 nothing a2"},
		{"tenants in turn, and their credentials", "1.a1 1.b1 1.c1 2.d1 2.d2 1.a2 - - - - - -", "a1 d1 b1 d2 c1 a2"},
		{"a tenant that comes is next", "1.a1 1.b1 - - 1.a2 2.d1 - -", "a1 b1 d1 a2"},
	} {
		var waiting turns
		names := map[*sharedWrite]string{nil: "nothing"}
		var got []string
		for step := range strings.FieldsSeq(c.steps) {
			switch step {
			case "-", "s":
				got = append(got, names[waiting.next(step == "s")])
			default:
				w := &sharedWrite{}
				if rest, isGivenUp := strings.CutPrefix(step, "x"); isGivenUp {
					w.isTaken.Store(true)
					step = rest
				}
				tenant, step, hasTenant := strings.Cut(step, ".")
				if !hasTenant {
					step = tenant
				}
				if strings.ToLower(step) == step {
					w.run = func(context.Context, bun.Tx) error { return nil }
				}
				names[w] = step
				credential := strings.ToLower(step[:1])
				if hasTenant {
					credential = tenant + " " + credential
				}
				waiting.add(credential, w)
			}
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}

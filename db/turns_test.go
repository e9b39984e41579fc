package db

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"
)

// TestTurns adds transactions that wait, takes some, and checks the order in which they come. A name is that of the
// credential and a number; long ones have capitals.
func TestTurns(t *testing.T) {
	for _, c := range []struct{ name, steps, want string }{
		{"one credential, in the order in which they came", "a1 a2 a3 - - -", "a1 a2 a3"},
		{"credentials in turn", "a1 a2 a3 b1 b2 c1 - - - - - -", "a1 b1 c1 a2 b2 a3"},
		{"one that comes during a turn is next", "A1 A2 A3 - b1 - - -", "A1 b1 A2 A3"},
		{"one that comes back is behind those that waited", "A1 b1 - A2 - -", "A1 b1 A2"},
		{"short ones do not wait for a long one's turn", "a1 B1 a2 B2 - s s -", "a1 a2 nothing B1"},
		{"nothing waits", "- a1 - - a2 -", "nothing a1 nothing a2"},
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
				if strings.ToLower(step) == step {
					w.run = func(context.Context, bun.Tx) error { return nil }
				}
				names[w] = step
				waiting.add(strings.ToLower(step[:1]), w)
			}
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}

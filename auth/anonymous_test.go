package auth

import (
	"context"
	"errors"
	"testing"
	"time"

	"callbook/model"
)

// TestAnonymousAccessEnds asks for the actor of requests without a credential before and after the first one exists.
func TestAnonymousAccessEnds(t *testing.T) {
	logged(t)
	now, has, failing, asked := start, false, error(nil), 0
	anonymous := model.NewActor(1, "local", []model.Role{model.RoleAdmin}, nil)
	a := New(Options{Anonymous: &anonymous, Now: func() time.Time { return now },
		HasCredentials: func(context.Context) (bool, error) { asked++; return has, failing }})
	for _, c := range []struct {
		what      string
		after     time.Duration
		has       bool
		failing   error
		wantError bool
		wantAsked int
	}{
		{what: "at the start", wantAsked: 1},
		{what: "soon after the first key", after: time.Second, has: true, wantAsked: 1},
		{what: "while the database is down", after: time.Second, has: true, failing: errors.New("down"), wantAsked: 2},
		{what: "soon after that", after: time.Second, has: true, wantAsked: 2},
		{what: "four seconds after the first key", after: time.Second, has: true, wantError: true, wantAsked: 3},
		{what: "later", after: time.Hour, wantError: true, wantAsked: 3},
	} {
		now, has, failing = now.Add(c.after), c.has, c.failing
		_, err := a.Actor(t.Context(), "", "", "")
		if (err != nil) != c.wantError || asked != c.wantAsked {
			t.Errorf("%s: got %v after asking %d times, want an error %v after asking %d times", c.what, err, asked,
				c.wantError, c.wantAsked)
		}
	}
	select {
	case <-a.Ended(model.WithActor(t.Context(), anonymous)):
	case <-time.After(5 * time.Second):
		t.Error("a socket without a credential: got one that goes on, want it to end")
	}
}

package tests

import (
	"strings"
	"testing"
	"time"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/web"
)

// TestCredentialEnds revokes keys, and lets them expire, while websockets and event streams are open.
func TestCredentialEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		later := make(chan struct{})
		now := func() time.Time {
			select {
			case <-later:
				return time.Now().Add(48 * time.Hour)
			default:
				return time.Now()
			}
		}
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Now: now})
		})
		for name, end := range map[string]func(id string){
			"revoked": func(id string) {
				if _, err := e.DB.RevokeAPIKey(e.Ctx, id); err != nil {
					t.Fatal(err)
				}
			},
			"expired": func(string) { close(later) },
		} {
			expires := time.Now().Add(24 * time.Hour)
			in := model.CreateAPIKeyInput{Name: "x", Roles: []model.Role{model.RoleAdmin}}
			if name == "expired" {
				in.ExpiresAt = &expires
			}
			key, text, err := e.DB.CreateAPIKey(e.Ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			socket := server.Dial()
			socket.Say(`{"type":"connection_init","payload":{"apiKey":"` + text + `"}}`)
			if m := socket.Hear(); m["type"] != "connection_ack" {
				t.Fatalf("connection_init: got %v, want connection_ack", m)
			}
			next := server.Events(watch, "X-Api-Key", text)
			end(key.ID)
			if m := socket.Hear(); m["closed"] != 4403.0 {
				t.Errorf("%s: got %v on the socket, want it closed by 4403", name, m)
			}
			if event, data := next(); event != "next" || !strings.Contains(data, "UNAUTHENTICATED") {
				t.Errorf("%s: got the event %s %s, want next with UNAUTHENTICATED", name, event, data)
			}
			if event, _ := next(); event != "complete" {
				t.Errorf("%s: got the event %s, want complete", name, event)
			}
		}
	})
}

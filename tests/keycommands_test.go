package tests

import (
	"path/filepath"
	"strings"
	"testing"

	"callbook/tests/harness"
)

// TestKeyCommands manages keys from the command line, and calls a server with and without them.
func TestKeyCommands(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "keys.db")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--name", "x", "--role", "root"}, `there is no role "root"`},
		{[]string{"--name", "x", "--role", "admin", "--permission", "FLY"}, `there is no permission "FLY"`},
		{[]string{"--name", "x", "--role", "admin", "--expires=-1h"}, "expiresAt: must be still to come"},
		{[]string{"--name", " ", "--role", "admin"}, "name: must not be empty"},
		{[]string{"--name", "x", "--role", "admin", "--permission="}, "there is no permission"},
		{[]string{"--name", "x", "--role", "admin", "--permission", ""}, "there is no permission"},
		{[]string{"--name", "x\ny", "--role", "admin"}, "one line"},
		{[]string{"--name", "x", "--role", "admin", "--tenant", "0"}, "must be a number from 1"},
		{[]string{"--name", "x", "--role", "admin", "--tenant", "9223372036854775807"}, "must be a number from 1"},
		{[]string{"--role", "admin"}, "missing flags: --name"},
		{[]string{"--name", "x"}, "missing flags: --role"},
	} {
		if code, _, messages := harness.Run(nil, append([]string{"key", "create", "--db", dsn}, c.args...)...); code == 0 ||
			!strings.Contains(messages, c.want) {
			t.Errorf("key create %v: got %d %s, want an error: %s", c.args, code, messages, c.want)
		}
	}
	code, out, messages := harness.Run(nil, "key", "create", "--db", dsn, "--name", "dialer", "--role", "integration",
		"--role", "analyst", "--expires", "24h")
	if key := strings.TrimSpace(out); code != 0 || !strings.HasPrefix(key, "cbk_1_") || strings.Contains(messages, key) {
		t.Fatalf("key create: got %d %q %q, want 0 and the key, in the results alone", code, out, messages)
	}
	_, listed, _ := harness.Run(nil, "key", "list", "--db", dsn)
	id := strings.Split(out, "_")[2]
	if !strings.Contains(listed, id) || !strings.Contains(listed, "analyst, integration") ||
		!strings.Contains(listed, "valid") {
		t.Errorf("key list: got %s, want the valid key %s with its roles", listed, id)
	}
	server, stop := harness.Serve(t, "--db", dsn)
	if got := server.Send(`{ calls { totalCount } }`); got.Status != 401 {
		t.Errorf("without a credential: got %d %s, want 401", got.Status, got.Body)
	}
	bearer := "Bearer " + strings.TrimSpace(out)
	if got := server.Send(`{ calls { totalCount } }`, "Authorization", bearer); got.Status != 200 {
		t.Errorf("with a key: got %d %s, want 200", got.Status, got.Body)
	}
	stop()
	if code, out, _ := harness.Run(nil, "key", "revoke", "--db", dsn, id); code != 0 ||
		!strings.Contains(out, "is revoked") {
		t.Errorf("key revoke: got %d %s, want 0 is revoked", code, out)
	}
	if code, _, messages := harness.Run(nil, "key", "revoke", "--db", dsn, "nothing"); code == 0 ||
		!strings.Contains(messages, "there is no API key") {
		t.Errorf("key revoke of an unknown key: got %d %s, want an error", code, messages)
	}
	if _, listed, _ := harness.Run(nil, "key", "list", "--db", dsn); !strings.Contains(listed, "revoked") {
		t.Errorf("key list after it: got %s, want the key revoked", listed)
	}
	if code, _, messages := harness.Run(nil, "--db", dsn, "--addr", "127.0.0.1:0", "--jwt-issuer", "x"); code == 0 ||
		!strings.Contains(messages, "need --jwt-jwks-url") {
		t.Errorf("--jwt-issuer alone: got %d %s, want an error that names --jwt-jwks-url", code, messages)
	}
}

// TestFirstKeyEndsAnonymousAccess makes the first key while a server runs without credentials: within seconds it asks
// for one, and what is under way without one ends.
func TestFirstKeyEndsAnonymousAccess(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "first.db")
	server, _ := harness.Serve(t, "--db", dsn)
	if got := server.Send(`{ viewer { name } }`); got.Status != 200 {
		t.Fatalf("before the first key: got %d %s, want 200", got.Status, got.Body)
	}
	socket := server.Dial()
	socket.Init()
	socket.Subscribe("1", "subscription { callChanged { callId } }")
	key := harness.CreateKey(t, dsn, "admin")
	harness.Eventually(t, "the server asks for a credential", func() bool {
		return server.Send(`{ viewer { name } }`).Status == 401
	})
	if m := socket.Hear(); m["closed"] != 4403.0 {
		t.Errorf("a socket without a credential: got %v, want it closed by 4403", m)
	}
	if got := server.Send(`{ viewer { name } }`, "Authorization", "Bearer "+key); got.Status != 200 {
		t.Errorf("with the key: got %d %s, want 200", got.Status, got.Body)
	}
}

// TestInsecureNoAuth serves without credentials on any address, and checks that hosts that a foreign page could use are
// still refused.
func TestInsecureNoAuth(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "open.db")
	harness.CreateKey(t, dsn, "agent")
	server, _ := harness.Serve(t, "--db", dsn, "--addr", "0.0.0.0:0", "--insecure-no-auth", "--allowed-host",
		"calls.example.com")
	for host, want := range map[string]int{"127.0.0.1": 200, "192.0.2.7:80": 200, "calls.example.com": 200,
		"evil.example.com": 421} {
		got := server.Send(`{ viewer { name } }`, "Host", host)
		if got.Status != want || want == 200 && !strings.Contains(got.Body, `"name":"local"`) {
			t.Errorf("Host %s: got %d %s, want %d", host, got.Status, got.Body, want)
		}
	}
	if got := server.Send(`{ viewer { name } }`, "X-Api-Key", "cbk_1_x"); got.Status != 401 {
		t.Errorf("with a wrong key: got %d %s, want 401", got.Status, got.Body)
	}
}

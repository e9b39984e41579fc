package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAllowedHosts(t *testing.T) {
	const all = "localhost LOCALHOST 127.0.0.1 ::1 10.0.0.1 fe80::1 calls.example.com Calls.Example.com other.example.com"
	named := []string{"calls.example.com"}
	for _, c := range []struct {
		name  string
		rules HostRules
		want  string // those of all that are allowed
	}{
		{"loopback alone", HostRules{}, "localhost LOCALHOST 127.0.0.1 ::1"},
		{"a name", HostRules{Named: named},
			"localhost LOCALHOST 127.0.0.1 ::1 calls.example.com Calls.Example.com"},
		{"any number", HostRules{AllowsAddresses: true}, "localhost LOCALHOST 127.0.0.1 ::1 10.0.0.1 fe80::1"},
		{"any, for a credential is needed", HostRules{NeedsCredential: true}, all},
		{"a credential is needed, and a name is given", HostRules{NeedsCredential: true, Named: named},
			"localhost LOCALHOST 127.0.0.1 ::1 calls.example.com Calls.Example.com"},
	} {
		var got []string
		for host := range strings.FieldsSeq(all) {
			if AllowedHosts(c.rules)(host) {
				got = append(got, host)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: allowed are %v, want %s", c.name, got, c.want)
		}
	}
}

func TestRefuseOtherHosts(t *testing.T) {
	site := refuseOtherHosts(AllowedHosts(HostRules{Named: []string{"calls.example.com"}}), http.HandlerFunc(answerOK))
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "[::1]": 200, "[::1]:8080": 200,
		"calls.example.com": 200, "calls.example.com:443": 200,
		"evil.example": 421, "evil.example:8080": 421, "calls.example.com.evil.example": 421, "": 421,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/graphql", nil)
		r.Host = host
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("under the name %q: status %d with %s, want %d", host, w.Code, w.Body, want)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	withSecurityHeaders(http.HandlerFunc(answerOK)).ServeHTTP(w, r)
	for name, want := range map[string]string{
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            "DENY",
		"Referrer-Policy":            "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Content-Security-Policy":    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

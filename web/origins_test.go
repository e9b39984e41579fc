package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAllowedOrigins(t *testing.T) {
	named := []string{"https://app.example.com", "http://other.example.com:8080/"}
	for _, c := range []struct {
		origin                 string
		isNamed, isLoopbackToo bool
	}{
		{"https://app.example.com", true, true},
		{"HTTPS://App.Example.com", true, true},
		{"http://other.example.com:8080", true, true},
		{"http://app.example.com", false, false},
		{"https://app.example.com:444", false, false},
		{"https://app.example.com.evil.example", false, false},
		{"http://localhost:3000", false, true},
		{"http://127.0.0.1", false, true},
		{"http://[::1]:5173", false, true},
		{"http://localhost.evil.example", false, false},
		{"http://10.0.0.1", false, false},
		{"null", false, false},
		{"", false, false},
		{"http://%", false, false},
	} {
		if got := AllowedOrigins(named, false)(c.origin); got != c.isNamed {
			t.Errorf("AllowedOrigins(named, false)(%q) = %v, want %v", c.origin, got, c.isNamed)
		}
		if got := AllowedOrigins(named, true)(c.origin); got != c.isLoopbackToo {
			t.Errorf("AllowedOrigins(named, true)(%q) = %v, want %v", c.origin, got, c.isLoopbackToo)
		}
	}
}

// origins are requests to http://site.example with what browsers say of the page they come from.
var origins = []struct {
	name, method, origin, fetchSite string
	isSameSite, passes              bool // passes: also refuseOtherSites
}{
	{"a program", "POST", "", "", true, true},
	{"the user", "GET", "", "none", true, true},
	{"a page of the site", "POST", "http://site.example", "same-origin", true, true},
	{"a page of the site in an old browser", "POST", "http://site.example", "", true, true},
	{"a page of the site that reads under a name in capitals", "GET", "http://SITE.example", "", true, true},
	{"a page of the site that reads", "GET", "", "same-origin", true, true},
	{"another site", "POST", "https://evil.example", "cross-site", false, false},
	{"another site that reads", "GET", "", "cross-site", false, false},
	{"another site that reads by fetch", "GET", "https://evil.example", "cross-site", false, false},
	{"another host of the site", "GET", "", "same-site", false, false},
	{"another port", "POST", "http://site.example:81", "", false, false},
	{"no origin at all", "POST", "null", "", false, false},
	{"an origin that is none", "POST", "http://%", "", false, false},
	{"an allowed site", "POST", "https://app.example.com", "cross-site", false, true},
}

func TestIsSameSite(t *testing.T) {
	for _, c := range origins {
		if got := isSameSite(pageRequest(t, c.method, c.origin, c.fetchSite)); got != c.isSameSite {
			t.Errorf("%s: isSameSite = %v, want %v", c.name, got, c.isSameSite)
		}
	}
}

func TestRefuseOtherSites(t *testing.T) {
	site := refuseOtherSites(AllowedOrigins([]string{"https://app.example.com"}, false), http.HandlerFunc(answerOK))
	for _, c := range origins {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, pageRequest(t, c.method, c.origin, c.fetchSite))
		want := http.StatusForbidden
		if c.passes {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Errorf("%s: status %d with %s, want %d", c.name, w.Code, w.Body, want)
		}
	}
}

// pageRequest returns a request as a page makes a browser send it.
func pageRequest(t *testing.T, method, origin, fetchSite string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://site.example/graphql", nil)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if fetchSite != "" {
		r.Header.Set("Sec-Fetch-Site", fetchSite)
	}
	return r
}

func answerOK(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

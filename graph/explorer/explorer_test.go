package explorer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// get asks a handler for a path, with a tag that is known already.
func get(t *testing.T, h http.Handler, path, tag string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.URL.Path = path
	r.Header.Set("If-None-Match", tag)
	h.ServeHTTP(w, r)
	return w
}

func TestAssets(t *testing.T) {
	for path, want := range map[string]string{
		"start.js":      "text/javascript; charset=utf-8",
		"examples.json": "application/json",
		"index.html":    "",
		"assets":        "",
		"missing.js":    "",
		"../go.mod":     "",
		"":              "",
	} {
		w := get(t, Assets(), path, "")
		status := http.StatusOK
		if want == "" {
			status = http.StatusNotFound
		}
		if got := w.Header().Get("Content-Type"); w.Code != status || want != "" && got != want {
			t.Errorf("%q: %d %s, want %d %s", path, w.Code, got, status, want)
		}
	}
}

func TestPage(t *testing.T) {
	w := get(t, Page(), "/", "")
	header := w.Header()
	if w.Code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Errorf("the page has status %d and type %s, want 200 and HTML", w.Code, header.Get("Content-Type"))
	}
	if got := header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("the page's policy is %q, want %q", got, policy)
	}
	if again := get(t, Page(), "/", header.Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("asked again with its tag, the page has status %d, want 304", again.Code)
	}
}

func TestExamples(t *testing.T) {
	examples := Examples()
	if len(examples) == 0 {
		t.Error("there are no examples")
	}
	for i, example := range examples {
		if !strings.Contains(example, "{") {
			t.Errorf("example %d is %q, want an operation", i, example)
		}
	}
}

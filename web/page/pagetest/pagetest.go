// Package pagetest checks pages of the site: what the binary has compressed, and what a page names.
package pagetest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// CheckCompressed compares the scripts and styles of folders with their compressed forms, in the folder compressed of
// the test's package, which it writes anew where update is true.
func CheckCompressed(t *testing.T, update bool, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		want := map[string]bool{}
		for _, pattern := range []string{"*.js", "*.css"} {
			names, err := filepath.Glob(filepath.Join(folder, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				want[filepath.Base(name)+".gz"] = true
				checkFile(t, update, name)
			}
		}
		checkNoOthers(t, update, filepath.Join("compressed", folder), want)
	}
}

func checkFile(t *testing.T, update bool, name string) {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("compressed", name+".gz")
	file, err := os.ReadFile(path)
	if err == nil && bytes.Equal(Gunzip(t, file), source) {
		return
	}
	if !update {
		t.Errorf("%s: got another text in the binary (%v), want this one: go test -update here", name, err)
		return
	}
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(source); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func checkNoOthers(t *testing.T, update bool, folder string, want map[string]bool) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		switch path := filepath.Join(folder, entry.Name()); {
		case want[entry.Name()]:
		case update:
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s: got it in the binary, want no file without a source: go test -update here", path)
		}
	}
}

// Gunzip decompresses a text.
func Gunzip(t *testing.T, compressed []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Get asks a site for a path; headers come in pairs of name and value.
func Get(t *testing.T, site http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

// CheckPage follows the addresses of a page, at least so many, and checks what is served there.
func CheckPage(t *testing.T, site http.Handler, path, policy string, atLeast int) {
	t.Helper()
	page := Get(t, site, path)
	header := page.Header()
	if page.Code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Errorf("the page: got status %d and type %s, want 200 and HTML", page.Code, header.Get("Content-Type"))
	}
	if got := header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("the page's policy: got %q, want %q", got, policy)
	}
	if got := header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page's Cache-Control: got %q, want no-cache", got)
	}
	if again := Get(t, site, path, "If-None-Match", header.Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("the page, asked again with its tag: got status %d, want 304", again.Code)
	}
	addresses := regexp.MustCompile(`(?:src|href)="(\w+/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(addresses) < atLeast || strings.Contains(page.Body.String(), "{") {
		t.Errorf("files that the page names: got %v, want %d or more, and no place left", addresses, atLeast)
	}
	for _, address := range addresses {
		checkAddress(t, site, address[1])
	}
}

func checkAddress(t *testing.T, site http.Handler, address string) {
	t.Helper()
	file := Get(t, site, "/"+address, "Accept-Encoding", "gzip")
	wantType := "text/javascript; charset=utf-8"
	if strings.HasSuffix(address, ".css") {
		wantType = "text/css; charset=utf-8"
	}
	for name, want := range map[string]string{
		"Content-Type": wantType, "Content-Encoding": "gzip", "Vary": "Accept-Encoding",
		"Cache-Control": "public, max-age=31536000, immutable",
	} {
		if got := file.Header().Get(name); file.Code != http.StatusOK || got != want {
			t.Errorf("%s: got %d, %s %q, want 200 and %q", address, file.Code, name, got, want)
			return
		}
	}
	plain := Get(t, site, "/"+address)
	if plain.Header().Get("Content-Encoding") != "" ||
		!bytes.Equal(plain.Body.Bytes(), Gunzip(t, file.Body.Bytes())) {
		t.Errorf("%s without Accept-Encoding: got %v, want the same text as it is", address, plain.Header())
	}
}

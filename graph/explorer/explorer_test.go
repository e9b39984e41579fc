package explorer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "compress the files of assets and page anew")

// noon is what the clock of the tests says.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// get asks the explorer for a path; headers come in pairs of name and value.
func get(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	New(func() time.Time { return noon }).ServeHTTP(w, r)
	return w
}

// TestCompressedFiles compares every file that the page loads with its compressed form in the binary.
func TestCompressedFiles(t *testing.T) {
	var want int
	for _, pattern := range []string{"assets/*.js", "assets/*.css", "page/*.js", "page/*.css"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		want += len(names)
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				writeCompressed(t, name, source)
			}
			file, err := os.ReadFile("compressed/" + name + ".gz")
			if err != nil {
				t.Errorf("%s: got %v, want it compressed: go test ./graph/explorer -update", name, err)
				continue
			}
			if got := gunzip(t, file); !bytes.Equal(got, source) {
				t.Errorf("%s: got another text compressed, want this one: go test ./graph/explorer -update", name)
			}
		}
	}
	if *update {
		return // this process has the old ones
	}
	if got := len(newFolder("assets").files) + len(newFolder("page").files); got != want {
		t.Errorf("files in the binary: got %d, want %d", got, want)
	}
}

func writeCompressed(t *testing.T, name string, source []byte) {
	t.Helper()
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
	path := "compressed/" + name + ".gz"
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(gunzip(t, old), source) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func gunzip(t *testing.T, compressed []byte) []byte {
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

// TestPage follows the addresses of the page, and checks what is served there.
func TestPage(t *testing.T) {
	page := get(t, "/")
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
	if again := get(t, "/", "If-None-Match", header.Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("the page, asked again with its tag: got status %d, want 304", again.Code)
	}
	addresses := regexp.MustCompile(`(?:src|href)="(explorer/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(addresses) < 8 {
		t.Errorf("files that the page names: got %v, want 8 or more", addresses)
	}
	for _, address := range addresses {
		file := get(t, "/"+address[1], "Accept-Encoding", "gzip")
		wantType := "text/javascript; charset=utf-8"
		if strings.HasSuffix(address[1], ".css") {
			wantType = "text/css; charset=utf-8"
		}
		for name, want := range map[string]string{
			"Content-Type": wantType, "Content-Encoding": "gzip", "Vary": "Accept-Encoding",
			"Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got := file.Header().Get(name); file.Code != http.StatusOK || got != want {
				t.Errorf("%s: got %d, %s %q, want 200 and %q", address[1], file.Code, name, got, want)
			}
		}
		plain := get(t, "/"+address[1])
		if plain.Header().Get("Content-Encoding") != "" ||
			!bytes.Equal(plain.Body.Bytes(), gunzip(t, file.Body.Bytes())) {
			t.Errorf("%s without Accept-Encoding: got %v, want the same text as it is", address[1], plain.Header())
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	page := newFolder("page").name
	for _, path := range []string{"/other", "/explorer/", "/explorer/page/start.js", "/explorer/" + page,
		"/explorer/" + page + "/", "/explorer/" + page + "/missing.js", "/explorer/" + page + "/start.js.gz",
		"/explorer/" + page + "/..%2fassets%2freact.production.min.js"} {
		if got := get(t, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: got status %d, want 404", path, got.Code)
		}
	}
}

func TestAcceptsGzip(t *testing.T) {
	for accepted, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip": true, "gzip;q=0": false, "gzip; q=0.0": false,
		"gzip;q=0.001": true, "*": true, "*;q=0": false, "*;q=0, gzip": true, "gzip;q=0, *": false, "identity": false,
		"br;q=1": false, "gzip;q=x": false, "gzipped": false, "gzip ;Q=1": true,
	} {
		if got := acceptsGzip(http.Header{"Accept-Encoding": {accepted}}); got != want {
			t.Errorf("Accept-Encoding %q: got %v, want %v", accepted, got, want)
		}
	}
	if !acceptsGzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) {
		t.Error("gzip in a header of its own: got false, want true")
	}
}

// TestExamples reads the examples as the page does.
func TestExamples(t *testing.T) {
	var examples []Example
	response := get(t, "/explorer/examples.json")
	if err := json.Unmarshal(response.Body.Bytes(), &examples); err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, example := range examples {
		if titles[example.Title] = true; example.About == "" || len(example.About) > 80 {
			t.Errorf("%s: got the line %q, want 1 to 80 characters", example.Title, example.About)
		}
		for line := range strings.Lines(example.Query) {
			if len([]rune(line)) > 60 {
				t.Errorf("%s: got the line %q, want 60 columns at most", example.Title, line)
			}
		}
		const variables = `{"startTime":"2026-03-04T12:00:00Z"}`
		if got := string(example.Variables); example.Title == "Deliver record" && got != variables {
			t.Errorf("the variables of %s: got %s, want %s", example.Title, got, variables)
		}
	}
	if !titles["To do"] || !titles["Deliver record"] || len(titles) != len(examples) {
		t.Errorf("titles: got %v, want To do and Deliver record, and none twice", titles)
	}
}

package page

import (
	"flag"
	"net/http"
	"testing"

	"callbook/web/page/pagetest"
)

var update = flag.Bool("update", false, "compress the files of shared anew")

func TestCompressedFiles(t *testing.T) { pagetest.CheckCompressed(t, *update, "shared") }

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

// TestPage serves a page with links, and refuses paths that are none.
func TestPage(t *testing.T) {
	folder := NewFolder("page", Shared())
	mux := http.NewServeMux()
	Page{
		Path: "here", Root: "here", HTML: `<html>{nav}<script src="{page}/server.js"></script>`, Policy: "default-src 'none'",
		Folders: map[string]Folder{"page": folder}, Links: []Link{{"", "Start"}, {"here", "Here"}},
	}.Register(mux)
	pagetest.CheckPage(t, mux, "/here", "default-src 'none'", 1)
	const want = `<html><nav><a href="./" data-text="Start">Start</a>` +
		`<a href="./here" data-text="Here" aria-current="page">Here</a></nav>`
	if got := pagetest.Get(t, mux, "/here").Body.String(); got != want+`<script src="here/`+folder.name+
		`/server.js"></script>` {
		t.Errorf("the page: got %s, want %s and the script", got, want)
	}
	for _, path := range []string{"/", "/here/", "/here/page/server.js", "/here/" + folder.name,
		"/here/" + folder.name + "/", "/here/" + folder.name + "/missing.js", "/here/" + folder.name + "/server.js.gz",
		"/here/" + folder.name + "/..%2fserver.js"} {
		if got := pagetest.Get(t, mux, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: got status %d, want 404", path, got.Code)
		}
	}
}

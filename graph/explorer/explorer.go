// Package explorer serves GraphiQL from the binary: no request leaves the machine.
package explorer

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the page
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

//go:embed page/index.html
var index string

// policy lets the page load from this server alone. GraphiQL sets styles of its own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// New returns a handler that serves the explorer's page at /, and under /explorer/ what the page loads: scripts, styles
// and the examples; 404 for other paths. Times in the examples are from the clock.
func New(now func() time.Time) http.Handler {
	assets, page := newFolder("assets"), newFolder("page")
	html := strings.NewReplacer("{assets}", "explorer/"+assets.name, "{page}", "explorer/"+page.name).Replace(index)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		serveFresh(w, r, "index.html", []byte(html))
	})
	mux.HandleFunc("GET /explorer/examples.json", func(w http.ResponseWriter, r *http.Request) {
		examples, err := json.Marshal(Examples(now()))
		if err != nil {
			panic(err) // texts can always be marshalled
		}
		serveFresh(w, r, "examples.json", examples)
	})
	for _, folder := range []folder{assets, page} {
		mux.Handle("GET /explorer/"+folder.name+"/{file}", folder)
	}
	return mux
}

// serveFresh serves what may differ the next time: browsers ask again whether it does.
func serveFresh(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	w.Header().Set("ETag", `"`+digest(content)+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// digest returns the beginning of a text's SHA-256, as it can stand in an address.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

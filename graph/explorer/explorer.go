// Package explorer serves GraphiQL from the binary: no request leaves the machine.
package explorer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"time"
)

//go:embed index.html
var page []byte

//go:embed start.js examples assets
var files embed.FS

// policy lets the page load from this server alone. GraphiQL sets styles of its own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Page returns a handler that serves the explorer's page.
func Page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		serve(w, r, "index.html", page)
	})
}

// Assets returns a handler that serves what the page loads: scripts, styles and the examples; 404 for other paths.
func Assets() http.Handler {
	examples, err := json.Marshal(Examples())
	if err != nil {
		panic(err) // texts can always be marshalled
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "examples.json" {
			serve(w, r, r.URL.Path, examples)
			return
		}
		content, err := files.ReadFile(r.URL.Path)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		serve(w, r, r.URL.Path, content)
	})
}

func serve(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	sum := sha256.Sum256(content)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// Examples are the operations the explorer opens as tabs. Each succeeds on the demo's sample; a test runs them.
func Examples() (operations []string) {
	entries, err := fs.ReadDir(files, "examples")
	if err != nil {
		panic(err) // they are in the binary
	}
	for _, entry := range entries {
		operation, err := files.ReadFile("examples/" + entry.Name())
		if err != nil {
			panic(err)
		}
		operations = append(operations, string(operation))
	}
	return operations
}

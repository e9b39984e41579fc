// Package explorer serves GraphiQL from the binary: no request leaves the machine.
package explorer

import (
	"embed"
	"encoding/json"
	"net/http"
	"time"

	"callbook/web/page"
)

//go:embed page/index.html
var index string

// compressed has the files of the folders assets and page, compressed by gzip. A test compares them with those files,
// and writes them anew: go test ./graph/explorer -update.
//
//go:embed compressed
var compressed embed.FS

// policy lets the page load from this server alone. GraphiQL sets styles of its own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Register serves the explorer's page at /, and under /explorer/ what the page loads: scripts, styles and the examples.
// Times in the examples are from the clock; links stand in the page's head.
func Register(mux *http.ServeMux, now func() time.Time, links []page.Link) {
	page.Page{
		Root: "explorer", HTML: index, Policy: policy, Links: links,
		Folders: map[string]page.Folder{
			"assets": page.NewFolder("assets", page.Sub(compressed, "compressed/assets")),
			"page":   page.NewFolder("page", page.Sub(compressed, "compressed/page"), page.Shared()),
		},
	}.Register(mux)
	mux.HandleFunc("GET /explorer/examples.json", func(w http.ResponseWriter, r *http.Request) {
		examples, err := json.Marshal(Examples(now()))
		if err != nil {
			panic(err) // texts can always be marshalled
		}
		page.ServeFresh(w, r, "examples.json", examples)
	})
}

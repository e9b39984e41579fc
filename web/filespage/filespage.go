// Package filespage serves the page of files: uploads, imports, exports and the jobs that do them, by operations of the
// API, from the binary alone.
package filespage

import (
	"embed"
	"net/http"

	"callbook/web/page"
)

//go:embed page/index.html
var index string

// compressed has the files of the folder page, compressed by gzip. A test compares them with those files, and writes
// them anew: go test ./web/filespage -update.
//
//go:embed compressed
var compressed embed.FS

// policy lets the page load from this server alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Register serves the page at /files, and under /filespage/ what it loads. Links stand in its head.
func Register(mux *http.ServeMux, links []page.Link) {
	page.Page{
		Path: "files", Root: "filespage", HTML: index, Policy: policy, Links: links,
		Folders: map[string]page.Folder{
			"page": page.NewFolder("page", page.Sub(compressed, "compressed/page"), page.Shared()),
		},
	}.Register(mux)
}

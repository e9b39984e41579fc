// Package dashboard serves the dashboard: a page that draws figures of calls and call records by operations of the API,
// from the binary alone.
package dashboard

import (
	"embed"
	"net/http"

	"callbook/web/page"
)

//go:embed page/index.html
var index string

// compressed has the files of the folders assets and page, compressed by gzip. A test compares them with those files,
// and writes them anew: go test ./web/dashboard -update.
//
//go:embed compressed
var compressed embed.FS

// plotStyle is the hash of the style element that Observable Plot puts into each chart of the class plot, which the
// browser names in its console where it differs.
const plotStyle = "'sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM='"

// policy lets the page load from this server alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' " + plotStyle + "; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Register serves the dashboard at /dashboard, and under /dashboard/ what the page loads. Links stand in its head.
func Register(mux *http.ServeMux, links []page.Link) {
	page.Page{
		Path: "dashboard", Root: "dashboard", HTML: index, Policy: policy, Links: links,
		Folders: map[string]page.Folder{
			"assets": page.NewFolder("assets", page.Sub(compressed, "compressed/assets")),
			"page":   page.NewFolder("page", page.Sub(compressed, "compressed/page"), page.Shared()),
		},
	}.Register(mux)
}

// Package page serves the site's pages for people from the binary: their HTML, and folders of what they load.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// shared has the modules and styles that all pages load, compressed by gzip. A test compares them with the folder
// shared, and writes them anew: go test ./web/page -update.
//
//go:embed compressed
var shared embed.FS

// Shared returns the modules and styles that all pages load.
func Shared() fs.FS { return Sub(shared, "compressed/shared") }

// Sub returns a folder of embedded files.
func Sub(files embed.FS, folder string) fs.FS {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// Link is a link in the head of all pages.
type Link struct {
	Path string // below the site's root
	Name string
}

// Page is a page of the site.
type Page struct {
	Path    string // below the site's root; empty for the root itself
	Root    string // the first part of the paths of its folders
	HTML    string // with {nav} for the links, and {assets}, {page} for the addresses of its folders
	Policy  string // Content-Security-Policy
	Folders map[string]Folder
	Links   []Link
}

// Register serves a page and its folders.
func (p Page) Register(mux *http.ServeMux) {
	places := []string{"{nav}", p.nav()}
	for name, folder := range p.Folders {
		path := p.Root + "/" + folder.name
		places = append(places, "{"+name+"}", path)
		mux.Handle("GET /"+path+"/{file}", folder)
	}
	html := []byte(strings.NewReplacer(places...).Replace(p.HTML))
	pattern := "GET /" + p.Path
	if p.Path == "" {
		pattern += "{$}"
	}
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", p.Policy)
		ServeFresh(w, r, "index.html", html)
	})
}

// nav returns the links of the page's head.
func (p Page) nav() string {
	var html strings.Builder
	html.WriteString("<nav>")
	for _, link := range p.Links {
		current := ""
		if link.Path == p.Path {
			current = ` aria-current="page"`
		}
		html.WriteString(`<a href="./` + link.Path + `" data-text="` + link.Name + `"` + current + ">" + link.Name + "</a>")
	}
	html.WriteString("</nav>")
	return html.String()
}

// ServeFresh serves what may differ the next time: browsers ask again whether it does.
func ServeFresh(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	w.Header().Set("ETag", `"`+digest(content)+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// digest returns the beginning of a text's SHA-256, as it can stand in an address.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

package page

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Folder serves files, compressed by gzip in the binary. Its name changes with their content, so that browsers may keep
// them for good.
type Folder struct {
	name  string
	files map[string][]byte // compressed, by name
}

// NewFolder returns a folder of the files NAME.gz of file systems; its name begins with the given one. It panics where
// they cannot be read: they are in the binary.
func NewFolder(name string, from ...fs.FS) Folder {
	f := Folder{files: map[string][]byte{}}
	var all bytes.Buffer
	for _, files := range from {
		entries, err := fs.ReadDir(files, ".")
		if err != nil {
			panic(err)
		}
		for _, entry := range entries {
			content, err := fs.ReadFile(files, entry.Name())
			if err != nil {
				panic(err)
			}
			f.files[strings.TrimSuffix(entry.Name(), ".gz")] = content
			all.WriteString(entry.Name())
			all.Write(content)
		}
	}
	f.name = name + "-" + digest(all.Bytes())
	return f
}

// ServeHTTP serves the file that the path's value "file" names, compressed where the client takes that; 404 where there
// is none.
func (f Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	content, exists := f.files[name]
	if !exists {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content)
		return
	}
	reader, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		panic(err) // a test decompresses them all
	}
	_, _ = io.Copy(w, reader)
}

// acceptsGzip reports whether a client takes responses compressed by gzip (RFC 9110, 12.5.3): whether gzip, or else *,
// is named with a quality above 0.
func acceptsGzip(header http.Header) bool {
	accepts := false
	for part := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		quality := 1.0
		if name, value, found := strings.Cut(strings.TrimSpace(params), "="); found && strings.EqualFold(name, "q") {
			quality, _ = strconv.ParseFloat(value, 64) // 0 where it is no number
		}
		accepts = quality > 0
		if coding == "gzip" {
			return accepts
		}
	}
	return accepts
}

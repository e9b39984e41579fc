package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
	"callbook/text"
)

// uploadMemory is how much of a request with files is kept in memory; the rest waits in temporary files.
const uploadMemory = 4 << 20

// preflightHeaders are headers that no form of another site can send without asking first. A multipart request, whose type a form
// could send, must have one of them.
var preflightHeaders = []string{"Authorization", "X-Api-Key", "Apollo-Require-Preflight", "X-Apollo-Operation-Name", "Graphql-Preflight", "X-Requested-With"}

// readMultipart reads an operation with files, by the GraphQL multipart request specification: operations, map, files.
func (t *transport) readMultipart(w http.ResponseWriter, r *http.Request) (*request, *problem) {
	if !slices.ContainsFunc(preflightHeaders, func(name string) bool { return r.Header.Get(name) != "" }) {
		return nil, &problem{http.StatusForbidden, model.Forbidden("", "a multipart request needs a header that a form of another site cannot send, such as GraphQL-Preflight: 1")}
	}
	leave, full := t.reserve(r.Context(), uploadMemory)
	if full != nil {
		return nil, &problem{http.StatusServiceUnavailable, full}
	}
	form, bad := t.parseForm(w, r)
	var req *request
	release := sync.OnceFunc(func() {
		if req != nil {
			for _, file := range req.files {
				_ = file.Close()
			}
		}
		if form != nil {
			_ = form.RemoveAll()
		}
		leave()
	})
	if bad != nil {
		release()
		return nil, bad
	}
	req, bad = t.multipartRequest(form)
	if bad != nil {
		release()
		return nil, bad
	}
	req.release = release
	return req, nil
}

func (t *transport) parseForm(w http.ResponseWriter, r *http.Request) (*multipart.Form, *problem) {
	if r.ContentLength > t.limits.Upload {
		return nil, t.tooLarge(t.limits.Upload)
	}
	r.Body = io.NopCloser(newPaced(http.MaxBytesReader(w, r.Body, t.limits.Upload), w))
	if err := r.ParseMultipartForm(uploadMemory); err != nil {
		if bad := t.bodyProblem(err); bad.status == http.StatusRequestEntityTooLarge {
			return r.MultipartForm, bad
		}
		return r.MultipartForm, badRequest("the body is no multipart form")
	}
	return r.MultipartForm, nil
}

// multipartRequest puts the files where the map says.
func (t *transport) multipartRequest(form *multipart.Form) (*request, *problem) {
	operations, places := form.Value["operations"], form.Value["map"]
	if len(operations) != 1 || len(places) != 1 {
		return nil, badRequest("a multipart request has one field operations and one field map")
	}
	req, bad := parseRequest([]byte(operations[0]), t.limits)
	if bad != nil {
		return nil, bad
	}
	var paths map[string]json.RawMessage
	if bad := parseObject([]byte(places[0]), "the field map", t.limits, &paths); bad != nil {
		return nil, bad
	}
	if n := len(form.File); n > t.limits.UploadFiles || len(paths) > t.limits.UploadFiles {
		return nil, &problem{http.StatusRequestEntityTooLarge, model.LimitExceeded("", "the request has %d files; at most %d", max(n, len(paths)), t.limits.UploadFiles)}
	}
	hash := sha256.New()
	placed := 0
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		n, bad := req.place(name, paths[name], form.File[name], t.limits.UploadFiles-placed, hash)
		if bad != nil {
			return req, bad
		}
		placed += n
	}
	for name := range form.File {
		if paths[name] == nil {
			return nil, badRequest("the file %s is not in the map", text.Quote(name))
		}
	}
	req.filesHash = hex.EncodeToString(hash.Sum(nil))
	return req, nil
}

// place puts one file at its paths among the variables, where null stands for it, and answers how many they are.
func (req *request) place(name string, paths json.RawMessage, files []*multipart.FileHeader, most int, hash io.Writer) (int, *problem) {
	var list []string
	if json.Unmarshal(paths, &list) != nil || len(list) == 0 {
		return 0, badRequest("the map must give the file %s a list of paths, such as [\"variables.file\"]", text.Quote(name))
	}
	if len(files) != 1 {
		return 0, badRequest("the map names the file %s, of which the form has %d", text.Quote(name), len(files))
	}
	if len(list) > most {
		return 0, &problem{http.StatusRequestEntityTooLarge, model.LimitExceeded("", "the map has more places for files than the request may have files")}
	}
	for i, path := range list {
		file, err := files[0].Open()
		if err != nil {
			return 0, badRequest("the file %s could not be read", text.Quote(name))
		}
		req.files = append(req.files, file)
		if i == 0 && !hashFile(file, hash) {
			return 0, badRequest("the file %s could not be read", text.Quote(name))
		}
		upload := graphql.Upload{File: file, Filename: files[0].Filename, Size: files[0].Size, ContentType: files[0].Header.Get("Content-Type")}
		rest, isVariable := strings.CutPrefix(path, "variables.")
		if !isVariable || !setAt(req.Variables, strings.Split(rest, "."), upload) {
			return 0, badRequest("the map leads the file %s to %s, where no null of the variables stands for it", text.Quote(name), text.Quote(path))
		}
	}
	return len(list), nil
}

func hashFile(file io.ReadSeeker, hash io.Writer) bool {
	_, err := io.Copy(hash, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return err == nil
}

// setAt puts a value where a path leads, if null is there.
func setAt(in any, path []string, value any) bool {
	last := len(path) == 1
	switch in := in.(type) {
	case map[string]any:
		child, there := in[path[0]]
		if !last {
			return setAt(child, path[1:], value)
		}
		if there && child == nil {
			in[path[0]] = value
			return true
		}
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(in) {
			return false
		}
		if !last {
			return setAt(in[i], path[1:], value)
		}
		if in[i] == nil {
			in[i] = value
			return true
		}
	}
	return false
}

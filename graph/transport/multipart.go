package transport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// preflightHeaders are headers that a page of another site can send only after asking the server (CORS preflight). A
// multipart request, whose type a plain form could send, must have one of them.
var preflightHeaders = []string{
	"Authorization", "X-Api-Key", "Apollo-Require-Preflight", "X-Apollo-Operation-Name", "Graphql-Preflight",
	"X-Requested-With",
}

// readMultipart reads an operation with files by the GraphQL multipart request specification: the fields operations and
// map, then files.
func (h *handler) readMultipart(req *operation.Request, w http.ResponseWriter, r *http.Request) *problem {
	if !slices.ContainsFunc(preflightHeaders, func(name string) bool { return r.Header.Get(name) != "" }) {
		bad := model.Forbidden("", "a multipart request needs a header that a form of another site cannot send, "+
			"such as GraphQL-Preflight: 1")
		return &problem{http.StatusForbidden, bad}
	}
	if full := h.Pipeline.ReserveMemory(r.Context(), &req.Reservation, operation.UploadMemory); full != nil {
		return &problem{http.StatusServiceUnavailable, full}
	}
	form, bad := h.parseForm(w, r)
	if form != nil {
		req.Reservation.Hold(func() { _ = form.RemoveAll() })
	}
	if bad != nil {
		return bad
	}
	return h.parseMultipart(r.Context(), req, form)
}

func (h *handler) parseForm(w http.ResponseWriter, r *http.Request) (*multipart.Form, *problem) {
	if r.ContentLength > h.limits.Upload {
		return nil, tooLarge(h.limits.Upload)
	}
	r.Body = io.NopCloser(newPacedReader(http.MaxBytesReader(w, r.Body, h.limits.Upload), w))
	if err := r.ParseMultipartForm(operation.UploadMemory); err != nil {
		if bad := readProblem(err); bad.status == http.StatusRequestEntityTooLarge {
			return r.MultipartForm, bad
		}
		return r.MultipartForm, badRequest("the body is no multipart form")
	}
	return r.MultipartForm, nil
}

// parseMultipart reads the request of a form, and puts its files where the map says.
func (h *handler) parseMultipart(ctx context.Context, req *operation.Request, form *multipart.Form) *problem {
	operations, places := form.Value["operations"], form.Value["map"]
	if len(operations) != 1 || len(places) != 1 {
		return badRequest("a multipart request has one field operations and one field map")
	}
	if bad := h.parseOperations(ctx, req, operations[0]); bad != nil {
		return bad
	}
	paths, bad := parseObject(places[0], "the field map", `{"0": ["variables.file"]}`, h.limits)
	if bad != nil {
		return bad
	}
	if n := max(len(form.File), len(paths)); n > h.limits.UploadFiles {
		bad := model.LimitExceeded("", "the request has %d files; at most %d", n, h.limits.UploadFiles)
		return &problem{http.StatusRequestEntityTooLarge, bad}
	}
	u := uploads{request: req, placesLeft: h.limits.UploadFiles, hash: sha256.New()}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		if bad := u.place(name, paths[name], form.File[name]); bad != nil {
			return bad
		}
	}
	for name := range form.File {
		if paths[name] == nil {
			return badRequest("the file %s is not in the map", text.Quote(name))
		}
	}
	req.FilesHash = hex.EncodeToString(u.hash.Sum(nil))
	return nil
}

// parseOperations parses the field operations, which is limited, and needs memory, as a body without files does.
func (h *handler) parseOperations(ctx context.Context, req *operation.Request, operations string) *problem {
	size := int64(len(operations))
	if size > h.limits.Body {
		return tooLarge(h.limits.Body)
	}
	if size > maxSmallBody {
		if full := h.Pipeline.ReserveMemory(ctx, &req.Reservation, operation.BodyWeight*size); full != nil {
			return &problem{http.StatusServiceUnavailable, full}
		}
	}
	return parseRequest(req, operations, h.limits)
}

// uploads puts files into the variables of a request.
type uploads struct {
	request    *operation.Request
	placesLeft int
	hash       hash.Hash // of all files
}

// place puts one file at its paths among the variables, where null stands for it.
func (u *uploads) place(name string, paths any, files []*multipart.FileHeader) *problem {
	list, areTexts := textsIn(paths)
	if !areTexts || len(list) == 0 {
		return badRequest("the map must give the file %s a list of paths, such as [\"variables.file\"]", text.Quote(name))
	}
	if len(files) != 1 {
		return badRequest("the map names the file %s, of which the form has %d", text.Quote(name), len(files))
	}
	if u.placesLeft -= len(list); u.placesLeft < 0 {
		bad := model.LimitExceeded("", "the map has more places for files than the request may have files")
		return &problem{http.StatusRequestEntityTooLarge, bad}
	}
	for i, path := range list {
		file, err := files[0].Open()
		if err != nil {
			return badRequest("the file %s could not be read", text.Quote(name))
		}
		u.request.Reservation.Hold(func() { _ = file.Close() })
		if i == 0 && !u.addToHash(file) {
			return badRequest("the file %s could not be read", text.Quote(name))
		}
		upload := graphql.Upload{
			File: file, Filename: files[0].Filename, Size: files[0].Size, ContentType: files[0].Header.Get("Content-Type"),
		}
		rest, isVariable := strings.CutPrefix(path, "variables.")
		if !isVariable || !setAt(u.request.Variables, strings.Split(rest, "."), upload) {
			return badRequest("the map leads the file %s to %s, where no null of the variables stands for it",
				text.Quote(name), text.Quote(path))
		}
	}
	return nil
}

// textsIn returns the texts in a list, and false for a value that is no list of texts.
func textsIn(value any) (texts []string, ok bool) {
	list, ok := value.([]any)
	for _, element := range list {
		text, isText := element.(string)
		texts, ok = append(texts, text), ok && isText
	}
	return texts, ok
}

func (u *uploads) addToHash(file io.ReadSeeker) bool {
	_, err := io.Copy(u.hash, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	return err == nil
}

// setAt puts a value where a path leads, if null is there, and reports whether it did.
func setAt(in any, path []string, value any) bool {
	switch in := in.(type) {
	case map[string]any:
		child, exists := in[path[0]]
		if len(path) > 1 {
			return setAt(child, path[1:], value)
		}
		if exists && child == nil {
			in[path[0]] = value
			return true
		}
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(in) {
			return false
		}
		if len(path) > 1 {
			return setAt(in[i], path[1:], value)
		}
		if in[i] == nil {
			in[i] = value
			return true
		}
	}
	return false
}

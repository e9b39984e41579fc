package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/graph"
	"callbook/graph/operation"
	"callbook/graph/transport"
	"callbook/jobs"
	"callbook/limiter"
	"callbook/model"
)

const (
	// mostUploads is how many pieces of uploads are received at once in a process, mostTenantUploads those of one
	// tenant and mostUploadsEach those of one credential. Each holds a chunk in memory.
	mostUploads, mostTenantUploads, mostUploadsEach = 64, 16, 4
)

// signInByLink lets requests with a signed link pass as its actor; others sign in. Refused links count as refused
// credentials do.
func signInByLink(d *db.DB, a *auth.Auth, identified, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if !query.Has(jobs.LinkParameter) {
			identified.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			transport.Refuse(w, r, http.StatusMethodNotAllowed, model.BadInput("", "a link is for GET; send a credential"))
			return
		}
		actor, err := a.Link(r.Context(), r.URL.RequestURI(), r.RemoteAddr, func() (model.Actor, error) {
			return jobs.LinkActor(r.Context(), d, r.URL.Path, query)
		})
		if _, isLimited := errors.AsType[*auth.TooManyRefusals](err); isLimited {
			refuseSignIn(w, r, err)
			return
		}
		if err != nil {
			refuseFile(w, r, d, err)
			return
		}
		noteSignIn(r.Context())
		next.ServeHTTP(w, r.WithContext(model.WithActor(r.Context(), actor)))
	})
}

// storedFiles serves files: GET and HEAD of those that are there, PUT and HEAD of uploads.
type storedFiles struct {
	db        *db.DB
	receiving *turns         // pieces of uploads
	written   *limiter.Keyed // the one piece of each file
}

func newStoredFiles(d *db.DB) storedFiles {
	return storedFiles{d, newTurns(share{mostUploads, mostTenantUploads, mostUploadsEach}, limiter.Options{}),
		limiter.NewKeyed(limiter.Options{Size: 1})}
}

// ServeHTTP serves a request for a file of the actor's credential.
func (s storedFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "private, no-store")
	actor, _ := model.ActorFrom(r.Context())
	if !actor.May(model.PermissionExport) && !actor.May(model.PermissionImport) {
		refuseFile(w, r, s.db, model.Forbidden("", "files take the permission IMPORT or EXPORT, which you lack"))
		return
	}
	file, err := s.db.File(r.Context(), r.PathValue("id"))
	if err == nil && (file == nil || file.Name != r.PathValue("name")) {
		err = model.NotFound("", "there is no such file, or its time is over")
	}
	if err != nil {
		refuseFile(w, r, s.db, err)
		return
	}
	switch {
	case r.Method == http.MethodPut:
		s.receive(w, r, file)
	case r.Method == http.MethodHead && file.State == model.FileStateOpen:
		showOffset(w, file)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD, PUT")
		transport.Refuse(w, r, http.StatusMethodNotAllowed, model.BadInput("", "a file takes GET, HEAD and PUT"))
	case file.State == model.FileStateOpen:
		refuseFile(w, r, s.db, model.Conflict("", "the file is not whole yet: %d of %d bytes are there", file.Received,
			file.Bytes))
	default:
		auth.Audit(r.Context(), "file read", actor, "file", file.ID, "requestId", graph.RequestID(r.Context()))
		sendFile(w, r, fileToSend{file.Name, file.ContentType, *file.SHA256, s.db.OpenFile(r.Context(), file)})
	}
}

// showOffset writes the headers that say how much of an upload is there.
func showOffset(w http.ResponseWriter, file *model.StoredFile) {
	w.Header().Set("Upload-Offset", strconv.FormatInt(file.Received, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(file.Bytes, 10))
}

// receive adds a piece to an upload. It responds with 204 and how much is there, and after the last piece with 200, an
// ETag and the SHA-256.
func (s storedFiles) receive(w http.ResponseWriter, r *http.Request, file *model.StoredFile) {
	err := s.take(w, r, file)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(pieceTime)) // the piece may have taken long
	showOffset(w, file)
	switch {
	case err != nil:
		refuseFile(w, r, s.db, err)
	case file.State == model.FileStateReady:
		w.Header().Set("ETag", `"`+*file.SHA256+`"`)
		w.Header().Set("X-Content-Sha256", *file.SHA256)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s storedFiles) take(w http.ResponseWriter, r *http.Request, file *model.StoredFile) error {
	if file.State != model.FileStateOpen || file.Kind != model.FileKindUpload {
		return model.Conflict("", "the file is whole: it takes no more bytes")
	}
	offset := int64(0)
	if given := r.Header.Get("Upload-Offset"); given != "" {
		var err error
		if offset, err = strconv.ParseInt(given, 10, 64); err != nil || offset < 0 {
			return model.BadInput("Upload-Offset", "must be a whole number of bytes")
		}
	}
	if offset != file.Received {
		return model.Conflict("Upload-Offset", "is %d; the file has %d bytes, and goes on there", offset, file.Received)
	}
	if left := file.Bytes - file.Received; r.ContentLength > left {
		return model.BadInput("", "the piece has %d bytes, and %d are left of those that were announced", r.ContentLength,
			left)
	}
	if err := s.receivePiece(w, r, file); err != nil {
		return err
	}
	if file.Received < file.Bytes {
		return nil
	}
	if err := s.db.FinishFile(r.Context(), file); err != nil {
		return err
	}
	actor, _ := model.ActorFrom(r.Context())
	auth.Audit(r.Context(), "file uploaded", actor, "file", file.ID, "bytes", file.Bytes, "requestId",
		graph.RequestID(r.Context()))
	return nil
}

// receivePiece adds the request's body to an upload. It returns CONFLICT where another piece of the file comes, and
// UNAVAILABLE where too many come at once.
func (s storedFiles) receivePiece(w http.ResponseWriter, r *http.Request, file *model.StoredFile) error {
	release, err := s.written.Acquire(r.Context(), file.ID, 1)
	if err != nil {
		return model.Conflict("", "another piece of the file is on its way; send one after the other")
	}
	defer release()
	actor, _ := model.ActorFrom(r.Context())
	release, err = s.receiving.take(r.Context(), actor, 1)
	if err != nil {
		return operation.Busy("uploads")
	}
	defer release()
	return s.db.Receive(r.Context(), file, &pacedBody{Reader: r.Body, connection: http.NewResponseController(w)})
}

// fileToSend is a file with what a response says of it.
type fileToSend struct {
	name, contentType, sha256 string
	content                   io.ReadSeeker
}

// describe writes the headers that say what the file is, and that it is to be stored and not to be shown.
func (f fileToSend) describe(header http.Header) {
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	if f.sha256 != "" {
		header.Set("ETag", `"`+f.sha256+`"`)
		header.Set("X-Content-Sha256", f.sha256)
	}
}

// sendFile responds with a file, or the ranges of it that are asked for.
func sendFile(w http.ResponseWriter, r *http.Request, f fileToSend) {
	f.describe(w.Header())
	sendPaced(w, func(w http.ResponseWriter) { http.ServeContent(w, r, "", time.Time{}, f.content) })
}

// statusOf are the statuses of errors for callers of files.
var statusOf = map[model.ErrorCode]int{
	model.ErrorCodeBadUserInput: http.StatusBadRequest, model.ErrorCodeNotFound: http.StatusNotFound,
	model.ErrorCodeConflict: http.StatusConflict, model.ErrorCodeUnauthenticated: http.StatusUnauthorized,
	model.ErrorCodeForbidden: http.StatusForbidden, model.ErrorCodeLimitExceeded: http.StatusRequestEntityTooLarge,
	model.ErrorCodeUnavailable: http.StatusServiceUnavailable, model.ErrorCodeInternal: http.StatusInternalServerError,
	model.ErrorCodeGraphqlValidationFailed: http.StatusBadRequest,
}

// refuseFile responds with an error, by its code. Those of the server are logged and masked.
func refuseFile(w http.ResponseWriter, r *http.Request, d *db.DB, err error) {
	errs := model.AsErrors(err)
	if errs == nil {
		shown := graph.NewPresenter(d).Present(r.Context(), err)
		code, _ := shown.Extensions["code"].(model.ErrorCode)
		errs = model.Errors{{Code: code, Message: shown.Message}}
	}
	status, isKnown := statusOf[errs[0].Code]
	if !isKnown {
		status = http.StatusInternalServerError
	}
	transport.Refuse(w, r, status, errs[0])
}

package transport

import (
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"callbook/graph/operation"
	"callbook/model"
)

// A client has minResponseTime to read a response, and a second more for each of responseBytes, but maxResponseTime at
// the most: one that does not read must not keep many answers in memory for long.
const (
	minResponseTime = 15 * time.Second
	responseBytes   = 64 << 10
	maxResponseTime = 2 * time.Minute
)

// ResponseTime returns how long a client may take to read a response of so many bytes.
func ResponseTime(bytes int) time.Duration {
	return min(minResponseTime+time.Duration(bytes/responseBytes)*time.Second, maxResponseTime)
}

// Values of headers, which all responses share.
var (
	noStore      = []string{"no-store"}
	contentTypes = map[string][]string{
		jsonType:    {jsonType + "; charset=utf-8"},
		graphqlType: {graphqlType + "; charset=utf-8"},
	}
)

// serveRequest serves GraphQL over HTTP as the specification's draft has it: POST with JSON or with files, GET for
// queries. gqlgen's own transports echo bodies in errors, read without a limit and ignore quality values. Responses to
// mutations ask not to be compressed: they hold new keys beside text of the request, and their size would tell of both.
func (h *handler) serveRequest(w http.ResponseWriter, r *http.Request) {
	form := negotiate(r)
	w.Header()["Cache-Control"] = noStore
	w.Header().Add("Vary", "Accept")
	if form.best == "" {
		bad := model.BadInput("Accept", "must allow %s, %s or %s", graphqlType, jsonType, eventStreamType)
		respond(w, http.StatusNotAcceptable, jsonType, operation.Refuse(r.Context(), 0, bad).Body())
		return
	}
	req, refused := h.read(w, r)
	if refused != nil {
		h.respondRefusal(w, form, refused)
		return
	}
	defer req.Reservation.Release()
	req.Headers = r.Header
	if form.streams {
		h.serveStream(w, r, form, req)
		return
	}
	req.Permit = func(x *operation.Execution) *operation.Refusal {
		if x.IsMutation() {
			w.Header().Set(gzhttp.HeaderNoCompression, "mutation")
		}
		return refuseMethod(w, r, form, x)
	}
	result, refused := h.Pipeline.Execute(r.Context(), req)
	if refused != nil {
		h.respondRefusal(w, form, refused)
		return
	}
	respond(w, http.StatusOK, form.best, result.Body)
	result.Free()
}

// refuseMethod refuses mutations by GET (405), and subscriptions for clients that take no event stream (406).
func refuseMethod(w http.ResponseWriter, r *http.Request, form accepted, x *operation.Execution) *operation.Refusal {
	switch {
	case x.IsMutation() && r.Method == http.MethodGet:
		w.Header().Set("Allow", http.MethodPost)
		bad := model.BadInput("query", "GET is for queries; send a mutation by POST")
		return operation.Refuse(r.Context(), http.StatusMethodNotAllowed, bad)
	case x.IsSubscription() && !form.streams:
		bad := model.BadInput("Accept", "a subscription needs %s, or a websocket", eventStreamType)
		return operation.Refuse(r.Context(), http.StatusNotAcceptable, bad)
	}
	return nil
}

// respondRefusal writes the response to a request whose operation is not run. Errors of the document have 200 in plain
// JSON, for clients that read no body of another status, and 400 otherwise.
func (h *handler) respondRefusal(w http.ResponseWriter, form accepted, refused *operation.Refusal) {
	mediaType, status := form.best, refused.Status
	if mediaType == eventStreamType {
		mediaType = graphqlType
	}
	switch {
	case status == 0 && mediaType == jsonType:
		status = http.StatusOK
	case status == 0:
		status = http.StatusBadRequest
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		refused.RetryAfter = max(refused.RetryAfter, time.Second)
	}
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(refused.RetryAfterSeconds()))
	}
	respond(w, status, mediaType, refused.Body())
}

// respond writes a whole response. A client that reads too slowly is cut off.
func respond(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header()["Content-Type"] = contentTypes[mediaType]
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(time.Now().Add(ResponseTime(len(body))))
	if _, err := w.Write(body); err == nil && connection.Flush() == nil {
		_ = connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
	}
}

// refusedTime is how long the client of a refused request may take to send the rest of its body, and to read the
// response: it has shown no credential that is accepted, and must not keep a connection busy.
const refusedTime = 5 * time.Second

// Refuse writes the response to a request that comes to no operation, as a response of GraphQL: errors without data. A
// client that sends or reads slowly is cut off.
func Refuse(w http.ResponseWriter, r *http.Request, status int, bad *model.Error) {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(refusedTime)) // the server sets both anew for the next request
	_ = connection.SetWriteDeadline(time.Now().Add(refusedTime))
	mediaType := jsonType
	if negotiate(r).best == graphqlType {
		mediaType = graphqlType
	}
	w.Header()["Content-Type"] = contentTypes[mediaType]
	w.WriteHeader(status)
	_, _ = w.Write(operation.Refuse(r.Context(), status, bad).Body())
}

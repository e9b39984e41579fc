package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/model"
)

// responseTime is how long a client may take to read a response.
const responseTime = 2 * time.Minute

// transport answers GraphQL over HTTP to the letter of the specification's draft: POST with JSON or with files, GET for
// queries, and event streams. gqlgen's own echoes bodies in errors, reads without a limit and ignores quality values.
type transport struct{ *service }

func (t *transport) serveHTTP(w http.ResponseWriter, r *http.Request) {
	form := negotiate(r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Accept")
	if form.best == "" {
		t.respond(w, http.StatusNotAcceptable, jsonType, refusalBody(t.refuse(r.Context(), 0,
			model.BadInput("Accept", "must allow %s, %s or %s", graphqlType, jsonType, eventStreamType))))
		return
	}
	req, bad := t.read(w, r)
	if bad != nil {
		t.answerRefusal(w, form, t.refuse(r.Context(), bad.status, bad.err))
		return
	}
	defer req.release()
	req.Headers = r.Header
	p, refused := t.prepare(r.Context(), req)
	if refused == nil {
		refused = t.refuseMethod(w, r, form, p)
	}
	switch {
	case refused != nil && refused.status == 0 && form.best == eventStreamType:
		t.streamRefusal(w, r, refused)
	case refused != nil:
		t.answerRefusal(w, form, refused)
	case p.isSubscription() || form.best == eventStreamType:
		t.stream(w, r, form, p)
	default:
		body, refused := t.run(r.Context(), p)
		req.release() // a client that reads slowly must not hold what large requests share
		if refused != nil {
			t.answerRefusal(w, form, refused)
			return
		}
		t.respond(w, http.StatusOK, form.best, body)
	}
}

// refuseMethod refuses what an operation of its kind may not come by.
func (t *transport) refuseMethod(w http.ResponseWriter, r *http.Request, form accepted, p *prepared) *refusal {
	switch {
	case p.isMutation() && r.Method == http.MethodGet:
		w.Header().Set("Allow", http.MethodPost)
		return t.refuse(r.Context(), http.StatusMethodNotAllowed, model.BadInput("query", "GET is for queries; send a mutation by POST"))
	case p.isSubscription() && !form.streams:
		return t.refuse(r.Context(), http.StatusNotAcceptable, model.BadInput("Accept", "a subscription needs %s, or a websocket", eventStreamType))
	}
	return nil
}

// answerRefusal answers a request that is not run. Errors of the document have 200 in plain JSON, for clients that read no body
// of another status, and 400 otherwise.
func (t *transport) answerRefusal(w http.ResponseWriter, form accepted, refused *refusal) {
	mediaType, status := form.best, refused.status
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
		refused.retryAfter = max(refused.retryAfter, time.Second)
	}
	if refused.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(refused.seconds()))
	}
	t.respond(w, status, mediaType, refusalBody(refused))
}

func refusalBody(refused *refusal) []byte { return encode(&graphql.Response{Errors: refused.errs}) }

func (t *transport) respond(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	connection := http.NewResponseController(w)
	_ = connection.SetWriteDeadline(time.Now().Add(responseTime))
	if _, err := w.Write(body); err == nil && connection.Flush() == nil {
		_ = connection.SetWriteDeadline(time.Time{}) // it would hold for the connection's next request
	}
}

// Refuse answers a request that comes to no operation, in the form of GraphQL.
func Refuse(w http.ResponseWriter, r *http.Request, status int, bad *model.Error) {
	body := encode(&graphql.Response{Errors: presentRequest(r.Context(), asList(bad), false)})
	mediaType := jsonType
	if negotiate(r).best == graphqlType {
		mediaType = graphqlType
	}
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// encode writes a response. Its data is JSON already and goes out as it is. A request error has no data at all.
func encode(response *graphql.Response) []byte {
	body := make([]byte, 0, len(response.Data)+256)
	if len(response.Errors) > 0 {
		body = append(append(body, `,"errors":`...), marshal(response.Errors)...)
	}
	if response.Data != nil {
		body = append(append(body, `,"data":`...), response.Data...)
	}
	if c, ok := response.Extensions["cost"].(cost); ok {
		body = fmt.Appendf(body, `,"extensions":{"cost":{"requested":%d,"actual":%d,"limit":%d,"remaining":%d}}`, c.requested, c.actual, c.limit, c.remaining)
	}
	body[0] = '{'
	return append(body, '}')
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // messages, paths, codes and numbers can always be marshalled
	}
	return text
}

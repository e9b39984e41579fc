package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/db"
	"callbook/model"
)

// maxBody is the greatest request body: a batch of 1,000 records with their transcripts fits several times.
const maxBody = 32 << 20

// operationDeadline is how long an operation may take; then its statement is cancelled.
const operationDeadline = time.Minute

const (
	jsonType    = "application/json"
	graphqlType = "application/graphql-response+json"
)

// transport answers GraphQL over HTTP: POST with a JSON body, and GET for queries.
// gqlgen's own echoes bodies in errors, reads without a limit and answers mutations by GET with 406.
type transport struct{ db *db.DB }

func (transport) Supports(*http.Request) bool { return true }

func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	w.Header().Set("Content-Type", responseType(r)+"; charset=utf-8")
	params, problem := readRequest(w, r)
	if problem != nil {
		t.refuse(w, r, problem)
		return
	}
	params.Headers = r.Header
	document, bad := plainEscapes(params.Query)
	if bad != nil {
		t.refuse(w, r, &requestProblem{http.StatusBadRequest, bad})
		return
	}
	params.Query = document
	ctx, cancel := context.WithTimeout(r.Context(), operationDeadline)
	defer cancel()
	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		status := http.StatusOK
		if responseType(r) == graphqlType {
			status = http.StatusBadRequest
		}
		write(w, status, &graphql.Response{Errors: presentRequest(ctx, errs)})
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		t.refuse(w, r, &requestProblem{http.StatusMethodNotAllowed, model.BadInput("query", "GET is for queries; send a %s by POST", op.Operation.Operation)})
		return
	}
	do := func(ctx context.Context) *graphql.Response {
		responses, ctx := exec.DispatchOperation(ctx, op)
		return responses(ctx) // nil where the client has gone
	}
	key, bad := idempotencyKey(params)
	switch {
	case op.Operation.Operation != ast.Mutation || key == "" && bad == nil:
		if response := do(ctx); response != nil {
			write(w, http.StatusOK, response)
		} else if r.Context().Err() == nil {
			t.refuse(w, r, &requestProblem{http.StatusServiceUnavailable, outOfTime()})
		}
	case bad != nil:
		t.refuse(w, r, &requestProblem{http.StatusBadRequest, bad})
	default:
		t.doOnce(ctx, w, key, requestHash(params), do)
	}
}

func (t transport) doOnce(ctx context.Context, w http.ResponseWriter, key, hash string, do func(context.Context) *graphql.Response) {
	body, err := once(ctx, t.db, key, hash, do)
	if err != nil {
		status, response := t.refusal(ctx, err)
		write(w, status, response)
		return
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

func outOfTime() *model.Error {
	return &model.Error{Code: model.ErrorCodeUnavailable, Message: "the operation took more than " + operationDeadline.String() + " and was cancelled"}
}

// requestProblem is why a request is no GraphQL request.
type requestProblem struct {
	status int
	err    *model.Error
}

func (t transport) refuse(w http.ResponseWriter, r *http.Request, p *requestProblem) {
	e := &gqlerror.Error{Message: p.err.Error()}
	extend(r.Context(), e, p.err.Code, p.err.Field)
	write(w, p.status, &graphql.Response{Errors: gqlerror.List{e}})
}

// responseType is graphql-response+json where the client names it, else the JSON every client understands.
func responseType(r *http.Request) string {
	if strings.Contains(r.Header.Get("Accept"), graphqlType) {
		return graphqlType
	}
	return jsonType
}

func readRequest(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *requestProblem) {
	switch r.Method {
	case http.MethodGet:
		return readQuery(r.URL.RawQuery)
	case http.MethodPost:
		return readBody(w, r)
	}
	w.Header().Set("Allow", "GET, POST")
	return nil, &requestProblem{http.StatusMethodNotAllowed, model.BadInput("", "GraphQL is answered to GET and POST, not to %s", r.Method)}
}

func readBody(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *requestProblem) {
	mediaType, typeParams, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := typeParams["charset"]; mediaType != jsonType || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, &requestProblem{http.StatusUnsupportedMediaType, model.BadInput("", "the body must be application/json in UTF-8")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &requestProblem{http.StatusRequestEntityTooLarge, model.LimitExceeded("", "the body has more than %d bytes", maxBody)}
	}
	if err != nil {
		return nil, badRequest("the body could not be read")
	}
	if !utf8.Valid(body) {
		return nil, badRequest("the body is not valid UTF-8")
	}
	if err := checkJSON(body); err != nil {
		return nil, &requestProblem{http.StatusBadRequest, err}
	}
	params := &graphql.RawParams{}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(params); err != nil {
		return nil, badRequest("the body is not a GraphQL request in JSON: {\"query\": …, \"variables\": {…}}")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, badRequest("something follows the JSON object in the body")
	}
	return params, nil
}

func readQuery(rawQuery string) (*graphql.RawParams, *requestProblem) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil || !utf8.ValidString(values.Get("query")+values.Get("variables")+values.Get("operationName")) {
		return nil, badRequest("the address is not encoded properly")
	}
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	for name, into := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		if err := checkJSON([]byte(text)); err != nil {
			return nil, &requestProblem{http.StatusBadRequest, err}
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		err := decoder.Decode(into)
		if _, end := decoder.Token(); err != nil || end != io.EOF {
			return nil, badRequest("the parameter " + name + " is not a JSON object")
		}
	}
	return params, nil
}

func badRequest(message string) *requestProblem {
	return &requestProblem{http.StatusBadRequest, model.BadInput("", "%s", message)}
}

func write(w http.ResponseWriter, status int, response *graphql.Response) {
	w.WriteHeader(status)
	_, _ = w.Write(encode(response))
}

// encode writes a response. Its data is JSON already and goes out as it is. A request error has no data at all.
func encode(response *graphql.Response) []byte {
	var buffer []byte
	if len(response.Errors) > 0 {
		errs, err := json.Marshal(response.Errors)
		if err != nil {
			panic(err) // messages, paths and codes can always be marshalled
		}
		buffer = append(append(buffer, `{"errors":`...), errs...)
	}
	if response.Data != nil {
		separator := byte('{')
		if buffer != nil {
			separator = ','
		}
		buffer = append(append(append(buffer, separator), `"data":`...), response.Data...)
	}
	return append(buffer, '}')
}

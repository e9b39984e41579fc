package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db"
	"callbook/graph/operation"
	"callbook/model"
	"callbook/text"
)

// queries serves saved queries: GET /q/NAME.json, .csv and .ndjson. The query's variables are the parameters. They run
// with the rights of the caller, whatever documents clients may send.
type queries struct {
	db       *db.DB
	pipeline *operation.Pipeline
}

// queryTypes are the media types of answers, by the ending of the name.
var queryTypes = map[string]string{
	"json": "application/json; charset=utf-8", "csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson",
}

// NextCursorHeader is the header with the cursor of an answer's next page.
const NextCursorHeader = "X-Next-Cursor"

// ServeHTTP answers a query. Errors are responses of GraphQL, with the HTTP status of their code.
func (q queries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, err := q.find(r)
	if err != nil {
		refuseFile(w, r, q.db, err)
		return
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	tag := asked.tag(r.Context(), q.db.Now())
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var data json.RawMessage
	if _, refused := execute(r.Context(), q.pipeline, asked.Document, asked.variables, &data); refused != nil {
		if refused.Status == 0 {
			refused.Status = statusOfError(refused.Errors[0])
		}
		respondRefusal(w, refused)
		return
	}
	answer, err := asked.read(data)
	if err != nil {
		refuseFile(w, r, q.db, err)
		return
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", queryTypes[asked.format])
	if next := answer.next(); next != "" {
		w.Header().Set(NextCursorHeader, next)
		if parameter := asked.cursorParameter(); parameter != "" {
			w.Header().Set("Link", "<"+withParameter(r.URL, parameter, next)+`>; rel="next"`)
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	sendPaced(w, func(w http.ResponseWriter) {
		if asked.format == "json" {
			_, _ = w.Write(data) // else the client is gone
			return
		}
		_ = answer.write(w)
	})
}

// askedQuery is a saved query with its variables, as a request asks for it.
type askedQuery struct {
	*model.SavedQuery
	operation *ast.OperationDefinition
	format    string
	variables map[string]any
}

// find returns what a request asks for. It returns NOT_FOUND for a name that the tenant does not have, and
// BAD_USER_INPUT for a parameter that is missing, unknown or of another type, and for a document that no longer fits
// the schema. It takes one statement.
func (q queries) find(r *http.Request) (*askedQuery, error) {
	name, format, _ := cutLast(r.PathValue("name"), ".")
	if queryTypes[format] == "" {
		return nil, model.NotFound("", "saved queries are answered at /q/NAME.json, .csv and .ndjson")
	}
	saved, err := q.db.SavedQuery(r.Context(), name)
	if err != nil {
		return nil, err
	}
	if saved == nil {
		return nil, model.NotFound("", "there is no saved query %s", text.Quote(name))
	}
	asked := &askedQuery{SavedQuery: saved, format: format}
	if asked.operation, err = q.pipeline.CheckQuery(r.Context(), saved.Document); err != nil {
		return nil, err
	}
	if format != "json" {
		if _, err := asked.layout(); err != nil {
			return nil, err
		}
	}
	asked.variables, err = readVariables(asked.operation, r.URL.Query())
	return asked, err
}

// cutLast cuts a text around the last separator.
func cutLast(s, separator string) (before, after string, isFound bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

// tag returns the entity tag: another where the document, the parameters or the caller's rights differ, and in every
// minute. Rows that change within a minute do not change it.
func (a *askedQuery) tag(ctx context.Context, now time.Time) string {
	actor, _ := model.ActorFrom(ctx)
	parts, _ := json.Marshal([]any{a.format, a.Document, a.variables, actor.TenantID, actor.Name, actor.Credential,
		actor.Roles, actor.Permissions, actor.OwnOnly, fmt.Sprint(actor.Visibility, actor.OwnVisibility),
		now.Truncate(time.Minute)}) // variables come from JSON and texts
	sum := sha256.Sum256(parts)
	return `W/"` + hex.EncodeToString(sum[:16]) + `"`
}

// hasTag reports whether If-None-Match has an entity tag; also with the suffix of compressed responses.
func hasTag(header, tag string) bool {
	opaque := func(tag string) string {
		tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
		return strings.TrimSuffix(strings.TrimSuffix(tag, "-gzip"), "-zstd")
	}
	return slices.ContainsFunc(strings.Split(header, ","), func(given string) bool {
		return strings.TrimSpace(given) == "*" || opaque(given) == opaque(tag)
	})
}

// cursorParameter returns the variable by which the root field takes a cursor; empty where there is none.
func (a *askedQuery) cursorParameter() string {
	fields := rootFields(a.operation.SelectionSet)
	if len(fields) != 1 {
		return ""
	}
	after := fields[0].Arguments.ForName("after")
	if after == nil || after.Value.Kind != ast.Variable {
		return ""
	}
	return after.Value.Raw
}

// withParameter returns the path and the parameters of an address with another value of one of them.
func withParameter(address *url.URL, name, value string) string {
	parameters := address.Query()
	parameters.Set(name, value)
	return (&url.URL{Path: address.Path, RawQuery: parameters.Encode()}).String()
}

package operation

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/model"
)

func TestIdempotencyKey(t *testing.T) {
	long := strings.Repeat("é", maxIdempotencyKey)
	for _, c := range []struct {
		name       string
		header     string
		extensions map[string]any
		want       string
		isBad      bool
	}{
		{"no key", "", nil, "", false},
		{"a key in the header", "k", nil, "k", false},
		{"a key in the extensions", "", map[string]any{"idempotencyKey": "k"}, "k", false},
		{"the header wins", "k", map[string]any{"idempotencyKey": 7}, "k", false},
		{"a number", "", map[string]any{"idempotencyKey": 7}, "", true},
		{"an empty text", "", map[string]any{"idempotencyKey": ""}, "", true},
		{"null", "", map[string]any{"idempotencyKey": nil}, "", true},
		{"the longest key", long, nil, long, false},
		{"too long a key", long + "e", nil, "", true},
		{"a key with NUL", "", map[string]any{"idempotencyKey": "a\x00"}, "", true},
		{"a key that is not UTF-8", "a\xff", nil, "", true},
	} {
		r := &Request{}
		r.Extensions = c.extensions
		if c.header != "" {
			r.Headers = http.Header{idempotencyHeader: {c.header}}
		}
		got, err := idempotencyKey(r)
		code := model.ErrorCode("")
		if c.isBad {
			code = model.ErrorCodeBadUserInput
		}
		checkError(t, c.name, err, code, idempotencyHeader)
		if got != c.want {
			t.Errorf("%s: the key is %q, want %q", c.name, got, c.want)
		}
	}
}

// failed returns an error with a code at a path.
func failed(code model.ErrorCode, path ...ast.PathElement) *gqlerror.Error {
	return &gqlerror.Error{Path: path, Extensions: map[string]any{"code": code}}
}

func TestFailedByServer(t *testing.T) {
	const internal, unavailable = model.ErrorCodeInternal, model.ErrorCodeUnavailable
	a, b := ast.PathName("a"), ast.PathName("b")
	for _, c := range []struct {
		name string
		errs gqlerror.List
		want bool
	}{
		{"no errors", nil, false},
		{"the input is wrong", gqlerror.List{failed(model.ErrorCodeBadUserInput, a)}, false},
		{"the server failed", gqlerror.List{failed(internal, a)}, true},
		{"the database is away", gqlerror.List{failed(unavailable, a)}, true},
		{"a field below failed", gqlerror.List{failed(internal, a, b)}, true},
		{"one of two failed", gqlerror.List{failed(model.ErrorCodeConflict, a), failed(internal, b)}, true},
	} {
		if got := failedByServer(c.errs); got != c.want {
			t.Errorf("%s: failedByServer(%v) = %v, want %v", c.name, c.errs, got, c.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	base := func() (*Request, model.Actor) {
		r := &Request{FilesHash: "f"}
		r.Query, r.OperationName, r.Variables = "q", "o", map[string]any{"a": 1, "b": 2}
		return r, model.NewActor(1, "name", []model.Role{model.RoleAgent}, nil)
	}
	fingerprint := func(change func(*Request, *model.Actor)) string {
		r, actor := base()
		change(r, &actor)
		return (&Execution{request: r}).fingerprint(model.WithActor(t.Context(), actor))
	}
	first := fingerprint(func(*Request, *model.Actor) {})
	for _, c := range []struct {
		name   string
		change func(*Request, *model.Actor)
		isSame bool
	}{
		{"nothing else", func(*Request, *model.Actor) {}, true},
		{"headers", func(r *Request, _ *model.Actor) { r.Headers = http.Header{"X": {"y"}} }, true},
		{"the query", func(r *Request, _ *model.Actor) { r.Query = "p" }, false},
		{"the operation", func(r *Request, _ *model.Actor) { r.OperationName = "p" }, false},
		{"the variables", func(r *Request, _ *model.Actor) { r.Variables["a"] = 3 }, false},
		{"the files", func(r *Request, _ *model.Actor) { r.FilesHash = "g" }, false},
		{"the permissions", func(_ *Request, a *model.Actor) { a.Permissions = a.Permissions[1:] }, false},
		{"the rows that are seen", func(_ *Request, a *model.Actor) { a.OwnOnly = !a.OwnOnly }, false},
		{"the masks", func(_ *Request, a *model.Actor) { a.Visibility = model.Visibility{Recordings: true} }, false},
	} {
		if got := fingerprint(c.change); (got == first) != c.isSame {
			t.Errorf("with %s changed the fingerprint is %s beside %s, want it the same: %v", c.name, got, first, c.isSame)
		}
	}
}

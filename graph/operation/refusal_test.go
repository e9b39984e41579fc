package operation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"callbook/limiter"
	"callbook/model"
)

func TestRefusalBody(t *testing.T) {
	refused := Refuse(t.Context(), 400, model.BadInput("input.name", "is too long"))
	want := `{"errors":[{"message":"input.name: is too long",` +
		`"extensions":{"code":"BAD_USER_INPUT","field":"input.name","requestId":""}}]}`
	if got := string(refused.Body()); got != want || refused.Status != 400 {
		t.Errorf("the refusal has status %d and the body %s, want 400 and %s", refused.Status, got, want)
	}
}

func TestRetryAfterSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]int{
		0: 0, time.Nanosecond: 1, time.Second: 1, 1001 * time.Millisecond: 2, time.Minute: 60,
	} {
		if got := (&Refusal{RetryAfter: wait}).RetryAfterSeconds(); got != want {
			t.Errorf("RetryAfterSeconds of %s = %d, want %d", wait, got, want)
		}
	}
}

func TestBusy(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{limiter.ErrFull, "the server is busy: too many operations at once; try again in a moment"},
		{limiter.ErrKeyFull, "the server is busy: too many operations of this credential at once; try again in a moment"},
		{fmt.Errorf("wrapped: %w", limiter.ErrKeyFull),
			"the server is busy: too many operations of this credential at once; try again in a moment"},
	} {
		got := busy("operations", c.err)
		if got.Code != model.ErrorCodeUnavailable || got.Message != c.want {
			t.Errorf("busy(%v) = %s %q, want UNAVAILABLE %q", c.err, got.Code, got.Message, c.want)
		}
	}
}

func TestPresentRequestErrors(t *testing.T) {
	path := ast.Path{ast.PathName("variable"), ast.PathName("input"), ast.PathName("tags"), ast.PathIndex(3)}
	long := strings.Repeat("x", 600)
	for _, c := range []struct {
		name        string
		err         *gqlerror.Error
		suggestions bool
		want        string
	}{
		{"one of ours", listOf(model.LimitExceeded("query", "too long"))[0], false,
			`{"message":"query: too long","extensions":{"code":"LIMIT_EXCEEDED","field":"query","requestId":""}}`},
		{"one of ours at a path", &gqlerror.Error{Err: model.BadInput("", "bad"), Message: "bad", Path: path}, false,
			`{"message":"bad","extensions":{"code":"BAD_USER_INPUT","requestId":""}}`},
		{"one of parsing", withCode(gqlerror.Errorf("odd"), errcode.ParseFailed), false,
			`{"message":"odd","extensions":{"code":"GRAPHQL_PARSE_FAILED","requestId":""}}`},
		{"one of validation", &gqlerror.Error{Message: "odd", Rule: "Rule"}, false,
			`{"message":"odd","extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":""}}`},
		{"one of a variable", gqlerror.ErrorPathf(path, "odd"), false,
			`{"message":"odd","extensions":{"code":"GRAPHQL_VALIDATION_FAILED","field":"tags.3",` +
				`"inputPath":["input","tags",3],"requestId":""}}`},
		{"a suggestion", gqlerror.Errorf("no x. Did you mean y?"), true,
			`{"message":"no x. Did you mean y?","extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":""}}`},
		{"no suggestion", gqlerror.Errorf("no x. Did you mean y?"), false,
			`{"message":"no x.","extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":""}}`},
		{"a long message", gqlerror.Errorf("%s", long), false,
			`{"message":"` + long[:500] + `…","extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":""}}`},
	} {
		got := string(Marshal(presentRequestErrors(t.Context(), gqlerror.List{c.err}, c.suggestions)[0]))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	many := make(gqlerror.List, 70)
	for i := range many {
		many[i] = gqlerror.Errorf("odd")
	}
	if got := len(presentRequestErrors(context.Background(), many, false)); got != maxRequestErrors {
		t.Errorf("of 70 errors %d are presented, want %d", got, maxRequestErrors)
	}
}

func TestAppendResponse(t *testing.T) {
	failure := gqlerror.List{{Message: "odd", Err: errors.New("hidden")}}
	cost := &costReport{requested: 4, actual: 3, limit: 2, remaining: 1}
	for _, c := range []struct {
		response graphql.Response
		cost     *costReport
		want     string
	}{
		{graphql.Response{Data: []byte(`{"a":1}`)}, nil, `{"data":{"a":1}}`},
		{graphql.Response{Data: []byte(`null`), Errors: failure}, nil, `{"errors":[{"message":"odd"}],"data":null}`},
		{graphql.Response{Errors: failure}, nil, `{"errors":[{"message":"odd"}]}`},
		{graphql.Response{Data: []byte(`{}`)}, cost,
			`{"data":{},"extensions":{"cost":{"requested":4,"actual":3,"limit":2,"remaining":1}}}`},
	} {
		if got := string(appendResponse(nil, &c.response, c.cost)); got != c.want {
			t.Errorf("appendResponse(%+v, %+v) = %s, want %s", c.response, c.cost, got, c.want)
		}
	}
}

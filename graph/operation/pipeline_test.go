package operation

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/model"
)

// newPipeline returns a pipeline over a database of its own, and a context that acts for its administrator.
func newPipeline(t *testing.T, change func(*Options)) (*Pipeline, *dbtest.Env) {
	t.Helper()
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/pipeline.db")
	o := Options{DB: env.DB, Limits: DefaultLimits()}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p, env
}

// answer is the body of a response.
type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
	Extensions struct {
		Cost struct{ Requested, Actual, Limit, Remaining int }
	}
}

func decodeAnswer(t *testing.T, body []byte) (a answer) {
	t.Helper()
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a
}

// execute takes a request through the whole pipeline.
func execute(ctx context.Context, p *Pipeline, r *Request) ([]byte, *Refusal) {
	result, refused := p.Execute(ctx, r)
	if refused != nil {
		return nil, refused
	}
	return result.Body, nil
}

// request returns a request with a text, and pairs of names and values as variables.
func request(query string, variables ...any) *Request {
	r := &Request{}
	r.Query, r.Variables = query, map[string]any{}
	for i := 0; i < len(variables); i += 2 {
		r.Variables[variables[i].(string)] = variables[i+1]
	}
	return r
}

func TestPipelineRefuses(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Cost, o.Limits.ListSize = 2000, 3 })
	for _, c := range []struct {
		name    string
		request *Request
		status  int
		code    model.ErrorCode
		message string // a part of it
	}{
		{"an unknown id", &Request{DocumentID: "x"}, 0, model.ErrorCodePersistedQueryNotFound, "no persisted document"},
		{"half a document", request("{"), 0, model.ErrorCodeGraphqlParseFailed, "Expected"},
		{"too deep", request(strings.Repeat("{a", 20) + strings.Repeat("}", 20)), 0, model.ErrorCodeLimitExceeded, "levels"},
		{"an unknown field", request("{nope}"), 0, model.ErrorCodeGraphqlValidationFailed, "nope"},
		{"no name for several operations", request("query A{viewer{name}} query B{viewer{name}}"), 0,
			model.ErrorCodeGraphqlValidationFailed, "operationName must say which"},
		{"too long a list", request("query($i:[ID!]){calls(filter:{id:{in:$i}}){totalCount}}",
			"i", []any{"a", "b", "c", "d"}), 0, model.ErrorCodeLimitExceeded, "has a list of 4"},
		{"a missing variable", request("query($i:ID!){call(id:$i){id}}"), 0,
			model.ErrorCodeGraphqlValidationFailed, "must be given"},
		{"a number with a fraction", request("query($n:Int){calls(first:$n){totalCount}}", "n", json.Number("1.5")), 0,
			model.ErrorCodeGraphqlValidationFailed, "must be a whole number"},
		{"two fields of a @oneOf", request("mutation($s:CallSelector!){deleteCalls(select:$s){written}}",
			"s", map[string]any{"ids": []any{"a"}, "versions": []any{}}), 0,
			model.ErrorCodeGraphqlValidationFailed, "exactly one"},
		{"null where a value is needed", request("query($n:Int=3){callTags(first:$n){tag}}", "n", nil), 0,
			model.ErrorCodeGraphqlValidationFailed, "must not be null"},
		{"too dear", request("{calls(first:1000){nodes{tasks{nodes{id}}}}}"), 0, model.ErrorCodeLimitExceeded, "may cost"},
	} {
		body, refused := execute(env.Ctx, p, c.request)
		if refused == nil {
			t.Errorf("%s: answered %s, want %s", c.name, body, c.code)
			continue
		}
		e := refused.Errors[0]
		if refused.Status != c.status || e.Extensions["code"] != c.code || !strings.Contains(e.Message, c.message) {
			t.Errorf("%s: refused with %d %v %q, want %d %s with %q",
				c.name, refused.Status, e.Extensions["code"], e.Message, c.status, c.code, c.message)
		}
	}
}

func TestPipelineAccounts(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) {
		o.Limits.Cost, o.Limits.Budget, o.Limits.BudgetPerSecond = 50, 50, 1
	})
	key := env.Actor.CredentialKey()
	for _, c := range []struct {
		query             string
		requested, actual int
	}{
		{"{__typename}", 0, 0},
		{"{viewer{name}}", 1, 1},
		{"{calls(first:20){nodes{id}}}", 10 + 1 + 20, 10 + 1},
		{`{call(id:"none"){id}}`, 1, 0},
	} {
		before := p.budgets.refund(key, 0)
		body, refused := execute(env.Ctx, p, request(c.query))
		if refused != nil {
			t.Fatalf("%s: refused with %v", c.query, refused.Errors)
		}
		cost := decodeAnswer(t, body).Extensions.Cost
		if cost.Requested != c.requested || cost.Actual != c.actual || cost.Limit != 50 {
			t.Errorf("%s: the cost is %+v, want %d requested, %d actual of 50", c.query, cost, c.requested, c.actual)
		}
		if spent := before - cost.Remaining; spent != c.actual && spent != c.actual-1 { // a second may have passed
			t.Errorf("%s: %d were taken from the budget, want %d", c.query, spent, c.actual)
		}
	}
	p.budgets.refund(key, -40)
	_, refused := execute(env.Ctx, p, request("{calls(first:20){nodes{id}}}"))
	if refused == nil || refused.Status != http.StatusTooManyRequests || refused.RetryAfter <= 0 {
		t.Errorf("with too little left: %+v, want status 429 and a time to wait", refused)
	}
}

// TestPipelineReleases takes requests that end in different ways: each gives back its turn, what it reserved, and,
// where it was not run, its price.
func TestPipelineReleases(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Running, o.Limits.Waiting = 1, 0 })
	ended, cancel := context.WithCancel(env.Ctx)
	cancel()
	withKey := request("mutation{revokeApiKey(id:\"none\"){apiKey{apiKeyId}}}")
	withKey.Headers = http.Header{idempotencyHeader: {"k"}}
	badKey := request("mutation{revokeApiKey(id:\"none\"){apiKey{apiKeyId}}}")
	badKey.Headers = http.Header{idempotencyHeader: {strings.Repeat("k", 300)}}
	for _, c := range []struct {
		name    string
		ctx     context.Context
		request *Request
		status  int // -1: answered
	}{
		{"a query", env.Ctx, request("{viewer{name}}"), -1},
		{"a query whose client has gone", ended, request("{calls(first:10){totalCount}}"), http.StatusServiceUnavailable},
		{"a mutation with a key", env.Ctx, withKey, -1},
		{"a repeat", env.Ctx, withKey, -1},
		{"a bad key", env.Ctx, badKey, http.StatusBadRequest},
	} {
		before := p.budgets.refund(env.Actor.CredentialKey(), 0)
		released := 0
		c.request.Reservation.Hold(func() { released++ })
		body, refused := execute(c.ctx, p, c.request)
		status := -1
		if refused != nil {
			status = refused.Status
		}
		if status != c.status {
			t.Errorf("%s: status %d with %s, %+v, want %d", c.name, status, body, refused, c.status)
		}
		if released != 1 {
			t.Errorf("%s: what was reserved is released %d times, want 1", c.name, released)
		}
		if release, err := p.running.Acquire(env.Ctx, "", 1); err != nil {
			t.Errorf("%s: the turn to run is still held", c.name)
		} else {
			release()
		}
		if left := p.budgets.refund(env.Actor.CredentialKey(), 0); c.status != -1 && left < before {
			t.Errorf("%s: %d are left of the budget, want %d", c.name, left, before)
		}
	}
}

func TestPipelineIsFull(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Running, o.Limits.Waiting = 1, 0 })
	release, err := p.running.Acquire(env.Ctx, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	_, refused := execute(env.Ctx, p, request("{viewer{name}}"))
	if refused == nil || refused.Status != http.StatusServiceUnavailable || refused.RetryAfterSeconds() != 1 {
		t.Errorf("while another operation runs: %+v, want status 503 and a second to wait", refused)
	}
	if body, refused := execute(env.Ctx, p, request("{__typename}")); refused != nil {
		t.Errorf("a health check: %s, %+v, want an answer", body, refused)
	}
}

func TestPipelineRepeats(t *testing.T) {
	p, env := newPipeline(t, nil)
	create := func(key, name string) *Request {
		r := request("mutation($n:String){createCall(input:{name:$n}){call{id}}}", "n", name)
		r.Extensions = map[string]any{"idempotencyKey": key}
		return r
	}
	first, refused := execute(env.Ctx, p, create("k", "one"))
	if refused != nil {
		t.Fatalf("the first request: %v", refused.Errors)
	}
	again, refused := execute(env.Ctx, p, create("k", "one"))
	if refused != nil || string(again) != string(first) {
		t.Errorf("a repeat is answered %s, %+v, want %s", again, refused, first)
	}
	_, refused = execute(env.Ctx, p, create("k", "two"))
	if refused == nil || refused.Status != http.StatusConflict {
		t.Errorf("another request with the key: %+v, want status 409", refused)
	}
	other, refused := execute(env.Ctx, p, create("l", "one"))
	if refused != nil || string(other) == string(first) {
		t.Errorf("another key is answered %s, %+v, want another call than %s", other, refused, first)
	}
	r := request("mutation{createApiKey(input:{name:\"a\",roles:[AGENT]}){key}}")
	r.Extensions = map[string]any{"idempotencyKey": "m"}
	_, refused = execute(env.Ctx, p, r)
	if refused == nil || refused.Status != http.StatusBadRequest {
		t.Errorf("createApiKey with a key: %+v, want status 400", refused)
	}
}

func TestTooManyErrors(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Errors = 2 })
	body, refused := execute(env.Ctx, p, request(
		`{a:calls(first:-1){totalCount} b:calls(first:-1){totalCount} c:calls(first:-1){totalCount}}`))
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	errs := decodeAnswer(t, body).Errors
	if len(errs) != 3 || errs[2].Message != "there are 3 errors; 2 are shown" ||
		errs[2].Extensions["code"] != string(model.ErrorCodeLimitExceeded) {
		t.Errorf("the errors are %+v, want two, and that there are three", errs)
	}
}

func TestRegisteredTexts(t *testing.T) {
	p, env := newPipeline(t, nil)
	for _, c := range []struct {
		query   string
		isKnown bool
	}{{"{viewer{name}}", true}, {"{nope}", false}} {
		r := request(c.query)
		r.Extensions = persistedQuery(hashOf(c.query))
		execute(env.Ctx, p, r)
		if _, ok := p.documents.registered.get(hashOf(c.query)); ok != c.isKnown {
			t.Errorf("%s is registered: %v, want %v", c.query, ok, c.isKnown)
		}
	}
}

func TestPersistedDocumentsOfAPipeline(t *testing.T) {
	env := dbtest.NewEnv(t, "sqlite", "sqlite:"+t.TempDir()+"/pipeline.db")
	_, err := New(Options{DB: env.DB, Limits: DefaultLimits(), Documents: map[string]string{"bad": "{nope}"}})
	if err == nil || !strings.Contains(err.Error(), "the document bad: ") {
		t.Errorf("New returns %v, want an error that names the document", err)
	}
}

func TestInternal(t *testing.T) {
	p, env := newPipeline(t, nil)
	ended, cancel := context.WithCancel(env.Ctx)
	cancel() // else the panic is logged
	refused := p.Internal(ended, "cause")
	if refused.Status != http.StatusInternalServerError || strings.Contains(string(refused.Body()), "cause") {
		t.Errorf("a panic is answered %d %s, want 500 without its cause", refused.Status, refused.Body())
	}
}

func TestPermit(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Limits.Budget, o.Limits.Cost, o.Limits.BudgetPerSecond = 10, 10, 1 })
	const subscription = "subscription{callChanged{callId}}"
	p.budgets.refund(env.Actor.CredentialKey(), -30)
	forbidden := func(*Execution) *Refusal { return Refuse(env.Ctx, http.StatusTeapot, model.BadInput("", "not here")) }
	for _, c := range []struct {
		name     string
		query    string
		permit   func(*Execution) *Refusal
		status   int
		isResult bool
	}{
		{"a query that its transport refuses", "{viewer{name}}", forbidden, http.StatusTeapot, false},
		{"a query without a budget", "{viewer{name}}", nil, http.StatusTooManyRequests, true},
		{"a subscription without a budget", subscription, nil, http.StatusTooManyRequests, false},
		{"no document", "{", forbidden, 0, false},
	} {
		r := request(c.query)
		r.Permit = c.permit
		_, refused := p.Execute(env.Ctx, r)
		if refused == nil || refused.Status != c.status || refused.IsResult != c.isResult {
			t.Errorf("%s: refused with %+v, want status %d, a result %v", c.name, refused, c.status, c.isResult)
		}
	}
}

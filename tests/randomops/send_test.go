package randomops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/tests/harness"
)

// operationRun is one tenant's operations.
type operationRun struct {
	*testing.T
	seed   uint64
	server *harness.Server
	made   *operations
	sum    *tally
}

func newOperationRun(t *testing.T, e *dbtest.Env, seed uint64, sum *tally) *operationRun {
	own := *e
	own.Ctx, own.Actor = dbtest.NewTenant(e.Ctx)
	if err := demo.FillSize(own.Ctx, own.DB, own.Clock.Now(), 40, 15); err != nil {
		t.Fatal(err)
	}
	server := harness.NewServerOf(t, &own, os.Getenv("CALLBOOK_EXECUTOR"), anyPrice)
	return &operationRun{t, seed, server, newOperations(harness.ParsedSchema(), seed, directivesOf(server)), sum}
}

// directivesOf are the names of the directives that the server knows.
func directivesOf(server *harness.Server) (names []string) {
	list, _ := server.Post(`{ __schema { directives { name } } }`, nil).At("data", "__schema", "directives").([]any)
	for _, d := range list {
		names = append(names, harness.At(d, "name").(string))
	}
	return names
}

func (r *operationRun) all() {
	r.send(-1, request{root: ast.Mutation, document: firstRows})
	for i, each := range r.made.everything() {
		r.send(-2-i, each)
	}
	for i := 0; i < runLength && !r.Failed(); i++ {
		r.send(i, r.made.next())
	}
}

// send sends an operation in any of the ways there are and checks the answer.
func (r *operationRun) send(index int, made request) {
	header := http.Header{}
	if r.made.chance(40) {
		header.Set("Accept", "application/graphql-response+json")
	}
	if made.root == ast.Mutation && r.made.chance(10) &&
		!strings.Contains(made.document, "createApiKey") { // which it does not go with
		header.Set("Idempotency-Key", fmt.Sprint(r.seed, " ", index))
	}
	w := r.do(made, header)
	body := bytes.Clone(w.Body.Bytes())
	problems := r.check(index, made, w, header)
	erases := strings.Contains(made.document, "deleteCallRecords") || strings.Contains(made.document, "purgeCalls")
	isKept := header.Get("Idempotency-Key") != "" && !erases
	if isKept && w.Code == http.StatusOK && bytes.Contains(body, []byte(`"data":`)) &&
		!bytes.Contains(body, []byte(`"requested":0,`)) { // one that does nothing is not kept
		if again := r.do(made, header); !bytes.Equal(again.Body.Bytes(), body) {
			problems = append(problems, "the same Idempotency-Key is answered otherwise: "+again.Body.String())
		}
	}
	if len(problems) > 0 {
		variables, _ := json.Marshal(made.variables)
		r.Errorf("CALLBOOK_SEED=%d, operation %d:\n%s\n\nvariables %s\noperationName %q, %v\n\n%d %.3000s\n\n- %.3000s",
			r.seed, index, made.document, variables, made.operationName, header, w.Code, body, strings.Join(problems, "\n- "))
	}
}

func (r *operationRun) do(made request, header http.Header) *httptest.ResponseRecorder {
	parameters, _ := json.Marshal(map[string]any{"query": made.document, "variables": made.variables,
		"operationName": made.operationName})
	h := httptest.NewRequest("POST", "http://localhost/graphql", bytes.NewReader(parameters))
	if asQuery := r.made.chance(25); asQuery && len(parameters) < 4000 && made.root == ast.Query {
		variables, _ := json.Marshal(made.variables)
		values := url.Values{"query": {made.document}, "variables": {string(variables)},
			"operationName": {made.operationName}}
		h = httptest.NewRequest("GET", "http://localhost/graphql?"+values.Encode(), nil)
	}
	maps.Copy(h.Header, header)
	h.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, h)
	return w
}

// check says what is wrong with an answer, and teaches the pool what is in it.
func (r *operationRun) check(index int, made request, w *httptest.ResponseRecorder, header http.Header) []string {
	c, err := newResponseCheck(harness.ParsedSchema(), made)
	if err != nil {
		return []string{err.Error()}
	}
	c.body(w.Body.Bytes())
	wantType := header.Get("Accept")
	if wantType == "" {
		wantType = "application/json"
	}
	if got := w.Header().Get("Content-Type"); got != wantType+"; charset=utf-8" {
		c.say("Content-Type: %s", got)
	}
	codes := map[string]bool{}
	for _, e := range c.errors {
		if index < 0 { // the rows and what reads them: without them, the operations would be about nothing
			c.say("an error of what comes first: %s", e.message)
		}
		codes[e.code] = true
		mayBe := []string{"BAD_USER_INPUT", "NOT_FOUND", "CONFLICT", "LIMIT_EXCEEDED"}
		if made.refusable {
			mayBe = append(mayBe, "GRAPHQL_VALIDATION_FAILED")
		}
		if !slices.Contains(mayBe, e.code) {
			c.say("%s: %s", e.code, e.message)
		}
		if e.path == nil && e.code != "LIMIT_EXCEEDED" && !made.refusable {
			c.say("a request error: %s", e.message)
		}
	}
	requestRefused := len(c.errors) > 0 && c.errors[0].path == nil
	if w.Code != http.StatusOK && !(w.Code == http.StatusBadRequest && requestRefused) {
		c.say("status %d", w.Code)
	}
	for _, see := range c.seen {
		see(r.made.pool)
	}
	r.sum.add(codes, c.rootFields, c.rootNulls)
	slices.Sort(c.told)
	told := strings.Join(c.told, "\n")
	if other, ok := r.sum.answers.LoadOrStore([2]int{int(r.seed), index}, told); ok && other != told {
		c.say("the engines differ:\n%s", difference(strings.Split(other.(string), "\n"), c.told))
	}
	return c.problems
}

// difference is what only one of two sorted lists has.
func difference(a, b []string) string {
	var out []string
	for _, line := range a {
		if _, found := slices.BinarySearch(b, line); !found {
			out = append(out, "< "+line)
		}
	}
	for _, line := range b {
		if _, found := slices.BinarySearch(a, line); !found {
			out = append(out, "> "+line)
		}
	}
	return strings.Join(out, "\n")
}

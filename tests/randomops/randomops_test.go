package randomops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/tests/harness"
)

const (
	defaultOperations = 1500 // on all engines together, fewer under the race detector; CALLBOOK_OPERATIONS is another number
	runLength         = 125  // operations on one tenant, all by one seed
)

// TestRandomOperations sends random valid operations, queries and mutations: each is answered as the specification and the
// schema have it, and never by an error that is the server's fault.
//
// A run is a tenant with sample data and the operations of one seed. CALLBOOK_SEED is the first run's seed, so a failure comes
// back with CALLBOOK_SEED set to the seed it names and CALLBOOK_OPERATIONS=1.
func TestRandomOperations(t *testing.T) {
	total := numberFrom("CALLBOOK_OPERATIONS", defaultOperations/harness.Slowness)
	seed := numberFrom("CALLBOOK_SEED", 1)
	runs := (total + 2*runLength - 1) / (2 * runLength)
	answers := &sync.Map{}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		sum := &tally{codes: map[string]int{}, answers: answers}
		t.Run("runs", func(t *testing.T) {
			for n := range runs {
				t.Run(fmt.Sprint("seed=", seed+n), func(t *testing.T) {
					t.Parallel()
					newOperationRun(t, e, uint64(seed+n), sum).all()
				})
			}
		})
		sum.report(t)
	})
}

func numberFrom(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

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
	server := harness.NewServer(t, &own)
	return &operationRun{t, seed, server, newOperations(harness.ParsedSchema(), seed, directivesOf(t, server)), sum}
}

// directivesOf are the names of the directives that the server knows.
func directivesOf(t *testing.T, server *harness.Server) (names []string) {
	list, _ := server.Post(`{ __schema { directives { name } } }`, nil).At("data", "__schema", "directives").([]any)
	for _, d := range list {
		names = append(names, harness.At(d, "name").(string))
	}
	return names
}

// firstRows makes one of all that the sample has none of.
const firstRows = `mutation {
	createCallTasks(select: {ids: ["call-0001", "call-0002"]}, tasks: [{subject: "a"}, {subject: "b", dueAt: "2024-06-01T00:00:00Z", assignee: "é", status: DONE}]) { results { outcome } }
	addNote(callId: "call-0001", text: "备注") { note { id } }
	createCallFromRecord(callRecordId: "1001") { created }
	updateCalls(select: {ids: ["call-0001", "call-0002", "call-0003"]}, input: {name: null, callAgenda: "x", attachments: [{name: "1.pdf"}]}) { written }
	addCallTags(select: {ids: ["call-0001", "call-0003"]}, tags: ["新"]) { written }
	deleteCalls(select: {ids: ["call-0040"]}) { written }
	tagCallRecords(ids: [1001, 1002], tags: ["a", "新"]) { written }
	saveCallRecords(inputs: [{id: 1, customerConcern: ["价格"], attributes: ["x"], customerAudioUrl: "https://h/", customerPerson: {id: 1, creationTime: "2018-08-04T03:57:33.5Z",
		customerGroupId: 9, wechatNumber: "w", source: BACK_TO_PUBLIC, lastFollowTime: "2018-08-04T03:57:33Z", lastChatDuration: 0, lastStartTime: "2018-08-04T03:57:33Z",
		lastIntentLevel: A, lastDialStatus: BUSY, assignTime: "2018-08-04T03:57:33Z", gender: FEMALE}, details: [{type: PERSON, text: "价格 Price"}]}]) { results { outcome } }
}`

func (r *operationRun) all() {
	r.send(-2, request{root: ast.Mutation, document: firstRows})
	r.send(-1, r.made.everything())
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
	if made.root == ast.Mutation && r.made.chance(10) && !strings.Contains(made.document, "createApiKey") { // which it does not go with
		header.Set("Idempotency-Key", fmt.Sprint(r.seed, " ", index))
	}
	w := r.do(made, header)
	body := bytes.Clone(w.Body.Bytes())
	problems := r.check(index, made, w, header)
	if header.Get("Idempotency-Key") != "" && w.Code == http.StatusOK && bytes.Contains(body, []byte(`"data":`)) &&
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
	parameters, _ := json.Marshal(map[string]any{"query": made.document, "variables": made.variables, "operationName": made.operationName})
	h := httptest.NewRequest("POST", "http://localhost/graphql", bytes.NewReader(parameters))
	if asQuery := r.made.chance(25); asQuery && len(parameters) < 4000 && made.root == ast.Query {
		variables, _ := json.Marshal(made.variables)
		values := url.Values{"query": {made.document}, "variables": {string(variables)}, "operationName": {made.operationName}}
		h = httptest.NewRequest("GET", "http://localhost/graphql?"+values.Encode(), nil)
	}
	for name, values := range header {
		h.Header[name] = values
	}
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
		codes[e.code] = true
		if e.code != "BAD_USER_INPUT" && e.code != "NOT_FOUND" && e.code != "CONFLICT" && e.code != "LIMIT_EXCEEDED" {
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

// tally is what became of all operations.
type tally struct {
	sync.Mutex
	operations, fields, nulls int
	codes                     map[string]int
	answers                   *sync.Map // of the engine that was first
}

func (s *tally) add(codes map[string]bool, fields, nulls int) {
	s.Lock()
	defer s.Unlock()
	s.operations++
	s.fields += fields
	s.nulls += nulls
	for code := range codes {
		s.codes[code]++
	}
}

// report fails where the operations have become too tame to find anything: refused, or about rows that are not there.
func (s *tally) report(t *testing.T) {
	t.Logf("%d operations; %d of %d root fields null; operations with errors: %v", s.operations, s.nulls, s.fields, s.codes)
	if s.codes["LIMIT_EXCEEDED"]*20 > s.operations {
		t.Errorf("%d of %d operations exceed limits", s.codes["LIMIT_EXCEEDED"], s.operations)
	}
	if s.nulls*2 > s.fields {
		t.Errorf("%d of %d root fields are null", s.nulls, s.fields)
	}
}

// TestOperationsReachTheSchema makes sure that random operations use all that clients can name.
func TestOperationsReachTheSchema(t *testing.T) {
	used := map[string]int{}
	for seed := range uint64(4000 / runLength) {
		o := newOperations(harness.ParsedSchema(), seed, []string{"skip", "include"})
		o.used = used
		for range runLength {
			made := o.next()
			if _, errs := gqlparser.LoadQueryWithRules(harness.ParsedSchema(), made.parsable(), rules.NewDefaultRules()); errs != nil {
				t.Fatalf("not valid: %v\n%s", errs, made.document)
			}
		}
	}
	all, missing := reachable(harness.ParsedSchema()), []string(nil)
	for _, name := range all {
		if used[name] == 0 {
			missing = append(missing, name)
		}
	}
	t.Logf("%d of %d elements are used; not: %v", len(all)-len(missing), len(all), missing)
	if len(missing)*200 > len(all) {
		t.Errorf("%d of %d elements of the schema are never used: %v", len(missing), len(all), missing)
	}
}

// reachable are the fields, arguments, input fields and enum values that operations can name.
func reachable(schema *ast.Schema) (names []string) {
	visited := map[string]bool{}
	var visit func(*ast.Definition)
	visit = func(d *ast.Definition) {
		if visited[d.Name] || strings.HasPrefix(d.Name, "__") {
			return
		}
		visited[d.Name] = true
		for _, possible := range schema.GetPossibleTypes(d) {
			visit(possible)
		}
		for _, f := range d.Fields {
			names = append(names, d.Name+"."+f.Name)
			if d.Kind == ast.InputObject || isComposite(schema, f.Type) {
				visit(schema.Types[f.Type.Name()])
			}
			for _, a := range f.Arguments {
				names = append(names, d.Name+"."+f.Name+"("+a.Name+")")
				visit(schema.Types[a.Type.Name()])
			}
		}
		for _, v := range d.EnumValues {
			names = append(names, d.Name+"."+v.Name)
		}
	}
	visit(schema.Query)
	if schema.Mutation != nil {
		visit(schema.Mutation)
	}
	return names
}

package randomops

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callbook/db/dbtest"
	"callbook/demo"
	"callbook/model"
	"callbook/tests/harness"
)

// defaultExecutions is how many operations both executors answer, where CALLBOOK_EXECUTIONS is not set.
const defaultExecutions = 300

// TestExecutors sends random operations, queries and mutations, to two databases that are filled and driven alike, one
// behind the fast path and one behind gqlgen's executor: they answer the same, byte for byte, but for random ids and
// the order of errors; the actual cost is compared where no time is charged. Each operation is sent twice, with
// opposite booleans. Some come from callers who may not do everything, some find a table missing, and of some the
// client has gone.
func TestExecutors(t *testing.T) {
	total := numberFrom("CALLBOOK_EXECUTIONS", defaultExecutions/harness.Slowness)
	seed := numberFrom("CALLBOOK_SEED", 1)
	sum := &tally{codes: map[string]int{}}
	t.Run("runs", func(t *testing.T) {
		for n := 0; n*runLength < total; n++ {
			t.Run(fmt.Sprint("seed=", seed+n), func(t *testing.T) {
				t.Parallel()
				run := newTwins(t, uint64(seed+n))
				for i := 0; i < min(runLength, total-n*runLength) && !t.Failed(); i++ {
					run.compare(i, run.made.next(), sum)
				}
			})
		}
	})
	t.Logf("%d executions, %d so slow that their costs were not compared; %d of %d root fields null; with errors: %v",
		sum.operations, sum.slow, sum.nulls, sum.fields, sum.codes)
	for _, code := range []string{"FORBIDDEN", "INTERNAL", "UNAVAILABLE", "BAD_USER_INPUT"} {
		if sum.codes[code] == 0 && total >= defaultExecutions {
			t.Errorf("got no operation with the error %s, want some", code)
		}
	}
}

// twins are two sites over databases that are alike.
type twins struct {
	*testing.T
	seed      uint64
	made      *operations
	fast      *harness.Server
	gqlgen    *harness.Server
	databases [2]*sql.DB
	otherIDs  map[string]string // what stands in the answers of gqlgen for random texts in those of the fast path
	sent      int               // operations, to each
}

func newTwins(t *testing.T, seed uint64) *twins {
	r := &twins{T: t, seed: seed, otherIDs: map[string]string{}}
	ctx, actor := dbtest.NewTenant(context.Background())
	open := func(i int, executor string) *harness.Server {
		path := fmt.Sprintf("%s/%s.db", t.TempDir(), executor)
		e := dbtest.NewEnv(t, "sqlite", "sqlite:"+path)
		e.Ctx, e.Actor = ctx, actor
		if err := demo.FillSize(e.Ctx, e.DB, e.Clock.Now(), 40, 15); err != nil {
			t.Fatal(err)
		}
		var err error
		if r.databases[i], err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"+
			"&_pragma=legacy_alter_table(1)&_pragma=synchronous(0)"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.databases[i].Close() })
		return harness.NewServerOf(t, e, executor, anyPrice)
	}
	r.fast, r.gqlgen = open(0, "fast"), open(1, "gqlgen")
	r.made = newOperations(harness.ParsedSchema(), seed, directivesOf(r.fast))
	return r
}

// circumstances are who sends an operation, and what goes wrong.
type circumstances struct {
	roles   []model.Role
	missing string // a table
	isGone  bool   // the client
	// credential is another one each time: what one may take of the database for nothing in a second is then not used up.
	credential string
}

// uncharged is how long an operation may take that no time of the database is charged for: a quarter of a second of
// statements is in its price, and at most 17 of them run at once, 16 that read and one that writes.
const uncharged = 250 * time.Millisecond / 17

var (
	someRoles  = []model.Role{model.RoleAgent, model.RoleAnalyst, model.RoleManager, model.RoleIntegration}
	someTables = []string{"call_tags", "call_history", "call_details", "tasks", "notes", "customer_persons",
		"call_record_tags", "call_records"}
)

// compare sends an operation to both, and once more with opposite booleans.
func (r *twins) compare(index int, made request, sum *tally) {
	c := circumstances{roles: []model.Role{model.RoleAdmin}}
	switch p := r.made.IntN(100); {
	case p < 10:
		c.roles = []model.Role{oneOf(r.made, someRoles...)}
	case p < 30:
		c.missing = oneOf(r.made, someTables...)
	case p < 32:
		c.isGone = true
	}
	r.compareOnce(index, made, c, sum)
	if other := opposite(made); !r.Failed() && !sameRequest(made, other) {
		r.compareOnce(index, other, c, sum)
	}
}

func (r *twins) compareOnce(index int, made request, c circumstances, sum *tally) {
	asIs := func(text string) string { return text }
	r.sent++
	c.credential = fmt.Sprint("operation ", r.sent)
	got, gotTime := r.send(r.fast, 0, made, c, asIs)
	want, wantTime := r.send(r.gqlgen, 1, made, c, r.translated)
	check, err := newResponseCheck(harness.ParsedSchema(), made)
	if err != nil {
		r.Fatal(err)
	}
	check.body([]byte(got))
	for _, see := range check.seen {
		see(r.made.pool)
	}
	codes := map[string]bool{}
	for _, e := range check.errors {
		codes[e.code] = true
	}
	sum.add(codes, check.rootFields, check.rootNulls)
	r.learnIDs(got, want)
	a, b := comparisonOf(r.T, got), comparisonOf(r.T, want)
	if max(gotTime, wantTime) >= uncharged {
		sum.addSlow()
		a, b = actualCost.ReplaceAllString(a, "*"), actualCost.ReplaceAllString(b, "*")
	}
	if a != b {
		r.Errorf("CALLBOOK_SEED=%d, operation %d, %+v:\n%s\n\nvariables %s\n\nfast\n%s\n\ngqlgen\n%s", r.seed, index, c,
			made.document, harness.JSON(made.variables), a, b)
	}
}

// send sends an operation to one of the twins, with its document and variables translated, and returns the body of the
// response, and how long it took.
func (r *twins) send(
	server *harness.Server, database int, made request, c circumstances, translated func(string) string,
) (body string, took time.Duration) {
	if c.missing != "" {
		r.rename(database, c.missing, c.missing+"_gone")
		defer r.rename(database, c.missing+"_gone", c.missing)
	}
	parameters := harness.JSON(vars{"query": translated(made.document), "operationName": made.operationName,
		"variables": json.RawMessage(translated(harness.JSON(made.variables)))})
	h := httptest.NewRequest("POST", "http://localhost/graphql", strings.NewReader(parameters))
	h.Header.Set("Content-Type", "application/json")
	if c.isGone {
		gone, cancel := context.WithCancel(h.Context())
		cancel()
		h = h.WithContext(gone)
	}
	actor := server.Actor("somebody", c.roles...)
	actor.Credential = c.credential
	w := httptest.NewRecorder()
	began := time.Now()
	server.As(actor).ServeHTTP(w, h)
	return w.Body.String(), time.Since(began)
}

func (r *twins) rename(database int, from, to string) {
	if _, err := r.databases[database].Exec("ALTER TABLE " + from + " RENAME TO " + to); err != nil {
		r.Fatal(err)
	}
}

var literalCondition = regexp.MustCompile(`@(skip|include)(\s*\(\s*if\s*:\s*)(true|false)`)

// opposite returns a request with all conditions, and all variables that are booleans, the other way round.
func opposite(made request) request {
	made.variables = maps.Clone(made.variables)
	for name, value := range made.variables {
		if b, ok := value.(bool); ok {
			made.variables[name] = !b
		}
	}
	made.document = literalCondition.ReplaceAllStringFunc(made.document, func(condition string) string {
		if rest, ok := strings.CutSuffix(condition, "true"); ok {
			return rest + "false"
		}
		return strings.TrimSuffix(condition, "false") + "true"
	})
	return made
}

func sameRequest(a, b request) bool {
	return a.document == b.document && harness.JSON(a.variables) == harness.JSON(b.variables)
}

var longWord = regexp.MustCompile(`[0-9A-Za-z_-]{16,}`)

// learnIDs keeps the texts by which two answers differ: keys that the servers made, and what contains them.
func (r *twins) learnIDs(got, want string) {
	a, b := longWord.FindAllString(partsOf(r.T, got).Data, -1), longWord.FindAllString(partsOf(r.T, want).Data, -1)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && withoutRandom(a[i]) == withoutRandom(b[i]) {
			r.otherIDs[a[i]] = b[i]
		}
	}
}

// translated returns a document, or variables, with the keys of gqlgen's twin.
func (r *twins) translated(text string) string {
	return longWord.ReplaceAllStringFunc(text, func(word string) string {
		if other, ok := r.otherIDs[word]; ok {
			return other
		}
		return word
	})
}

// parts are a response; data is as it was sent.
type parts struct {
	Data       string
	Errors     []string
	Extensions string
}

func partsOf(t *testing.T, body string) (p parts) {
	var raw struct {
		Data, Extensions json.RawMessage
		Errors           []json.RawMessage
	}
	if err := json.Unmarshal([]byte(body), &raw); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	p = parts{Data: string(raw.Data), Extensions: string(raw.Extensions)}
	for _, e := range raw.Errors {
		p.Errors = append(p.Errors, string(e))
	}
	return p
}

// comparisonOf returns a response without what is random, and with its errors sorted: several fields of a query may
// fail at once.
func comparisonOf(t *testing.T, body string) string {
	p := partsOf(t, body)
	if n := len(p.Errors); n > 0 && strings.Contains(p.Errors[n-1], "are shown") { // which of them, is random
		p.Errors = p.Errors[n-1:]
	}
	for i, e := range p.Errors {
		p.Errors[i] = withoutRandom(e)
	}
	slices.Sort(p.Errors)
	return withoutRandom(p.Data) + "\n" + strings.Join(p.Errors, "\n") + "\n" + withoutRandom(p.Extensions)
}

var (
	randomID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|` +
		`cbk_[0-9]+_[0-9A-V]{16}_[A-Z2-7]{26}|\b[0-9A-V]{16}\b`)
	volatile   = regexp.MustCompile(`"requestId":"[^"]*"|request id \w+|"remaining":\d+`)
	actualCost = regexp.MustCompile(`"actual":\d+`)
	signature  = regexp.MustCompile(`(link=[\w-]+\.)[\w-]{43}`)
)

// withoutRandom replaces request ids, what is left of a budget, signatures of links, for which each database has a
// secret of its own, and keys that the server made, also within nodeIds and cursors, by stars.
func withoutRandom(text string) string {
	text = signature.ReplaceAllString(volatile.ReplaceAllString(text, "*"), "$1*")
	text = longWord.ReplaceAllStringFunc(text, func(word string) string {
		raw, err := base64.RawURLEncoding.DecodeString(word)
		if err == nil && randomID.Match(raw) {
			return string(raw)
		}
		return word
	})
	return randomID.ReplaceAllString(text, "*")
}

package tests

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"callbook/auth"
	"callbook/db/dbtest"
	"callbook/tests/cputime"
	"callbook/tests/harness"
	"callbook/web"
)

// postWithin sends an operation, and fails the test where this process takes more processor time for it than given.
func postWithin(t *testing.T, server *harness.Server, what string, most time.Duration, query string, variables any,
) harness.Response {
	t.Helper()
	start := cputime.Used()
	response := server.Post(query, variables)
	if took := cputime.Used() - start; took > harness.Slowness*most {
		t.Errorf("%s: got an answer after %v of processor time, want one in %v", what, took, most)
	}
	return response
}

// TestTenThousandLongTasks asks for ten of the longest tasks on each of 1,000 calls, 960 MB of text: it is refused by
// the limit of what may be written, and nothing is stored.
func TestTenThousandLongTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		tasks := make([]any, 10)
		for i := range tasks {
			tasks[i] = vars{"subject": "t", "description": longText(i)}
		}
		response := postWithin(t, server, "10,000 long tasks", 4*time.Second, `mutation($ids: [ID!]!,
			$tasks: [CreateTaskInput!]!) { createCallTasks(select: {ids: $ids}, tasks: $tasks) { tasks { id } } }`,
			vars{"ids": harness.CreateCalls(t, e, 1000, "", ""), "tasks": tasks})
		if code, _ := response.FirstError(); code != "LIMIT_EXCEEDED" {
			t.Errorf("10,000 long tasks: got %.300s, want LIMIT_EXCEEDED", fmt.Sprint(response))
		}
		if total := server.Post(`{ tasks { totalCount } }`, nil).At("data", "tasks", "totalCount"); total != 0.0 {
			t.Errorf("tasks afterwards: got %v, want none", total)
		}
	})
}

// TestDeepestOffset skips as many rows as an Int can say: each list refuses it by its price, and says so; the deepest
// that is allowed is an empty page.
func TestDeepestOffset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		harness.CreateCalls(t, e, 200, "", "")
		for _, field := range []string{`calls(orderBy: [{field: CALL_AGENDA}], offset: %d) { nodes { id } }`,
			`tasks(offset: %d) { nodes { id } }`, `callRecords(orderBy: [{field: CHAT_ROUND}], offset: %d) { nodes { id } }`,
			`customerPersons(offset: %d) { nodes { id } }`,
			`searchTranscripts(query: "的", offset: %d) { nodes { turn { position } } }`} {
			for offset, code := range map[int64]any{1<<31 - 1: "LIMIT_EXCEEDED", 5_000_000: nil,
				1 << 31: "GRAPHQL_VALIDATION_FAILED", -1: "BAD_USER_INPUT"} {
				query := fmt.Sprintf("{ page: "+field+" }", offset)
				response := postWithin(t, server, query, 2*time.Second, query, nil)
				if got, _ := response.FirstError(); got != code {
					t.Errorf("%s: got the code %v, want %v: %.300s", query, got, code, fmt.Sprint(response))
				}
				if nodes := harness.List(response, "data", "page", "nodes"); code == nil && (nodes == nil || len(nodes) > 0) {
					t.Errorf("%s: got %.300s, want an empty page", query, fmt.Sprint(response))
				}
			}
		}
	})
}

// TestFacetsOfFrequentCharacter asks for every facet of the most frequent Chinese character over the real records:
// those by job and by grade count every turn that has it once.
func TestFacetsOfFrequentCharacter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		want := 0
		for _, text := range harness.LoadRealTurns(t, e) {
			if strings.Contains(text, "的") {
				want++
			}
		}
		response := postWithin(t, server, "the facets of 的", 2*time.Second, `{ searchTranscripts(query: "的", first: 0) {
			totalCount facets { jobs { count } intentLevels { count } days { count } } } }`, nil)
		if total := response.At("data", "searchTranscripts", "totalCount"); total != float64(want) || want < 1000 {
			t.Errorf("turns with 的: got %v, want %d, and 1,000 or more", response, want)
		}
		for _, facet := range []string{"jobs", "intentLevels"} { // the records here have no days
			sum := 0.0
			for _, entry := range harness.List(response, "data", "searchTranscripts", "facets", facet) {
				count, _ := harness.At(entry, "count").(float64)
				sum += count
			}
			if sum != float64(want) {
				t.Errorf("%s of 的: got %v turns in all, want %d", facet, sum, want)
			}
		}
	})
}

// TestRankingOfOneCharacter ranks turns that are one character again and again.
func TestRankingOfOneCharacter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		server := harness.NewServer(t, e)
		turns := make([]any, 100)
		for i := range turns {
			turns[i] = vars{"type": "PERSON", "text": strings.Repeat("啊", 9900+i)}
		}
		saved := server.Post(`mutation($turns: [CallDetailInput!]) { saveCallRecords(inputs: [{id: "1", details: $turns}]) {
			results { outcome } } }`, vars{"turns": turns})
		if saved["errors"] != nil {
			t.Fatalf("the turns: got %v, want no errors", saved["errors"])
		}
		for _, query := range []string{"啊", "啊啊", strings.Repeat("啊", 500)} {
			response := postWithin(t, server, "a ranking", 2*time.Second, `query($q: String!) {
				searchTranscripts(query: $q, first: 1) { totalCount nodes { turn { position } } } }`, vars{"q": query})
			if response["errors"] != nil || response.At("data", "searchTranscripts", "totalCount") != 100.0 {
				t.Errorf("%.10s: got %.300s, want 100 turns", query, fmt.Sprint(response))
			}
		}
	})
}

// TestTokensOfOddNames signs in with tokens whose subject has line breaks and marks that change the direction of text:
// they are refused, and neither the answer nor the log has what could be taken for a line of its own.
func TestTokensOfOddNames(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	tokens, err := auth.NewTokens(context.Background(), auth.TokenOptions{Secret: secret, Issuer: "i",
		Audience: "callbook", TenantClaim: "tenant_id", UserClaim: "sub", RolesClaim: "roles",
		PermissionsClaim: "permissions"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		log := harness.CaptureLog(t)
		server := harness.Listen(t, e, func(o *web.Options) {
			o.Auth = auth.New(auth.Options{Key: e.DB.APIKey, NoteUse: e.DB.NoteKeyUse, Tokens: tokens.Actor})
		})
		for name, status := range map[string]int{"bob": http.StatusOK, "bob\nevent=forged": http.StatusUnauthorized,
			"bob\r\nevent=forged": http.StatusUnauthorized, "bob\u2028forged": http.StatusUnauthorized,
			"bob\u202edegrof": http.StatusUnauthorized, "bob\x00": http.StatusUnauthorized,
			"\n": http.StatusUnauthorized} {
			text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "i", "aud": "callbook", "sub": name,
				"tenant_id": e.Actor.TenantID, "roles": []string{"admin"},
				"exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(secret))
			if err != nil {
				t.Fatal(err)
			}
			got := server.Send(`mutation { createCall(input: {name: "x"}) { call { id } } }`, "Authorization", "Bearer "+text)
			if got.Status != status {
				t.Errorf("sub %q: got %d %s, want %d", name, got.Status, got.Body, status)
			}
			if strings.Contains(got.Body, "forged") {
				t.Errorf("sub %q: got %s, want the name left out", name, got.Body)
			}
		}
		for line := range strings.Lines(log.String()) {
			if strings.HasPrefix(line, "event=forged") || strings.ContainsAny(line, "\u2028\u202e\x00") {
				t.Errorf("the log: got the line %q, want none that a name makes", line)
			}
		}
	})
}

// TestOlderCopy puts an older copy of SQLite's file in its place while the server runs: writes are not available and
// not done, the server is not ready, and when the file is back everything is there.
func TestOlderCopy(t *testing.T) {
	path := t.TempDir() + "/served.db"
	e := dbtest.NewEnv(t, "sqlite", "sqlite:"+path)
	server := harness.NewServer(t, e)
	create := func(id string) harness.Response {
		return server.Post(`mutation($id: ID!) { createCall(input: {id: $id}) { call { id } } }`, vars{"id": id})
	}
	if made := create("old"); made["errors"] != nil {
		t.Fatalf("the first call: got %v, want no errors", made)
	}
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), "VACUUM INTO ?", path+".older"); err != nil {
		t.Fatal(err)
	}
	if made := create("acknowledged"); made["errors"] != nil {
		t.Fatalf("the second call: got %v, want no errors", made)
	}
	for _, names := range [][2]string{{path, path + ".away"}, {path + ".older", path}} {
		if err := os.Rename(names[0], names[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, mutation := range []string{`createCall(input: {id: "lost"}) { call { id } }`,
		`createCalls(inputs: [{id: "lost1"}, {id: "lost2"}]) { written }`, `deleteCall(id: "old") { callId }`,
		`updateCall(id: "old", input: {name: "lost"}) { call { id } }`} {
		response := server.Post("mutation { "+mutation+" }", nil)
		code, _ := response.FirstError()
		if got := response.At("errors", 0, "extensions", "mayHaveBeenDone"); code != "UNAVAILABLE" || got != false {
			t.Errorf("%s beside an older copy: got %v, want UNAVAILABLE, and that it was not done", mutation, response)
		}
	}
	if got := server.Do("GET", "/readyz", ""); got.Status != 503 {
		t.Errorf("/readyz beside an older copy: got %d, want 503", got.Status)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	// What shares a commit with a heartbeat that began beside the older copy is refused with it.
	harness.Eventually(t, "a call is created, the file being back",
		func() bool { return create("after")["errors"] == nil })
	for id, want := range map[string]bool{"old": true, "acknowledged": true, "after": true, "lost": false,
		"lost1": false} {
		got := server.Post(`query($id: ID!) { call(id: $id) { id } }`, vars{"id": id})
		if (got.At("data", "call") != nil) != want || got["errors"] != nil {
			t.Errorf("the call %s after the file is back: got %v, want there: %t", id, got, want)
		}
	}
}

package tests

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/text"
)

// benchTurns returns how many turns are searched: CALLBOOK_BENCH_TURNS, or 50,000.
func benchTurns() int {
	if n, err := strconv.Atoi(os.Getenv("CALLBOOK_BENCH_TURNS")); err == nil {
		return n
	}
	return 50_000
}

// recombine fills a tenant with records of turns drawn from real ones, and returns the texts of the real turns.
func recombine(b *testing.B, e *dbtest.Env, turns int) []string {
	texts := harness.LoadRealTurns(b, e)
	r := rand.New(rand.NewPCG(11, 12))
	for id := int64(1 << 40); turns > len(texts); {
		inputs := make([]*model.SaveCallRecordInput, 200)
		for i := range inputs {
			start := dbtest.Start.Add(-time.Duration(r.IntN(1<<28)) * time.Second)
			inputs[i] = &model.SaveCallRecordInput{ID: id, StartTime: &start, RobotCallJobID: new(int64(r.IntN(50))),
				ResultStatus: new(model.ResultStatusAnswered),
				IntentLevel:  new(model.AllIntentLevel[r.IntN(6)]), ChatDuration: new(r.IntN(400)),
				CustomerConcern: []string{"价格", "酒店", "餐馆"}[:r.IntN(4)]}
			id++
			for range 17 {
				inputs[i].Details = append(inputs[i].Details,
					&model.CallDetailInput{Type: model.CallDetailTypePerson, Text: texts[r.IntN(len(texts))]})
			}
		}
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs); err != nil {
			b.Fatal(err)
		}
		turns -= 200 * 17
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		b.Fatal(err)
	}
	return texts
}

// BenchmarkSearch searches for terms of 2 to 6 characters drawn from random turns, newest first, through the site and,
// as a yardstick, with SQL written by hand on the same index.
func BenchmarkSearch(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			texts := recombine(b, e, benchTurns())
			server := harness.NewServer(b, e)
			b.Run("http", func(b *testing.B) {
				r := rand.New(rand.NewPCG(13, 14))
				for b.Loop() {
					body, err := json.Marshal(vars{"query": `query($q: String!) {
						searchTranscripts(query: $q, orderBy: NEWEST, first: 20) { nodes { turn { position text } } } }`,
						"variables": vars{"q": `"` + strings.ReplaceAll(randomTerm(r, texts), `"`, `""`) + `"`}})
					if err != nil {
						b.Fatal(err)
					}
					request := httptest.NewRequest("POST", "http://localhost/graphql", bytes.NewReader(body))
					request.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					server.ServeHTTP(w, request)
					if strings.HasPrefix(w.Body.String(), `{"errors"`) {
						b.Fatal(w.Body.String())
					}
				}
			})
			b.Run("hand", func(b *testing.B) {
				search := handSearch(b, e)
				r := rand.New(rand.NewPCG(13, 14))
				for b.Loop() {
					search(text.Fold(randomTerm(r, texts)))
				}
			})
		})
	}
}

// randomTerm returns a piece of 2 to 6 characters of a random text.
func randomTerm(r *rand.Rand, texts []string) string {
	for {
		runes := []rune(texts[r.IntN(len(texts))])
		n := 2 + r.IntN(5)
		if len(runes) < n {
			continue
		}
		from := r.IntN(len(runes) - n + 1)
		return string(runes[from : from+n])
	}
}

// handSearch returns a function that runs the same search in SQL written by hand and encodes the hits as JSON.
func handSearch(b *testing.B, e *dbtest.Env) func(term string) {
	pool := openRaw(b, e)
	pool.SetMaxIdleConns(4)
	query := `SELECT d.call_record_id, d.position, d.text, r.start_time
		FROM call_details d JOIN call_records r ON r.tenant_id = d.tenant_id AND r.id = d.call_record_id
		WHERE d.tenant_id = $1 AND d.turn_id IN (SELECT rowid FROM transcript_index WHERE transcript_index MATCH $2)
			AND instr(COALESCE(d.text_fold, d.text), $3) > 0
		ORDER BY r.start_time DESC NULLS LAST, d.call_record_id, d.position LIMIT 21`
	join := func(tokens []string) string { return `"` + strings.Join(tokens, `" AND "`) + `"` }
	if e.Engine == "postgres" {
		query = `SELECT d.call_record_id, d.position, d.text, r.start_time
		FROM call_details d JOIN call_records r ON r.tenant_id = d.tenant_id AND r.id = d.call_record_id
		WHERE d.tenant_id = $1 AND (d.call_record_id, d.position)
			IN (SELECT i.call_record_id, i.position FROM transcript_index i WHERE i.tenant_id = $1 AND i.tokens @@
			CAST($2 AS tsquery)) AND strpos(COALESCE(d.text_fold, d.text), $3) > 0
		ORDER BY r.start_time DESC NULLS LAST, d.call_record_id, d.position LIMIT 21`
		join = func(tokens []string) string { return "'" + strings.Join(tokens, "' & '") + "'" }
	}
	return func(term string) {
		tokens, _ := text.MatchTokens(term)
		if e.Engine == "sqlite" {
			for i, token := range tokens {
				tokens[i] = strconv.FormatInt(e.Actor.TenantID, 16) + "z" + token
			}
		}
		rows, err := pool.Query(query, e.Actor.TenantID, join(tokens), term)
		if err != nil {
			b.Fatal(err)
		}
		defer rows.Close()
		var hits []map[string]any
		for rows.Next() {
			var record int64
			var position int
			var text string
			var start any
			if err := rows.Scan(&record, &position, &text, &start); err != nil {
				b.Fatal(err)
			}
			hits = append(hits, map[string]any{"turn": map[string]any{"position": position, "text": text}})
		}
		if _, err := json.Marshal(hits); err != nil || rows.Err() != nil {
			b.Fatal(err, rows.Err())
		}
	}
}

package tests

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"callbook/db/dbtest"
	"callbook/model"
	"callbook/tests/harness"
	"callbook/text"
)

// delivery is a batch of 100 records with 17 turns each.
func delivery(first int64) []*model.SaveCallRecordInput {
	inputs := make([]*model.SaveCallRecordInput, 100)
	for i := range inputs {
		id := first + int64(i)
		inputs[i] = &model.SaveCallRecordInput{ID: id, CustomerPersonID: new(id % 1000)}
		for turn := range 17 {
			inputs[i].Details = append(inputs[i].Details, &model.CallDetailInput{Type: model.CallDetailTypePerson, Text: fmt.Sprint("好的，谢谢，我再考虑一下，再见。", turn)})
		}
	}
	return inputs
}

// BenchmarkDeliver delivers records, and beside it, as the yardstick, writes the same rows raw: COPY on PostgreSQL, a prepared
// insert in one transaction on SQLite.
func BenchmarkDeliver(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			next := int64(1)
			b.Run("deliver", func(b *testing.B) {
				for b.Loop() {
					if _, err := e.DB.SaveCallRecords(e.Ctx, delivery(next)); err != nil {
						b.Fatal(err)
					}
					next += 100
				}
				b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "records/s")
			})
			b.Run("raw", func(b *testing.B) {
				write := rawWriter(b, e)
				for b.Loop() {
					write(delivery(next))
					next += 100
				}
				b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "records/s")
			})
		})
	}
}

var (
	rawRecordColumns = []string{"tenant_id", "id", "version", "customer_person_id", "read_status", "created_by", "created_at", "updated_by", "updated_at"}
	rawTurnColumns   = []string{"tenant_id", "call_record_id", "position", "call_detail_id", "type", "text", "turn_id"}
)

func rawRows(e *dbtest.Env, inputs []*model.SaveCallRecordInput) (records, turns [][]any) {
	now := e.Clock.Now()
	for _, in := range inputs {
		records = append(records, []any{e.Actor.TenantID, in.ID, 1, *in.CustomerPersonID, "NOT_READ", "raw", now, "raw", now})
		for i, d := range in.Details {
			turns = append(turns, []any{e.Actor.TenantID, in.ID, i + 1, strconv.Itoa(i + 1), "PERSON", d.Text, in.ID<<20 + int64(i)})
		}
	}
	return records, turns
}

// rawWriter writes records and turns with their index as fast as the engine takes them; the customers are there.
func rawWriter(b *testing.B, e *dbtest.Env) func([]*model.SaveCallRecordInput) {
	ctx := context.Background()
	if _, err := e.DB.SaveCallRecords(e.Ctx, customersOnly()); err != nil {
		b.Fatal(err)
	}
	if e.Engine == "postgres" {
		conn, err := pgx.Connect(ctx, e.DSN)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close(ctx) })
		return func(inputs []*model.SaveCallRecordInput) {
			records, turns := rawRows(e, inputs)
			tx, err := conn.Begin(ctx)
			if err == nil {
				_, err = tx.CopyFrom(ctx, pgx.Identifier{"call_records"}, rawRecordColumns, pgx.CopyFromRows(records))
			}
			if err == nil {
				_, err = tx.CopyFrom(ctx, pgx.Identifier{"call_details"}, rawTurnColumns, pgx.CopyFromRows(turns))
			}
			if err == nil {
				err = tx.Commit(ctx)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	pool := openRaw(b, e)
	return func(inputs []*model.SaveCallRecordInput) {
		records, turns := rawRows(e, inputs)
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		insertRaw(b, tx, "call_records", rawRecordColumns, records)
		insertRaw(b, tx, "call_details", rawTurnColumns, turns)
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

func customersOnly() (inputs []*model.SaveCallRecordInput) {
	for id := range int64(1000) {
		inputs = append(inputs, &model.SaveCallRecordInput{ID: 1<<60 + id, CustomerPersonID: &id})
	}
	return inputs
}

func openRaw(b *testing.B, e *dbtest.Env) *sql.DB {
	driver, dsn := "pgx", e.DSN+"&default_query_exec_mode=exec" // as Callbook does; a plan for any term is a bad plan
	if e.Engine == "sqlite" {
		driver, dsn = "sqlite", strings.TrimPrefix(e.DSN, "sqlite:")+"?_pragma=busy_timeout(10000)"
	}
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	return pool
}

func insertRaw(b *testing.B, tx *sql.Tx, table string, columns []string, rows [][]any) {
	statement, err := tx.Prepare("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")")
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		if _, err := statement.Exec(row...); err != nil {
			b.Fatal(err)
		}
	}
}

// benchTurns is how many turns the search is measured over: CALLBOOK_BENCH_TURNS, or 50,000.
func benchTurns() int {
	if n, err := strconv.Atoi(os.Getenv("CALLBOOK_BENCH_TURNS")); err == nil {
		return n
	}
	return 50_000
}

// recombine fills a tenant with records of turns drawn from real ones, and answers the texts.
func recombine(b *testing.B, e *dbtest.Env, turns int) []string {
	texts := harness.LoadRealTurns(b, e)
	r := rand.New(rand.NewPCG(11, 12))
	for id := int64(1 << 40); turns > len(texts); {
		inputs := make([]*model.SaveCallRecordInput, 200)
		for i := range inputs {
			start := dbtest.Start.Add(-time.Duration(r.IntN(1<<28)) * time.Second)
			inputs[i] = &model.SaveCallRecordInput{ID: id, StartTime: &start, RobotCallJobID: new(int64(r.IntN(50))), ResultStatus: new(model.ResultStatusAnswered),
				IntentLevel: new(model.AllIntentLevel[r.IntN(6)]), ChatDuration: new(r.IntN(400)), CustomerConcern: []string{"价格", "酒店", "餐馆"}[:r.IntN(4)]}
			id++
			for range 17 {
				inputs[i].Details = append(inputs[i].Details, &model.CallDetailInput{Type: model.CallDetailTypePerson, Text: texts[r.IntN(len(texts))]})
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

// BenchmarkSearch looks for terms of 2 to 6 characters drawn from random turns, newest first, through the handler; and beside it, as the
// yardstick, with hand-written SQL on the same index.
func BenchmarkSearch(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			texts := recombine(b, e, benchTurns())
			server := harness.NewServer(b, e)
			b.Run("http", func(b *testing.B) {
				r := rand.New(rand.NewPCG(13, 14))
				for b.Loop() {
					body, err := json.Marshal(vars{"query": `query($q: String!) { searchTranscripts(query: $q, orderBy: NEWEST, first: 20) { nodes { turn { position text } } } }`,
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

// handSearch is the same search in SQL by hand, answered as JSON.
func handSearch(b *testing.B, e *dbtest.Env) func(term string) {
	pool := openRaw(b, e)
	pool.SetMaxIdleConns(4)
	query := `SELECT d.call_record_id, d.position, d.text, r.start_time FROM call_details d JOIN call_records r ON r.tenant_id = d.tenant_id AND r.id = d.call_record_id
		WHERE d.tenant_id = $1 AND d.turn_id IN (SELECT rowid FROM transcript_index WHERE transcript_index MATCH $2) AND instr(COALESCE(d.text_fold, d.text), $3) > 0
		ORDER BY r.start_time DESC NULLS LAST, d.call_record_id, d.position LIMIT 21`
	join := func(tokens []string) string { return `"` + strings.Join(tokens, `" AND "`) + `"` }
	if e.Engine == "postgres" {
		query = `SELECT d.call_record_id, d.position, d.text, r.start_time FROM call_details d JOIN call_records r ON r.tenant_id = d.tenant_id AND r.id = d.call_record_id
		WHERE d.tenant_id = $1 AND (d.call_record_id, d.position) IN (SELECT i.call_record_id, i.position FROM transcript_index i WHERE i.tenant_id = $1 AND i.tokens @@ CAST($2 AS tsquery)) AND strpos(COALESCE(d.text_fold, d.text), $3) > 0
		ORDER BY r.start_time DESC NULLS LAST, d.call_record_id, d.position LIMIT 21`
		join = func(tokens []string) string { return "'" + strings.Join(tokens, "' & '") + "'" }
	}
	return func(term string) {
		tokens, _ := text.MatchTokens(term)
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

// BenchmarkJobStats reads the whole board of CALLBOOK_BENCH_ROWS records.
func BenchmarkJobStats(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			e := dbtest.Shared(b, engine)
			fillJob(b, e, benchRows(b))
			server := harness.NewServer(b, e)
			b.ResetTimer()
			for b.Loop() {
				response := server.Post(`{ jobStats(robotCallJobId: "1") { total answeredRate intentLevels { count } durations { count } durationPercentiles { p99 } daily { total } topConcerns { count } } }`, nil)
				if response["errors"] != nil {
					b.Fatal(response)
				}
			}
		})
	}
}

// fillJob fills a job with records without turns.
func fillJob(b *testing.B, e *dbtest.Env, records int) {
	r := rand.New(rand.NewPCG(15, 16))
	for first := 0; first < records; first += 1000 {
		inputs := make([]*model.SaveCallRecordInput, min(1000, records-first))
		for i := range inputs {
			start := dbtest.Start.Add(-time.Duration(r.IntN(90*24*3600)) * time.Second)
			inputs[i] = &model.SaveCallRecordInput{ID: int64(first + i), StartTime: &start, RobotCallJobID: new(int64(1)), ResultStatus: new(model.AllResultStatus[r.IntN(10)]),
				IntentLevel: new(model.AllIntentLevel[r.IntN(6)]), ChatDuration: new(r.IntN(400)), ChatRound: new(r.IntN(20)), CustomerConcern: []string{"价格", "酒店", "餐馆"}[:r.IntN(4)]}
		}
		if _, err := e.DB.SaveCallRecords(e.Ctx, inputs); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.DB.Analyze(e.Ctx); err != nil {
		b.Fatal(err)
	}
}

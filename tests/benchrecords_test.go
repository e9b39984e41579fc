package tests

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"callbook/db/dbtest"
	"callbook/model"
)

// delivery returns a batch of 100 records with 17 turns each.
func delivery(first int64) []*model.SaveCallRecordInput {
	inputs := make([]*model.SaveCallRecordInput, 100)
	for i := range inputs {
		id := first + int64(i)
		inputs[i] = &model.SaveCallRecordInput{ID: id, CustomerPersonID: new(id % 1000)}
		for turn := range 17 {
			inputs[i].Details = append(inputs[i].Details, &model.CallDetailInput{Type: model.CallDetailTypePerson,
				Text: fmt.Sprint("好的，谢谢，我再考虑一下，再见。", turn)})
		}
	}
	return inputs
}

// BenchmarkDeliver delivers records and, as a yardstick, writes the same rows raw: by COPY on PostgreSQL, by a prepared
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
	rawRecordColumns = []string{"tenant_id", "id", "version", "customer_person_id", "read_status", "created_by",
		"created_at", "updated_by", "updated_at"}
	rawTurnColumns = []string{"tenant_id", "call_record_id", "position", "call_detail_id", "type", "text", "turn_id"}
)

// rawRows returns the rows of records and of turns for rawWriter.
func rawRows(e *dbtest.Env, inputs []*model.SaveCallRecordInput) (records, turns [][]any) {
	now := e.Clock.Now()
	for _, in := range inputs {
		records = append(records, []any{e.Actor.TenantID, in.ID, 1, *in.CustomerPersonID, "NOT_READ", "raw", now, "raw", now})
		for i, d := range in.Details {
			turns = append(turns, []any{e.Actor.TenantID, in.ID, i + 1, strconv.Itoa(i + 1), "PERSON", d.Text,
				in.ID<<20 + int64(i)})
		}
	}
	return records, turns
}

// rawWriter returns a function that writes records and turns as fast as the engine takes them. Their customers are
// stored first.
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

// customersOnly returns a record for each customer of the other records.
func customersOnly() (inputs []*model.SaveCallRecordInput) {
	for id := range int64(1000) {
		inputs = append(inputs, &model.SaveCallRecordInput{ID: 1<<60 + id, CustomerPersonID: &id})
	}
	return inputs
}

// openRaw opens the database of a benchmark without package db.
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

// insertRaw inserts rows by one prepared statement.
func insertRaw(b *testing.B, tx *sql.Tx, table string, columns []string, rows [][]any) {
	statement, err := tx.Prepare("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (?" +
		strings.Repeat(", ?", len(columns)-1) + ")")
	if err != nil {
		b.Fatal(err)
	}
	defer statement.Close()
	for _, row := range rows {
		if _, err := statement.Exec(row...); err != nil {
			b.Fatal(err)
		}
	}
}

package hand

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The statements on PostgreSQL, also for pgbench. pgx prepares each once a connection.
const (
	PostgresRecord  = "SELECT " + recordColumns + fromRecords + " WHERE r.tenant_id = $1 AND r.id = $2"
	PostgresDetails = "SELECT position, type, text FROM call_details WHERE tenant_id = $1 AND call_record_id = $2" +
		" ORDER BY position"
	whereRecords = " WHERE r.tenant_id = $1 AND r.robot_call_job_id = $2 AND r.result_status = $3" +
		" AND r.intent_level = $4"
	PostgresRecords = "SELECT " + recordColumns + fromRecords + whereRecords +
		" ORDER BY r.start_time DESC NULLS LAST, r.id LIMIT 20"
	postgresCount   = "SELECT count(*) FROM call_records r" + whereRecords
	postgresDetails = "SELECT call_record_id, position, type, text FROM call_details" +
		" WHERE tenant_id = $1 AND call_record_id = ANY($2) ORDER BY call_record_id, position"
	PostgresCalls = "SELECT " + callColumns + " FROM calls WHERE tenant_id = $1 AND outgoing_call_status = $2" +
		" AND deleted_at IS NULL ORDER BY call_start_time DESC NULLS LAST, id LIMIT 100"
	postgresStats = "SELECT result, intent, day::text, n FROM (SELECT result_status AS result, intent_level AS intent," +
		" (start_time AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*) AS n FROM call_records WHERE tenant_id = $1"
	postgresHits   = " FROM transcript_index i" + postgresDetail
	postgresDetail = " JOIN call_details d ON d.tenant_id = i.tenant_id AND d.call_record_id = i.call_record_id" +
		" AND d.position = i.position"
	postgresFirstHits = " JOIN call_records r ON r.tenant_id = i.tenant_id AND r.id = i.call_record_id"
	whereTokens       = " WHERE i.tenant_id = $1 AND i.tokens @@ $2::tsquery"
	whereText         = " AND strpos(coalesce(d.text_fold, d.text), $3) > 0"
)

// Postgres runs the operations on PostgreSQL by pgx.
type Postgres struct{ pool *pgxpool.Pool }

// OpenPostgres opens a pool of as many connections as the product's.
func OpenPostgres(ctx context.Context, dsn string) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return &Postgres{pool}, err
}

// Close closes the pool.
func (p *Postgres) Close() { p.pool.Close() }

// Record reads a record, its customer and its turns in one round trip.
func (p *Postgres) Record(ctx context.Context, id int64) (*Record, error) {
	batch := &pgx.Batch{}
	batch.Queue(PostgresRecord, tenant, id)
	batch.Queue(PostgresDetails, tenant, id)
	results := p.pool.SendBatch(ctx, batch)
	defer results.Close()
	r, err := scanRecord(results.QueryRow())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	r.Details, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Turn])
	return r, err
}

func scanRecord(row pgx.Row) (*Record, error) {
	r, c, id := &Record{Details: []Turn{}}, Customer{}, (*int64)(nil)
	err := row.Scan(r.columns(&c, &id, plainTime)...)
	if id != nil {
		c.ID, r.CustomerPerson = *id, &c
	}
	return r, err
}

func plainTime(at **time.Time) any { return at }

func plainRequired(at *time.Time) any { return at }

// Records reads a page of records with customers, and then their turns; the total with the page where it is asked for.
func (p *Postgres) Records(ctx context.Context, q RecordsQuery) (records []*Record, total int, err error) {
	args := []any{tenant, q.Job, q.Result, q.Intent}
	batch := &pgx.Batch{}
	batch.Queue(PostgresRecords, args...)
	if q.WithTotal {
		batch.Queue(postgresCount, args...)
	}
	results := p.pool.SendBatch(ctx, batch)
	defer results.Close()
	rows, _ := results.Query() // CollectRows returns its error
	records, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Record, error) { return scanRecord(row) })
	if err == nil && q.WithTotal {
		err = results.QueryRow().Scan(&total)
	}
	if err = errors.Join(err, results.Close()); err != nil {
		return nil, 0, err
	}
	return records, total, p.addDetails(ctx, records)
}

func (p *Postgres) addDetails(ctx context.Context, records []*Record) error {
	byID := make(map[int64]*Record, len(records))
	ids := make([]int64, len(records))
	for i, r := range records {
		byID[r.ID], ids[i] = r, r.ID
	}
	rows, err := p.pool.Query(ctx, postgresDetails, tenant, ids)
	if err != nil {
		return err
	}
	var id int64
	var turn Turn
	_, err = pgx.ForEachRow(rows, []any{&id, &turn.Position, &turn.Type, &turn.Text}, func() error {
		byID[id].Details = append(byID[id].Details, turn)
		return nil
	})
	return err
}

// Calls reads a page of 100 calls of a status.
func (p *Postgres) Calls(ctx context.Context, status string) ([]*Call, error) {
	rows, err := p.pool.Query(ctx, PostgresCalls, tenant, status)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Call, error) {
		c := &Call{}
		return c, row.Scan(c.columns(plainTime, plainRequired)...)
	})
}

// Stats counts the records of a job, or all, by result, grade and day.
func (p *Postgres) Stats(ctx context.Context, job *int64) ([]Group, error) {
	statement, args := postgresStats, []any{tenant}
	if job != nil {
		statement, args = statement+" AND robot_call_job_id = $2", append(args, *job)
	}
	rows, err := p.pool.Query(ctx, statement+" GROUP BY 1, 2, 3) AS groups", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Group])
}

// Search finds the turns that say a term, the newest 20, and counts all, in one round trip. A term of two characters
// is one token; longer ones are compared with the text.
func (p *Postgres) Search(ctx context.Context, term string, tokens []string) (hits []*Hit, total int, err error) {
	args := []any{tenant, "'" + strings.Join(tokens, "' & '") + "'"}
	first := "SELECT r.id, r.start_time, d.position, d.type, d.text" + postgresHits + postgresFirstHits + whereTokens
	counted := fmt.Sprintf("(SELECT i.* FROM transcript_index i%s LIMIT %d) AS i", whereTokens, mostCounted)
	count := "SELECT count(*) FROM " + counted
	if len(tokens) > 1 {
		args = append(args, term)
		first, count = first+whereText, count+postgresDetail+" WHERE true"+whereText
	}
	batch := &pgx.Batch{}
	batch.Queue(first+" ORDER BY r.start_time DESC NULLS LAST, r.id, d.position LIMIT 20", args...)
	batch.Queue(count, args...)
	results := p.pool.SendBatch(ctx, batch)
	defer results.Close()
	rows, _ := results.Query() // CollectRows returns its error
	hits, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Hit, error) {
		h := &Hit{}
		return h, row.Scan(&h.CallRecord.ID, &h.CallRecord.StartTime, &h.Turn.Position, &h.Turn.Type, &h.Turn.Text)
	})
	if err != nil {
		return nil, 0, err
	}
	err = results.QueryRow().Scan(&total)
	return hits, total, err
}

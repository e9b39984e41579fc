package hand

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"callbook/text"
)

// postgresCustomers creates customers, or notes their latest call.
const postgresCustomers = `INSERT INTO customer_persons (tenant_id, id, name, phone_number, phone_digits,
  last_call_record_id, last_start_time, last_chat_duration, last_intent_level, last_dial_status, created_by, updated_at)
 SELECT $1, i.*, $11, $12 FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[],
  $7::timestamptz[], $8::int[], $9::text[], $10::text[]) AS i ON CONFLICT (tenant_id, id) DO UPDATE SET
  name = excluded.name, phone_number = excluded.phone_number, phone_digits = excluded.phone_digits,
  last_call_record_id = excluded.last_call_record_id, last_start_time = excluded.last_start_time,
  last_chat_duration = excluded.last_chat_duration, last_intent_level = excluded.last_intent_level,
  last_dial_status = excluded.last_dial_status, updated_at = excluded.updated_at
 WHERE customer_persons.last_start_time IS NULL OR customer_persons.last_start_time <= excluded.last_start_time`

const postgresIndex = `INSERT INTO transcript_index (tenant_id, call_record_id, position, tokens)
 SELECT $1, i.r, i.p, i.t::tsvector FROM unnest($2::bigint[], $3::int[], $4::text[]) AS i (r, p, t)`

// SaveRecords notes the customers' latest calls, copies records and turns, and writes the index: four statements in a
// transaction.
func (p *Postgres) SaveRecords(ctx context.Context, records []*Delivery, now time.Time) error {
	return pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		if err := saveCustomers(ctx, tx, records, now); err != nil {
			return err
		}
		var rows, turns [][]any
		var indexed struct {
			records   []int64
			positions []int
			tokens    []string
		}
		for _, r := range records {
			rows = append(rows, r.row(now))
			for _, t := range r.Details {
				turns = append(turns, r.turnRow(t))
				indexed.records, indexed.positions = append(indexed.records, r.ID), append(indexed.positions, t.Position)
				indexed.tokens = append(indexed.tokens, t.tokens())
			}
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"call_records"}, deliveryColumns, pgx.CopyFromRows(rows))
		if err != nil {
			return err
		}
		if _, err = tx.CopyFrom(ctx, pgx.Identifier{"call_details"}, turnColumns, pgx.CopyFromRows(turns)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, postgresIndex, tenant, indexed.records, indexed.positions, indexed.tokens)
		return err
	})
}

func saveCustomers(ctx context.Context, tx pgx.Tx, records []*Delivery, now time.Time) error {
	n := len(records)
	ids, recordIDs, seconds := make([]int64, n), make([]int64, n), make([]*int, n)
	names, numbers, digits := make([]string, n), make([]string, n), make([]string, n)
	starts, intents, results := make([]*time.Time, n), make([]*string, n), make([]*string, n)
	for i, r := range records {
		ids[i], recordIDs[i], seconds[i] = r.CustomerPerson.ID, r.ID, r.ChatDuration
		names[i], numbers[i] = r.CustomerPerson.Name, r.CustomerPerson.PhoneNumber
		digits[i] = text.PhoneDigits(numbers[i])
		starts[i], intents[i], results[i] = r.StartTime, r.IntentLevel, r.ResultStatus
	}
	_, err := tx.Exec(ctx, postgresCustomers, tenant, ids, names, numbers, digits, recordIDs, starts, seconds, intents,
		results, by, now)
	return err
}

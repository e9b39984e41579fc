package hand

import (
	"context"
	"time"

	"callbook/text"
)

// insertColumns are the columns that a new call gets.
const insertColumns = `tenant_id, id, version, name, name_fold, subject, subject_fold, call_type, outgoing_call_status,
 call_start_time, call_duration_in_seconds, call_purpose, dialled_number, dialled_number_fold, owner_id, owner_type,
 created_by, created_at, updated_by, updated_at`

// PostgresWrites returns the statements that write calls, by name, for other servers.
func PostgresWrites() map[string]string {
	return map[string]string{"insert": PostgresInsert, "save": postgresSave, "tag": postgresTag}
}

// PostgresInsert creates a call.
const PostgresInsert = "INSERT INTO calls (" + insertColumns + ") VALUES" +
	" ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16, $17)"

// postgresSave creates calls and gives those that are there another subject, with a version and a history entry each.
const postgresSave = `WITH input AS (SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::timestamptz[], $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
  AS i (id, name, name_fold, subject, subject_fold, call_type, start, seconds, purpose, dialled, dialled_fold, owner_id,
  owner_type)),
 old AS (SELECT c.id, c.subject FROM calls c WHERE c.tenant_id = $1 AND c.id = ANY($2) ORDER BY c.id FOR UPDATE),
 changed AS (UPDATE calls c SET subject = i.subject, subject_fold = i.subject_fold, version = version + 1,
  updated_by = $15, updated_at = $16 FROM input i, old o WHERE c.tenant_id = $1 AND c.id = o.id AND i.id = o.id
  AND i.subject IS DISTINCT FROM o.subject RETURNING c.id, c.version, o.subject AS before, c.subject AS after),
 history AS (INSERT INTO call_history SELECT $1, id, version, 'load', $15, $16, jsonb_build_array(jsonb_build_object(
  'field', 'subject', 'from', before, 'to', after)) FROM changed),
 created AS (INSERT INTO calls (tenant_id, id, version, name, name_fold, subject, subject_fold, call_type,
  call_start_time, call_duration_in_seconds, call_purpose, dialled_number, dialled_number_fold, owner_id, owner_type,
  created_by, created_at, updated_by, updated_at) SELECT $1, id, 1, name, name_fold, subject, subject_fold, call_type,
  start, seconds, purpose, dialled, dialled_fold, owner_id, owner_type, $15, $16, $15, $16 FROM input
  WHERE id NOT IN (SELECT id FROM old) RETURNING 1)
 SELECT (SELECT count(*) FROM created) AS created, (SELECT count(*) FROM changed) AS changed`

// postgresTag gives calls a tag, and those that did not have it a version and a history entry.
const postgresTag = `WITH locked AS (SELECT id FROM calls WHERE tenant_id = $1 AND id = ANY($2) AND deleted_at IS NULL
  ORDER BY id FOR UPDATE),
 added AS (INSERT INTO call_tags (tenant_id, call_id, tag, tag_fold) SELECT $1, id, $3, $4 FROM locked
  ON CONFLICT DO NOTHING RETURNING call_id),
 changed AS (UPDATE calls SET version = version + 1, updated_by = $5, updated_at = $6 FROM added
  WHERE tenant_id = $1 AND id = call_id RETURNING id, version)
 INSERT INTO call_history SELECT $1, changed.id, changed.version, 'addCallTags', $5, $6, jsonb_build_array(
  jsonb_build_object('field', 'tags', 'from', coalesce(tags.before, '[]'), 'to', tags.after)) FROM changed,
  LATERAL (SELECT jsonb_agg(tag ORDER BY tag COLLATE "C") FILTER (WHERE NOT is_new) AS before,
   jsonb_agg(tag ORDER BY tag COLLATE "C") AS after FROM (SELECT tag, false AS is_new FROM call_tags
   WHERE tenant_id = $1 AND call_id = changed.id UNION ALL SELECT $3, true) AS tag) AS tags`

// CreateCall writes a call in one statement.
func (p *Postgres) CreateCall(ctx context.Context, c *Call) error {
	_, err := p.pool.Exec(ctx, PostgresInsert, tenant, c.ID, c.Name, text.FoldColumn(c.Name), c.Subject,
		text.FoldColumn(c.Subject), c.CallType, c.OutgoingCallStatus, c.CallStartTime, c.CallDurationInSeconds,
		c.CallPurpose, c.DialledNumber, text.FoldColumn(c.DialledNumber), c.OwnerID, c.OwnerType, c.CreatedBy, c.CreatedAt)
	return err
}

// SaveCalls creates calls, or changes the subject of those that are there, in one statement.
func (p *Postgres) SaveCalls(ctx context.Context, calls []*Call, now time.Time) (created, updated int, err error) {
	texts := make([][]*string, 10)
	ids, starts, seconds := make([]string, len(calls)), make([]*time.Time, len(calls)), make([]*int, len(calls))
	for i, c := range calls {
		ids[i], starts[i], seconds[i] = c.ID, c.CallStartTime, c.CallDurationInSeconds
		for column, value := range []*string{
			c.Name, text.FoldColumn(c.Name), c.Subject, text.FoldColumn(c.Subject), c.CallType, c.CallPurpose,
			c.DialledNumber, text.FoldColumn(c.DialledNumber), c.OwnerID, c.OwnerType,
		} {
			texts[column] = append(texts[column], value)
		}
	}
	err = p.pool.QueryRow(ctx, postgresSave, tenant, ids, texts[0], texts[1], texts[2], texts[3], texts[4], starts,
		seconds, texts[5], texts[6], texts[7], texts[8], texts[9], by, now).Scan(&created, &updated)
	return created, updated, err
}

// AddTag gives calls a tag in one statement.
func (p *Postgres) AddTag(ctx context.Context, ids []string, tag string, now time.Time) (written int, err error) {
	done, err := p.pool.Exec(ctx, postgresTag, tenant, ids, tag, text.FoldColumn(&tag), by, now)
	return int(done.RowsAffected()), err
}

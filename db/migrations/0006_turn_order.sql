-- Turns are told apart by their callDetailId and sorted by sort_key; positions count from 1 without gaps. list_length is
-- how many turns the delivery had that a turn comes from: a shorter one does not change it.

ALTER TABLE call_details ADD COLUMN sort_key {{.Long}} NOT NULL DEFAULT 0;

ALTER TABLE call_details ADD COLUMN list_length {{.Int}} NOT NULL DEFAULT 0;

UPDATE call_details SET sort_key = position, list_length = sized.turns
FROM (SELECT tenant_id, call_record_id, COUNT(*) AS turns FROM call_details GROUP BY tenant_id, call_record_id) AS sized
WHERE sized.tenant_id = call_details.tenant_id AND sized.call_record_id = call_details.call_record_id;

{{if .IsPostgres}}ALTER TABLE transcript_index DROP CONSTRAINT transcript_index_tenant_id_call_record_id_position_fkey{{end}};

{{if .IsPostgres}}ALTER TABLE call_details DROP CONSTRAINT call_details_position_check{{end}};

-- Positions with gaps are counted anew, in two steps, so that no two turns have one position in between: beyond the
-- greatest on SQLite, below 0 on PostgreSQL, whose positions have 32 bits.
UPDATE call_details SET position = {{if .IsPostgres}}-{{else}}4294967296 + {{end}}placed.place
FROM (SELECT tenant_id, call_record_id, position, ROW_NUMBER() OVER (PARTITION BY tenant_id, call_record_id
  ORDER BY position) AS place FROM call_details) AS placed
WHERE placed.tenant_id = call_details.tenant_id AND placed.call_record_id = call_details.call_record_id
  AND placed.position = call_details.position AND placed.place <> placed.position;

{{if .IsPostgres}}UPDATE transcript_index SET position = call_details.position FROM call_details
WHERE call_details.tenant_id = transcript_index.tenant_id
  AND call_details.call_record_id = transcript_index.call_record_id
  AND call_details.sort_key = transcript_index.position AND call_details.position < 0{{end}};

{{if .IsPostgres}}UPDATE call_details SET position = -position WHERE position < 0
{{else}}UPDATE call_details SET position = position - 4294967296 WHERE position > 4294967296{{end}};

{{if .IsPostgres}}UPDATE transcript_index SET position = -position WHERE position < 0{{end}};

{{if .IsPostgres}}ALTER TABLE call_details ADD CONSTRAINT call_details_position_check CHECK (position >= 1){{end}};

{{if .IsPostgres}}ALTER TABLE transcript_index ADD FOREIGN KEY (tenant_id, call_record_id, position)
REFERENCES call_details (tenant_id, call_record_id, position) ON DELETE CASCADE{{end}};

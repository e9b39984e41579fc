-- Indexes of the usual lists of calls and call records. On PostgreSQL, each takes about one second for 500,000 calls
-- or a million records, and writes wait meanwhile.

CREATE INDEX calls_by_status ON calls (tenant_id, outgoing_call_status, call_start_time {{.DescNullsLast}}, id, call_type) WHERE deleted_at IS NULL;

CREATE INDEX calls_by_creator ON calls (tenant_id, created_by, call_start_time {{.DescNullsLast}}, id) WHERE deleted_at IS NULL;

CREATE INDEX calls_by_update ON calls (tenant_id, updated_at DESC, id) WHERE deleted_at IS NULL;

CREATE INDEX calls_by_name ON calls (tenant_id, name, id) WHERE deleted_at IS NULL;

CREATE INDEX calls_deleted ON calls (tenant_id, id) WHERE deleted_at IS NOT NULL;

CREATE INDEX call_records_by_duration ON call_records (tenant_id, chat_duration {{.DescNullsLast}}, id);

CREATE INDEX call_records_unread ON call_records (tenant_id, start_time {{.DescNullsLast}}, id) WHERE read_status = 'NOT_READ';

-- The concerns of records: an index of the list on PostgreSQL; on SQLite a table that triggers keep.
{{if .IsPostgres}}CREATE INDEX call_records_by_concern ON call_records USING gin (customer_concern jsonb_path_ops){{end}};

{{if not .IsPostgres}}CREATE TABLE call_record_concerns (
  tenant_id INTEGER NOT NULL,
  concern TEXT NOT NULL,
  call_record_id INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, concern, call_record_id)
) STRICT, WITHOUT ROWID{{end}};

{{if not .IsPostgres}}INSERT INTO call_record_concerns
SELECT DISTINCT call_records.tenant_id, element.value, call_records.id
FROM call_records, json_each(call_records.customer_concern) AS element{{end}};

{{if not .IsPostgres}}CREATE TRIGGER call_records_concerns_insert AFTER INSERT ON call_records
WHEN NEW.customer_concern <> '[]' BEGIN
  INSERT INTO call_record_concerns SELECT DISTINCT NEW.tenant_id, value, NEW.id FROM json_each(NEW.customer_concern); END{{end}};

{{if not .IsPostgres}}CREATE TRIGGER call_records_concerns_update AFTER UPDATE OF customer_concern ON call_records
WHEN NEW.customer_concern <> OLD.customer_concern BEGIN
  DELETE FROM call_record_concerns WHERE tenant_id = OLD.tenant_id AND call_record_id = OLD.id
    AND concern IN (SELECT value FROM json_each(OLD.customer_concern)); INSERT INTO call_record_concerns
  SELECT DISTINCT NEW.tenant_id, value, NEW.id FROM json_each(NEW.customer_concern); END{{end}};

{{if not .IsPostgres}}CREATE TRIGGER call_records_concerns_delete AFTER DELETE ON call_records
WHEN OLD.customer_concern <> '[]' BEGIN
  DELETE FROM call_record_concerns WHERE tenant_id = OLD.tenant_id AND call_record_id = OLD.id
    AND concern IN (SELECT value FROM json_each(OLD.customer_concern)); END{{end}};

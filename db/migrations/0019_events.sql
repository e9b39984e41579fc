-- What has happened to rows: an event is written in the transaction that changes the row, kept for some days, and read
-- in the order of the positions within what was committed meanwhile (see db/events.go and db/eventwindow.go). after_row
-- has the row's columns as JSON, before_row those of them that were other ones; both go when the row is purged. subject
-- is the key of the call or the record; row_id is the key of a task or a note on that call.

CREATE TABLE events (
{{if .IsPostgres}}
  tenant_id BIGINT NOT NULL,
  xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
  position BIGSERIAL NOT NULL,
{{else}}
  tenant_id INTEGER NOT NULL,
  position INTEGER PRIMARY KEY NOT NULL,
{{end}}
  at {{.Time}} NOT NULL,
  entity {{.Text}} NOT NULL,
  kind {{.Text}} NOT NULL,
  subject {{.Text}} NOT NULL,
  row_id {{.Text}},
  operation {{.Text}} NOT NULL,
  actor {{.Text}} NOT NULL,
  creator {{.Text}} NOT NULL,
  creator_kind {{.Text}},
  before_row {{.Text}},
  after_row {{.Text}}{{if .IsPostgres}},
  PRIMARY KEY (tenant_id, xid, position){{end}}
){{.Strict}};

{{if not .IsPostgres}}CREATE INDEX events_by_tenant ON events (tenant_id, position){{end}};

CREATE INDEX events_by_subject ON events (tenant_id, subject);

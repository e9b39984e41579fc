-- The index of transcripts: each turn's overlapping pairs of characters, folded; see model/search.go. Written with the turns.
-- On SQLite its rowid is the turn's turn_id; tenants are told apart by the turn it leads to.

{{if .IsPostgres}}CREATE TABLE transcript_index (
  tenant_id BIGINT NOT NULL,
  call_record_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  tokens TSVECTOR NOT NULL,
  PRIMARY KEY (tenant_id, call_record_id, position),
  FOREIGN KEY (tenant_id, call_record_id, position) REFERENCES call_details (tenant_id, call_record_id, position) ON DELETE CASCADE
){{else}}CREATE VIRTUAL TABLE transcript_index USING fts5 (tokens, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'){{end}};

{{if .IsPostgres}}CREATE INDEX transcript_index_tokens ON transcript_index USING gin (tokens){{end}};

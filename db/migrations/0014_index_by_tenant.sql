-- On SQLite the tokens of the index of transcripts begin with their tenant (db/transcriptindex.go), so that a search
-- reads what its own tenant has said alone. The index is written anew by db/reindex.go, a part at a time; this table says
-- how far that is, and goes when it is done.

{{if not .IsPostgres}}DROP TABLE transcript_index{{end}};

{{if not .IsPostgres}}CREATE VIRTUAL TABLE transcript_index USING fts5 (tokens, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'){{end}};

{{if not .IsPostgres}}CREATE TABLE transcript_reindex (last_tenant {{.Long}} NOT NULL, last_turn {{.Long}} NOT NULL){{.Strict}}{{end}};

{{if not .IsPostgres}}INSERT INTO transcript_reindex (last_tenant, last_turn) VALUES (-9223372036854775808, 0){{end}};

-- Blocks of folded texts, such as the names of calls: lines of a kind (see db/textblocks.go), so many as fit into a
-- page of PostgreSQL, with the keys of their rows beside them. Searches for parts of texts read them instead of the
-- rows. Lines with the sign -1 take back equal ones.

CREATE TABLE text_blocks (
  tenant_id {{.Long}} NOT NULL,
  kind {{.Text}} NOT NULL,
  id {{.Long}} NOT NULL,
  sign {{.Int}} NOT NULL,
  line_count {{.Int}} NOT NULL,
  texts {{.Text}} NOT NULL,
  row_keys {{.Text}} NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
){{.Strict}};

{{if .IsPostgres}}ALTER TABLE text_blocks ALTER texts SET STORAGE EXTERNAL, ALTER row_keys SET STORAGE EXTERNAL,
  SET (toast_tuple_target = 8160){{end}};

-- Queries that are stored by name, and answered at /q/{name}.

CREATE TABLE saved_queries (
  tenant_id {{.Long}} NOT NULL,
  name {{.Text}} NOT NULL,
  document {{.Text}} NOT NULL,
  parameters {{.Text}} NOT NULL,
  description {{.Text}},
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, name)
){{.Strict}};

-- Columns of exports that are kept under a name: names of fields, as a list of JSON.

CREATE TABLE export_column_sets (
  tenant_id {{.Long}} NOT NULL,
  entity {{.Text}} NOT NULL,
  name {{.Text}} NOT NULL,
  columns {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, entity, name)
){{.Strict}};

-- Mappings of imports that are kept under a name: which columns of a table are which fields, as the JSON of files.Mapping.

CREATE TABLE import_mappings (
  tenant_id {{.Long}} NOT NULL,
  kind {{.Text}} NOT NULL,
  name {{.Text}} NOT NULL,
  mapping {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, kind, name)
){{.Strict}};

-- API keys, and who created a customer, for callers who see their own rows alone.

CREATE TABLE api_keys (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  name {{.Text}} NOT NULL,
  secret_hash {{.Text}} NOT NULL,
  roles {{.JSON}} NOT NULL,
  permissions {{.JSON}} NOT NULL,
  is_narrowed {{.Bool}} NOT NULL,
  expires_at {{.Time}},
  last_used_at {{.Time}},
  revoked_at {{.Time}},
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

ALTER TABLE customer_persons ADD COLUMN created_by {{.Text}};

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

-- Calls made of records were named by the number where there was no name: it would go past the mask. Of all tenants: the guard wants a number.
UPDATE calls SET name = NULL, name_fold = NULL WHERE tenant_id = 0 + tenant_id AND call_record_id IS NOT NULL AND name = dialled_number;

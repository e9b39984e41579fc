-- Requests with an idempotency key, and what each of their root fields has done. They take the place of the keys, which
-- went by the name of the caller and kept the whole answer.

CREATE TABLE idempotency_requests (
  tenant_id {{.Long}} NOT NULL,
  credential {{.Text}} NOT NULL,
  idempotency_key {{.Text}} NOT NULL,
  request_hash {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  claimed_by {{.Text}},
  heartbeat {{.Long}} NOT NULL,
  is_erased {{.Bool}} NOT NULL,
  answer {{.Text}},
  PRIMARY KEY (tenant_id, credential, idempotency_key)
){{.Strict}};

CREATE INDEX idempotency_requests_by_age ON idempotency_requests (tenant_id, created_at);

CREATE INDEX idempotency_requests_to_erase ON idempotency_requests (tenant_id) WHERE NOT is_erased;

CREATE TABLE idempotency_results (
  tenant_id {{.Long}} NOT NULL,
  credential {{.Text}} NOT NULL,
  idempotency_key {{.Text}} NOT NULL,
  field {{.Text}} NOT NULL,
  step {{.Int}} NOT NULL,
  result {{.Text}} NOT NULL,
  PRIMARY KEY (tenant_id, credential, idempotency_key, field, step),
  FOREIGN KEY (tenant_id, credential, idempotency_key)
    REFERENCES idempotency_requests (tenant_id, credential, idempotency_key) ON DELETE CASCADE
){{.Strict}};

DROP TABLE idempotency_keys;

-- Files that are kept for some days: uploads, exports, and errors of imports. Their bytes are chunks, of at most 1 MiB,
-- here or in a folder (stored_as). And the jobs that read and write them, which are the queue itself.

CREATE TABLE files (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  kind {{.Text}} NOT NULL,
  state {{.Text}} NOT NULL,
  name {{.Text}} NOT NULL,
  content_type {{.Text}} NOT NULL,
  bytes {{.Long}} NOT NULL,
  received {{.Long}} NOT NULL,
  hash_state {{.Text}} NOT NULL,
  expected_sha256 {{.Text}},
  sha256 {{.Text}},
  credential {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  expires_at {{.Time}} NOT NULL,
  rights {{.Text}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

CREATE INDEX files_by_end ON files (tenant_id, expires_at);

CREATE TABLE file_chunks (
  tenant_id {{.Long}} NOT NULL,
  file_id {{.Text}} NOT NULL,
  begins_at {{.Long}} NOT NULL,
  data {{.Bytes}},
  stored_as {{.Text}},
  PRIMARY KEY (tenant_id, file_id, begins_at),
  FOREIGN KEY (tenant_id, file_id) REFERENCES files (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

{{if .IsPostgres}}ALTER TABLE file_chunks ALTER data SET STORAGE EXTERNAL{{end}};

-- What signed links of a tenant are signed with.
CREATE TABLE link_secrets (
  tenant_id {{.Long}} NOT NULL,
  purpose {{.Text}} NOT NULL,
  secret {{.Text}} NOT NULL,
  PRIMARY KEY (tenant_id, purpose)
){{.Strict}};

CREATE TABLE jobs (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  kind {{.Text}} NOT NULL,
  state {{.Text}} NOT NULL,
  input {{.Text}} NOT NULL,
  position {{.Text}} NOT NULL,
  rows_total {{.Long}},
  rows_read {{.Long}} NOT NULL,
  rows_written {{.Long}} NOT NULL,
  rows_failed {{.Long}} NOT NULL,
  file_id {{.Text}},
  failure {{.Text}},
  starter {{.Text}} NOT NULL,
  credential {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  started_at {{.Time}},
  progressed_at {{.Time}},
  ended_at {{.Time}},
  expires_at {{.Time}} NOT NULL,
  claimed_by {{.Text}},
  heartbeat {{.Long}} NOT NULL,
  attempts {{.Long}} NOT NULL,
  due_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

CREATE INDEX jobs_under_way ON jobs (tenant_id, created_at) WHERE state IN ('WAITING', 'RUNNING');

CREATE INDEX jobs_by_start ON jobs (tenant_id, created_at);

-- What became of the rows of an import.
CREATE TABLE job_outcomes (
  tenant_id {{.Long}} NOT NULL,
  job_id {{.Text}} NOT NULL,
  row_number {{.Long}} NOT NULL,
  outcome {{.Text}} NOT NULL,
  errors {{.Text}},
  PRIMARY KEY (tenant_id, job_id, row_number),
  FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

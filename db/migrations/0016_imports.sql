-- Imports: what a job was asked to do in one value, by which the same import is found again; how many rows of each
-- outcome there are; the file that is read, with which outcomes go; who else has asked for it; and what became of its rows.

ALTER TABLE jobs ADD COLUMN fingerprint {{.Text}};
ALTER TABLE jobs ADD COLUMN imported {{.Text}};
ALTER TABLE jobs ADD COLUMN source_id {{.Text}};

CREATE UNIQUE INDEX jobs_by_fingerprint ON jobs (tenant_id, fingerprint)
  WHERE fingerprint IS NOT NULL AND state IN ('WAITING', 'RUNNING', 'DONE');

-- Credentials that have asked for a job that another one had started.
CREATE TABLE job_sharers (
  tenant_id {{.Long}} NOT NULL,
  job_id {{.Text}} NOT NULL,
  credential {{.Text}} NOT NULL,
  PRIMARY KEY (tenant_id, job_id, credential),
  FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

-- The key of the row as text, the version after the step that wrote it, and JSON lists of what is wrong (errors) and of
-- what the row went in without.
ALTER TABLE job_outcomes ADD COLUMN row_key {{.Text}};
ALTER TABLE job_outcomes ADD COLUMN version {{.Long}};
ALTER TABLE job_outcomes ADD COLUMN warnings {{.Text}};

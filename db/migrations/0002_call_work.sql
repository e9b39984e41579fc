-- What hangs on calls: tasks, notes and history; and the answers kept for repeated requests.

CREATE TABLE tasks (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  version {{.Int}} NOT NULL,
  call_id {{.Text}} NOT NULL,
  subject {{.Text}} NOT NULL,
  subject_fold {{.Text}},
  description {{.Text}},
  status {{.Text}} NOT NULL CHECK (status IN ('NOT_STARTED', 'POSTPONED', 'IN_PROGRESS', 'DONE', 'WAITING')),
  due_at {{.Time}},
  closed_at {{.Time}},
  assignee {{.Text}},
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id) ON DELETE CASCADE,
  CHECK ((status = 'DONE') = (closed_at IS NOT NULL))
){{.Strict}};

CREATE INDEX tasks_by_call ON tasks (tenant_id, call_id, due_at, id);

CREATE INDEX tasks_by_due ON tasks (tenant_id, due_at, id);

CREATE TABLE notes (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  version {{.Int}} NOT NULL,
  call_id {{.Text}} NOT NULL,
  text {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

CREATE INDEX notes_by_call ON notes (tenant_id, call_id, id);

CREATE TABLE call_history (
  tenant_id {{.Long}} NOT NULL,
  call_id {{.Text}} NOT NULL,
  version {{.Int}} NOT NULL,
  operation {{.Text}} NOT NULL,
  changed_by {{.Text}} NOT NULL,
  changed_at {{.Time}} NOT NULL,
  changes {{.JSON}} NOT NULL,
  PRIMARY KEY (tenant_id, call_id, version),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

CREATE TABLE idempotency_keys (
  tenant_id {{.Long}} NOT NULL,
  actor {{.Text}} NOT NULL,
  idempotency_key {{.Text}} NOT NULL,
  request_hash {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  is_done {{.Bool}} NOT NULL,
  response {{.Text}},
  PRIMARY KEY (tenant_id, actor, idempotency_key)
){{.Strict}};

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (tenant_id, created_at);

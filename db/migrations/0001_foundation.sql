-- Calls, call records, transcripts and customers.
-- Templated for the engine: see migrate.go. Statements end in a semicolon at the end of a line.
-- (tenant_id, id) leads every key and index, so that a tenant's rows can live together on one shard.

CREATE TABLE calls (
  tenant_id {{.Long}} NOT NULL,
  id {{.Text}} NOT NULL,
  version {{.Int}} NOT NULL,
  name {{.Text}},
  name_fold {{.Text}},
  subject {{.Text}},
  subject_fold {{.Text}},
  call_type {{.Text}} CHECK (call_type IN ('INBOUND', 'OUTBOUND', 'MISSED')),
  outgoing_call_status {{.Text}} CHECK (outgoing_call_status IN ('SCHEDULED', 'COMPLETED', 'CANCELLED')),
  call_start_time {{.Time}},
  call_duration_in_seconds {{.Int}} CHECK (call_duration_in_seconds >= 0),
  call_purpose {{.Text}},
  call_result {{.Text}},
  call_agenda {{.Text}},
  call_agenda_fold {{.Text}},
  reminder {{.Text}},
  scheduled_in_crm {{.Bool}},
  cti_entry {{.Bool}},
  caller_id {{.Text}},
  caller_id_fold {{.Text}},
  dialled_number {{.Text}},
  dialled_number_fold {{.Text}},
  voice_recording {{.Text}},
  description {{.Text}},
  description_fold {{.Text}},
  owner_id {{.Text}},
  owner_type {{.Text}},
  owner_subtype {{.Text}},
  attachments {{.JSON}} NOT NULL DEFAULT '[]',
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  deleted_at {{.Time}},
  call_record_id {{.Long}},
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

CREATE INDEX calls_by_start ON calls (tenant_id, call_start_time {{.DescNullsLast}}, id) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX calls_by_record ON calls (tenant_id, call_record_id) WHERE call_record_id IS NOT NULL;

CREATE INDEX calls_by_owner ON calls (tenant_id, owner_id) WHERE deleted_at IS NULL;

CREATE TABLE call_tags (
  tenant_id {{.Long}} NOT NULL,
  call_id {{.Text}} NOT NULL,
  tag {{.Text}} NOT NULL,
  tag_fold {{.Text}},
  PRIMARY KEY (tenant_id, call_id, tag),
  FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

CREATE INDEX call_tags_by_tag ON call_tags (tenant_id, tag, call_id);

CREATE TABLE customer_persons (
  tenant_id {{.Long}} NOT NULL,
  id {{.Long}} NOT NULL,
  creation_time {{.Time}},
  customer_group_id {{.Long}},
  customer_group_name {{.Text}},
  name {{.Text}},
  name_fold {{.Text}},
  phone_number {{.Text}},
  phone_number_fold {{.Text}},
  phone_digits {{.Text}},
  wechat_number {{.Text}},
  source {{.Text}},
  gender {{.Text}},
  properties {{.JSON}} NOT NULL DEFAULT '[]',
  last_follow_time {{.Time}},
  last_chat_duration {{.Int}},
  last_start_time {{.Time}},
  last_intent_level {{.Text}},
  last_dial_status {{.Text}},
  assign_time {{.Time}},
  last_call_record_id {{.Long}},
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

CREATE INDEX customer_persons_by_phone ON customer_persons (tenant_id, phone_digits);

CREATE INDEX customer_persons_by_group ON customer_persons (tenant_id, customer_group_id, id);

CREATE INDEX customer_persons_by_last_call ON customer_persons (tenant_id, last_start_time {{.DescNullsLast}}, id);

CREATE TABLE call_records (
  tenant_id {{.Long}} NOT NULL,
  id {{.Long}} NOT NULL,
  version {{.Int}} NOT NULL,
  robot_call_job_id {{.Long}},
  dialog_flow_id {{.Long}},
  robot_call_task_id {{.Long}},
  phone_number_id {{.Long}},
  customer_person_id {{.Long}},
  called_phone_number {{.Text}},
  called_phone_number_fold {{.Text}},
  called_phone_digits {{.Text}},
  result_status {{.Text}},
  intent_level {{.Text}},
  real_intent_level {{.Text}},
  customer_concern {{.JSON}} NOT NULL DEFAULT '[]',
  attributes {{.JSON}} NOT NULL DEFAULT '[]',
  full_audio_url {{.Text}},
  customer_audio_url {{.Text}},
  analysis_basis {{.Text}},
  start_time {{.Time}},
  end_time {{.Time}},
  chat_duration {{.Int}},
  chat_round {{.Int}},
  read_status {{.Text}} NOT NULL,
  graded_by {{.Text}},
  read_by {{.Text}},
  created_by {{.Text}} NOT NULL,
  created_at {{.Time}} NOT NULL,
  updated_by {{.Text}} NOT NULL,
  updated_at {{.Time}} NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_person_id) REFERENCES customer_persons (tenant_id, id)
){{.Strict}};

CREATE INDEX call_records_by_start ON call_records (tenant_id, start_time {{.DescNullsLast}}, id);

CREATE INDEX call_records_by_job ON call_records (tenant_id, robot_call_job_id, start_time {{.DescNullsLast}}, id);

CREATE INDEX call_records_by_customer ON call_records (tenant_id, customer_person_id, start_time {{.DescNullsLast}}, id);

CREATE INDEX call_records_by_phone ON call_records (tenant_id, called_phone_digits);

CREATE TABLE call_details (
  tenant_id {{.Long}} NOT NULL,
  call_record_id {{.Long}} NOT NULL,
  position {{.Int}} NOT NULL CHECK (position >= 1),
  call_detail_id {{.Text}} NOT NULL,
  type {{.Text}} NOT NULL CHECK (type IN ('ROBOT', 'PERSON')),
  text {{.Text}} NOT NULL,
  text_fold {{.Text}},
  turn_id {{.Long}} NOT NULL,
  PRIMARY KEY (tenant_id, call_record_id, position),
  FOREIGN KEY (tenant_id, call_record_id) REFERENCES call_records (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

CREATE UNIQUE INDEX call_details_by_turn ON call_details (tenant_id, turn_id);

-- Tags that people give call records.

CREATE TABLE call_record_tags (
  tenant_id {{.Long}} NOT NULL,
  call_record_id {{.Long}} NOT NULL,
  tag {{.Text}} NOT NULL,
  tag_fold {{.Text}},
  PRIMARY KEY (tenant_id, call_record_id, tag),
  FOREIGN KEY (tenant_id, call_record_id) REFERENCES call_records (tenant_id, id) ON DELETE CASCADE
){{.Strict}};

CREATE INDEX call_record_tags_by_tag ON call_record_tags (tenant_id, tag, call_record_id);

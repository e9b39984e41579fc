-- Summaries: how many rows of a tenant have a value, by kind (see db/summaries.go). Writers append what they change as
-- a delta, a JSON list of [kind, value, difference]; deltas are added to the counts now and then. Readers add up both.

CREATE TABLE summary_counts (
  tenant_id {{.Long}} NOT NULL,
  kind {{.Text}} NOT NULL,
  value {{.Text}} NOT NULL,
  row_count {{.Long}} NOT NULL,
  PRIMARY KEY (tenant_id, kind, value)
){{.Strict}};

CREATE TABLE summary_deltas (
  tenant_id {{.Long}} NOT NULL,
  id {{.Long}} NOT NULL,
  changes {{.JSON}} NOT NULL,
  PRIMARY KEY (tenant_id, id)
){{.Strict}};

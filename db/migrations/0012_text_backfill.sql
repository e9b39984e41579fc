-- Counts what summaries count since they know durations, and packs texts into blocks, anew, for all tenants. It reads
-- every call, record and customer, which takes seconds for a million of them; writes wait meanwhile. Recount runs it, too, after
-- 0009.

{{if .IsPostgres}}LOCK TABLE calls, call_records, customer_persons, summary_counts, summary_deltas, text_blocks IN SHARE ROW EXCLUSIVE MODE{{end}};

DELETE FROM summary_counts WHERE kind IN ('duration', 'durationOfJob', 'concernOfJob');

INSERT INTO summary_counts (tenant_id, kind, value, row_count)
SELECT tenant_id, 'durationOfJob', COALESCE(CAST(robot_call_job_id AS TEXT), '') || '|' || CAST(chat_duration AS TEXT),
  COUNT(*)
FROM call_records WHERE result_status = 'ANSWERED' AND chat_duration IS NOT NULL
GROUP BY tenant_id, robot_call_job_id, chat_duration
UNION ALL SELECT tenant_id, 'duration', CAST(chat_duration AS TEXT), COUNT(*)
FROM call_records WHERE result_status = 'ANSWERED' AND chat_duration IS NOT NULL GROUP BY tenant_id, chat_duration
UNION ALL SELECT tenant_id, 'concernOfJob', job || '|' || concern, COUNT(*) FROM (SELECT DISTINCT call_records.tenant_id,
    call_records.id, COALESCE(CAST(robot_call_job_id AS TEXT), '') AS job, element.value AS concern
  FROM call_records, {{if .IsPostgres}}jsonb_array_elements_text(customer_concern) AS element(value)
  {{else}}json_each(call_records.customer_concern) AS element{{end}}) AS concerns
GROUP BY tenant_id, job, concern;

DELETE FROM text_blocks;

-- Line breaks are the characters 65535 in texts, 65534 and 1 in keys, as in db/textblocks.go.
INSERT INTO text_blocks (tenant_id, kind, id, sign, line_count, texts, row_keys)
SELECT tenant_id, 'callName', row_number() OVER (ORDER BY tenant_id, block), 1, COUNT(*), string_agg(line, {{.Char}}(10)),
  string_agg(row_key, {{.Char}}(10))
FROM (SELECT tenant_id, line, row_key,
    SUM(octet_length(line) + octet_length(row_key) + 2) OVER (PARTITION BY tenant_id ORDER BY id) / 7000 AS block
  FROM (SELECT tenant_id, id, replace(COALESCE(name_fold, name), {{.Char}}(10), {{.Char}}(65535)) AS line,
      replace(replace(id, {{.Char}}(65534), {{.Char}}(65534) || '0'), {{.Char}}(10), {{.Char}}(65534) || '1') AS row_key
    FROM calls WHERE deleted_at IS NULL AND COALESCE(name_fold, name) <> '') AS lines) AS numbered
GROUP BY tenant_id, block;

INSERT INTO text_blocks (tenant_id, kind, id, sign, line_count, texts, row_keys)
SELECT tenant_id, 'customerName', row_number() OVER (ORDER BY tenant_id, block), 1, COUNT(*), string_agg(line, {{.Char}}(10)),
  string_agg(row_key, {{.Char}}(10))
FROM (SELECT tenant_id, line, row_key,
    SUM(octet_length(line) + octet_length(row_key) + 2) OVER (PARTITION BY tenant_id ORDER BY id) / 7000 AS block
  FROM (SELECT tenant_id, id, replace(COALESCE(name_fold, name), {{.Char}}(10), {{.Char}}(65535)) AS line,
      CAST(id AS TEXT) AS row_key
    FROM customer_persons WHERE COALESCE(name_fold, name) <> '') AS lines) AS numbered
GROUP BY tenant_id, block;

INSERT INTO text_blocks (tenant_id, kind, id, sign, line_count, texts, row_keys)
SELECT tenant_id, 'calledNumber', row_number() OVER (ORDER BY tenant_id, block), 1, COUNT(*), string_agg(line, {{.Char}}(10)),
  string_agg(row_key, {{.Char}}(10))
FROM (SELECT tenant_id, line, row_key,
    SUM(octet_length(line) + octet_length(row_key) + 2) OVER (PARTITION BY tenant_id ORDER BY id) / 7000 AS block
  FROM (SELECT tenant_id, id, replace(COALESCE(called_phone_number_fold, called_phone_number), {{.Char}}(10), {{.Char}}(65535)) AS line,
      CAST(id AS TEXT) AS row_key
    FROM call_records WHERE COALESCE(called_phone_number_fold, called_phone_number) <> '') AS lines) AS numbered
GROUP BY tenant_id, block;

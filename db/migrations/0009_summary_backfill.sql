-- Counts what summaries count, anew, for all tenants. It reads every call and record, which takes
-- minutes for millions of them; writes wait meanwhile. Recount runs it, too.

{{if .IsPostgres}}LOCK TABLE calls, call_tags, call_records, summary_counts, summary_deltas IN SHARE ROW EXCLUSIVE MODE{{end}};

DELETE FROM summary_deltas;

DELETE FROM summary_counts;

INSERT INTO summary_counts (tenant_id, kind, value, row_count)
SELECT tenant_id, 'callType', call_type, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND call_type IS NOT NULL GROUP BY tenant_id, call_type
UNION ALL SELECT tenant_id, 'outgoingStatus', outgoing_call_status, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND outgoing_call_status IS NOT NULL GROUP BY tenant_id, outgoing_call_status
UNION ALL SELECT tenant_id, 'callStatus', status, COUNT(*) FROM (SELECT tenant_id,
    CASE WHEN call_type = 'MISSED' THEN 'MISSED'
    WHEN outgoing_call_status IN ('SCHEDULED', 'CANCELLED') THEN outgoing_call_status
    WHEN call_type = 'INBOUND' THEN 'RECEIVED'
    WHEN call_type = 'OUTBOUND' AND call_duration_in_seconds > 0 THEN 'ATTENDED_DIALLED'
    WHEN call_type = 'OUTBOUND' THEN 'UNATTENDED_DIALLED' END AS status
  FROM calls WHERE deleted_at IS NULL) AS live
WHERE status IS NOT NULL GROUP BY tenant_id, status
UNION ALL SELECT tenant_id, 'callPurpose', call_purpose, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND call_purpose IS NOT NULL GROUP BY tenant_id, call_purpose
UNION ALL SELECT tenant_id, 'callResult', call_result, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND call_result IS NOT NULL GROUP BY tenant_id, call_result
UNION ALL SELECT tenant_id, 'reminder', reminder, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND reminder IS NOT NULL GROUP BY tenant_id, reminder
UNION ALL SELECT tenant_id, 'ownerType', owner_type, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND owner_type IS NOT NULL GROUP BY tenant_id, owner_type
UNION ALL SELECT tenant_id, 'ownerSubtype', owner_subtype, COUNT(*) FROM calls
WHERE deleted_at IS NULL AND owner_subtype IS NOT NULL GROUP BY tenant_id, owner_subtype
UNION ALL SELECT call_tags.tenant_id, 'callTag', call_tags.tag, COUNT(*) FROM call_tags
JOIN calls ON calls.tenant_id = call_tags.tenant_id AND calls.id = call_tags.call_id
WHERE calls.deleted_at IS NULL GROUP BY call_tags.tenant_id, call_tags.tag;

INSERT INTO summary_counts (tenant_id, kind, value, row_count)
SELECT tenant_id, 'groupOfJob', job || '|' || record_group, COUNT(*) FROM (SELECT tenant_id,
    COALESCE(CAST(robot_call_job_id AS TEXT), '') AS job,
    COALESCE(result_status, '') || '|' || COALESCE(intent_level, '') || '|' || COALESCE(real_intent_level, '') || '|' ||
    CASE WHEN chat_round >= 10 THEN '10' WHEN chat_round >= 6 THEN '6' WHEN chat_round >= 3 THEN '3'
      WHEN chat_round >= 0 THEN '0' ELSE '' END AS record_group
  FROM call_records) AS grouped
GROUP BY tenant_id, job, record_group
UNION ALL SELECT tenant_id, 'dayOfJob', job || '|' || record_day, COUNT(*) FROM (SELECT tenant_id,
    COALESCE(CAST(robot_call_job_id AS TEXT), '') AS job,
    {{if .IsPostgres}}to_char(start_time AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')
    {{else}}callbook_local_date(start_time, 'Asia/Shanghai'){{end}} ||
    CASE WHEN result_status = 'ANSWERED' THEN '|ANSWERED' ELSE '|' END AS record_day
  FROM call_records WHERE start_time >= '1992-01-01 00:00:00+00:00' AND start_time <= '9999-12-30 00:00:00+00:00') AS dated
GROUP BY tenant_id, job, record_day
UNION ALL SELECT tenant_id, 'resultStatus', result_status, COUNT(*) FROM call_records
WHERE result_status IS NOT NULL GROUP BY tenant_id, result_status
UNION ALL SELECT tenant_id, 'intentLevel', intent_level, COUNT(*) FROM call_records
WHERE intent_level IS NOT NULL GROUP BY tenant_id, intent_level
UNION ALL SELECT tenant_id, 'realIntentLevel', real_intent_level, COUNT(*) FROM call_records
WHERE real_intent_level IS NOT NULL GROUP BY tenant_id, real_intent_level
UNION ALL SELECT tenant_id, 'readStatus', read_status, COUNT(*) FROM call_records GROUP BY tenant_id, read_status
UNION ALL SELECT tenant_id, 'concern', concern, COUNT(*) FROM (SELECT DISTINCT call_records.tenant_id, call_records.id,
    element.value AS concern
  FROM call_records, {{if .IsPostgres}}jsonb_array_elements_text(customer_concern) AS element(value)
  {{else}}json_each(call_records.customer_concern) AS element{{end}}) AS concerns
GROUP BY tenant_id, concern;

INSERT INTO summary_counts (tenant_id, kind, value, row_count)
SELECT tenant_id, CASE kind WHEN 'groupOfJob' THEN 'recordGroup' ELSE 'recordDay' END,
  {{if .IsPostgres}}substr(value, strpos(value, '|') + 1){{else}}substr(value, instr(value, '|') + 1){{end}} AS rest,
  SUM(row_count)
FROM summary_counts WHERE kind IN ('groupOfJob', 'dayOfJob') GROUP BY 1, 2, 3;

-- Which record of a long exchange one is, and what those before it say, as JSON.
ALTER TABLE usage_record ADD COLUMN part text;

DROP VIEW usage_task;

CREATE VIEW usage_task AS
SELECT tenant_id, id, charge_key, node_id, credential_id, user_id, session_id, service_id, method,
  tool, client_era, upstream_era, outcome, started_at_ms, ended_at_ms, duration_ms, upstream_ms,
  bytes_in, bytes_out, events, upstream_called, grant_id, actor, task, attributes, quantities,
  holds, part
FROM usage_record WHERE outcome = 'task';

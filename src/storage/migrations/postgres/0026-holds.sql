-- What a call may cost of credit and budgets, as JSON, and what is kept of that for records to come.
ALTER TABLE usage_record ADD COLUMN holds text;

DROP VIEW usage_task;

CREATE VIEW usage_task AS
SELECT tenant_id, id, charge_key, node_id, credential_id, user_id, session_id, service_id, method,
  tool, client_era, upstream_era, outcome, started_at_ms, ended_at_ms, duration_ms, upstream_ms,
  bytes_in, bytes_out, events, upstream_called, grant_id, actor, task, attributes, quantities, holds
FROM usage_record WHERE outcome = 'task';

-- What calls that became tasks hold until the tasks end.
CREATE TABLE task_hold (
  tenant_id text COLLATE "C" NOT NULL,
  charge_key text COLLATE "C" NOT NULL,
  holds text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
);

CREATE INDEX task_hold_time ON task_hold (at_ms);

-- Charge keys that budgets in calls have counted, where several records may have the same.
CREATE TABLE counted_call (
  tenant_id text COLLATE "C" NOT NULL,
  charge_key text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
);

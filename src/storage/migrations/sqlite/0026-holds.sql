-- What a call may cost of credit and budgets, as JSON, and what is kept of that for records to come.
ALTER TABLE usage_fact ADD COLUMN holds TEXT;

DROP VIEW usage_record;
DROP VIEW usage_task;

-- Joined in this order: a page of a tenant's records reads that page and its origins, no more.
CREATE VIEW usage_record AS
SELECT usage_tenant.tenant_id, usage_fact.id,
  coalesce(usage_fact.charge_key, usage_fact.id) AS charge_key, usage_origin.node_id,
  usage_origin.credential_id, usage_origin.user_id, usage_origin.session_id,
  usage_origin.service_id, usage_origin.method, usage_origin.tool, usage_origin.client_era,
  usage_origin.upstream_era, usage_fact.outcome, usage_fact.started_at_ms, usage_fact.ended_at_ms,
  usage_fact.duration_ms, usage_fact.upstream_ms, usage_fact.bytes_in, usage_fact.bytes_out,
  usage_fact.events, usage_fact.upstream_called, usage_origin.grant_id, usage_origin.actor,
  usage_fact.task, usage_fact.attributes, usage_fact.quantities, usage_fact.block,
  usage_fact.holds
FROM usage_tenant
CROSS JOIN usage_fact ON usage_fact.tenant = usage_tenant.number
CROSS JOIN usage_origin ON usage_origin.number = usage_fact.origin;

-- The calls that became tasks: by the index that holds no others, whatever the planner would like.
CREATE VIEW usage_task AS
SELECT usage_tenant.tenant_id, usage_fact.id,
  coalesce(usage_fact.charge_key, usage_fact.id) AS charge_key, usage_origin.node_id,
  usage_origin.credential_id, usage_origin.user_id, usage_origin.session_id,
  usage_origin.service_id, usage_origin.method, usage_origin.tool, usage_origin.client_era,
  usage_origin.upstream_era, usage_fact.outcome, usage_fact.started_at_ms, usage_fact.ended_at_ms,
  usage_fact.duration_ms, usage_fact.upstream_ms, usage_fact.bytes_in, usage_fact.bytes_out,
  usage_fact.events, usage_fact.upstream_called, usage_origin.grant_id, usage_origin.actor,
  usage_fact.task, usage_fact.attributes, usage_fact.quantities, usage_fact.holds
FROM usage_tenant
CROSS JOIN usage_fact INDEXED BY usage_fact_task ON usage_fact.tenant = usage_tenant.number
CROSS JOIN usage_origin ON usage_origin.number = usage_fact.origin
WHERE usage_fact.outcome = 'task';

-- What calls that became tasks hold until the tasks end.
CREATE TABLE task_hold (
  tenant_id TEXT NOT NULL,
  charge_key TEXT NOT NULL,
  holds TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_hold_time ON task_hold (at_ms);

-- Charge keys that budgets in calls have counted, where several records may have the same.
CREATE TABLE counted_call (
  tenant_id TEXT NOT NULL,
  charge_key TEXT NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
) STRICT, WITHOUT ROWID;

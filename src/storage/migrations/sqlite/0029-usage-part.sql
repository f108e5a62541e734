-- Which record of a long exchange one is, and what those before it say, as JSON.
ALTER TABLE usage_fact ADD COLUMN part TEXT;

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
  usage_fact.holds, usage_fact.part
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
  usage_fact.task, usage_fact.attributes, usage_fact.quantities, usage_fact.holds, usage_fact.part
FROM usage_tenant
CROSS JOIN usage_fact INDEXED BY usage_fact_task ON usage_fact.tenant = usage_tenant.number
CROSS JOIN usage_origin ON usage_origin.number = usage_fact.origin
WHERE usage_fact.outcome = 'task';

-- What a key is limited to: a JSON array of permissions, NULL for all of its user's; and a JSON
-- array of access layers, empty for everything.
ALTER TABLE api_key ADD COLUMN scopes TEXT;
ALTER TABLE api_key ADD COLUMN access TEXT NOT NULL DEFAULT '[]';

-- The grant behind a credential, what acted for its user, and the task that a call became.
ALTER TABLE usage_origin ADD COLUMN grant_id TEXT;
ALTER TABLE usage_origin ADD COLUMN actor TEXT;
ALTER TABLE usage_fact ADD COLUMN task TEXT;

-- Finds the calls that became tasks without reading the others.
CREATE INDEX usage_fact_task ON usage_fact (tenant, id) WHERE outcome = 'task';

DROP VIEW usage_record;

-- Joined in this order: a page of a tenant's records reads that page and its origins, no more.
CREATE VIEW usage_record AS
SELECT usage_tenant.tenant_id, usage_fact.id,
  coalesce(usage_fact.charge_key, usage_fact.id) AS charge_key, usage_origin.node_id,
  usage_origin.credential_id, usage_origin.user_id, usage_origin.session_id,
  usage_origin.service_id, usage_origin.method, usage_origin.tool, usage_origin.client_era,
  usage_origin.upstream_era, usage_fact.outcome, usage_fact.started_at_ms, usage_fact.ended_at_ms,
  usage_fact.duration_ms, usage_fact.upstream_ms, usage_fact.bytes_in, usage_fact.bytes_out,
  usage_fact.events, usage_fact.upstream_called, usage_origin.grant_id, usage_origin.actor,
  usage_fact.task
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
  usage_fact.task
FROM usage_tenant
CROSS JOIN usage_fact INDEXED BY usage_fact_task ON usage_fact.tenant = usage_tenant.number
CROSS JOIN usage_origin ON usage_origin.number = usage_fact.origin
WHERE usage_fact.outcome = 'task';

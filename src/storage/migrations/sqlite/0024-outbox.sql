-- Where a tenant wants to be told of events. Its secrets are vault items of the owner 'webhook'.
CREATE TABLE webhook_endpoint (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  topics TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  previous_until_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Events that somebody wants to be told of, written in the same transaction as what they tell of.
CREATE TABLE outbox (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  topic TEXT NOT NULL,
  body TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- An event on its way to an endpoint.
CREATE TABLE webhook_delivery (
  tenant_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
  attempts INTEGER NOT NULL,
  next_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER,
  last_status INTEGER,
  last_problem TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id, event_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id),
  FOREIGN KEY (tenant_id, event_id) REFERENCES outbox (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, endpoint_id, state, next_at_ms);
CREATE INDEX webhook_delivery_event ON webhook_delivery (tenant_id, event_id);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (state, last_at_ms);

-- For what a tenant spent lately.
CREATE INDEX charge_spend ON charge (tenant_id, at_ms);

-- How many transactions have written charges of a tenant, and in which one each charge was written:
-- the row is locked until they commit, so their order is the order in which charges can be read.
CREATE TABLE charge_head (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  block INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE charge ADD COLUMN block INTEGER NOT NULL DEFAULT 0;

CREATE INDEX charge_block ON charge (tenant_id, block, gate_key, rule_id, seq);

-- Where charges of a tenant are sent. Its credential is a vault item of the owner 'exporter'. Places
-- among the charges are JSON: the last one that was acknowledged, and while a batch is on its way,
-- the last one of it and since when it may have arrived.
CREATE TABLE billing_exporter (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  acknowledged TEXT NOT NULL,
  sending TEXT,
  sending_since_ms INTEGER,
  exported INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  next_at_ms INTEGER NOT NULL,
  last_problem TEXT,
  last_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- Charges that an exporter could not bring where they belong.
CREATE TABLE billing_export_refused (
  tenant_id TEXT NOT NULL,
  exporter_id TEXT NOT NULL,
  gate_key TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, exporter_id, gate_key, rule_id, seq),
  FOREIGN KEY (tenant_id, exporter_id) REFERENCES billing_exporter (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Where a tenant wants to be told of events. Its secrets are vault items of the owner 'webhook'.
CREATE TABLE webhook_endpoint (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  url text NOT NULL,
  description text NOT NULL,
  topics text NOT NULL,
  enabled bigint NOT NULL,
  previous_until_ms bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Events that somebody wants to be told of, written in the same transaction as what they tell of.
CREATE TABLE outbox (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  topic text NOT NULL,
  body text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- An event on its way to an endpoint.
CREATE TABLE webhook_delivery (
  tenant_id text COLLATE "C" NOT NULL,
  endpoint_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  topic text NOT NULL,
  state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
  attempts bigint NOT NULL,
  next_at_ms bigint NOT NULL,
  last_at_ms bigint,
  last_status bigint,
  last_problem text,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, endpoint_id, event_id),
  FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id),
  FOREIGN KEY (tenant_id, event_id) REFERENCES outbox (tenant_id, id)
);

CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, endpoint_id, state, next_at_ms);
CREATE INDEX webhook_delivery_event ON webhook_delivery (tenant_id, event_id);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (state, last_at_ms);

-- For what a tenant spent lately.
CREATE INDEX charge_spend ON charge (tenant_id, at_ms);

-- How many transactions have written charges of a tenant, and in which one each charge was written:
-- the row is locked until they commit, so their order is the order in which charges can be read.
CREATE TABLE charge_head (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY,
  block bigint NOT NULL
);

ALTER TABLE charge ADD COLUMN block bigint NOT NULL DEFAULT 0;

CREATE INDEX charge_block ON charge (tenant_id, block, gate_key, rule_id, seq);

-- Where charges of a tenant are sent. Its credential is a vault item of the owner 'exporter'. Places
-- among the charges are JSON: the last one that was acknowledged, and while a batch is on its way,
-- the last one of it and since when it may have arrived.
CREATE TABLE billing_exporter (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  settings text NOT NULL,
  enabled bigint NOT NULL,
  acknowledged text NOT NULL,
  sending text,
  sending_since_ms bigint,
  exported bigint NOT NULL,
  skipped bigint NOT NULL,
  failures bigint NOT NULL,
  next_at_ms bigint NOT NULL,
  last_problem text,
  last_at_ms bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

-- Charges that an exporter could not bring where they belong.
CREATE TABLE billing_export_refused (
  tenant_id text COLLATE "C" NOT NULL,
  exporter_id text COLLATE "C" NOT NULL,
  gate_key text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  event_id text NOT NULL,
  reason text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, exporter_id, gate_key, rule_id, seq),
  FOREIGN KEY (tenant_id, exporter_id) REFERENCES billing_exporter (tenant_id, id)
);

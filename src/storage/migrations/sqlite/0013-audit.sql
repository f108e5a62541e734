-- What happened and who did it: one chain of events a tenant, each event hashed with the one before.
CREATE TABLE audit_event (
  tenant_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  subject TEXT,
  actor TEXT,
  grant_id TEXT,
  credential_id TEXT,
  target TEXT,
  rule TEXT,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq),
  UNIQUE (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Where a tenant's chain ends: whoever adds to it holds this row.
CREATE TABLE audit_head (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where a chain begins whose old events were let go: the last of those, and its hash.
CREATE TABLE audit_cut (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_event_is_not_updated BEFORE UPDATE ON audit_event
BEGIN
  SELECT RAISE(ABORT, 'audit events are immutable');
END;

CREATE TRIGGER audit_event_is_deleted_behind_the_cut BEFORE DELETE ON audit_event
WHEN NOT EXISTS (SELECT 1 FROM audit_cut
  WHERE audit_cut.tenant_id = OLD.tenant_id AND audit_cut.seq >= OLD.seq)
BEGIN
  SELECT RAISE(ABORT, 'audit events are immutable');
END;

-- OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_event_is_not_replaced BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event
  WHERE tenant_id = NEW.tenant_id AND (seq = NEW.seq OR id = NEW.id))
BEGIN
  SELECT RAISE(ABORT, 'audit events are immutable');
END;

-- The batch in which a usage record came, which an event of its tenant's chain seals; 0 for records
-- that are older than the chain.
ALTER TABLE usage_fact ADD COLUMN block INTEGER NOT NULL DEFAULT 0;

-- The number of the last batch.
CREATE TABLE usage_block (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last INTEGER NOT NULL
) STRICT;

INSERT INTO usage_block (one, last) VALUES (1, 0);

-- Which batch each record came in.
CREATE VIEW usage_batch AS
SELECT usage_tenant.tenant_id, usage_fact.id, usage_fact.block
FROM usage_tenant
CROSS JOIN usage_fact ON usage_fact.tenant = usage_tenant.number;

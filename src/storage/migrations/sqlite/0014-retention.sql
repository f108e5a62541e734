-- How many days a tenant keeps what; NULL for ever.
CREATE TABLE retention (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  usage_days INTEGER,
  audit_days INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last batch of usage records that was let go, the largest id that goes with it, and the last
-- event of those that sealed them.
CREATE TABLE usage_cut (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  block INTEGER NOT NULL,
  last_id TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

DROP TRIGGER usage_fact_is_not_deleted;

CREATE TRIGGER usage_fact_is_deleted_behind_the_cut BEFORE DELETE ON usage_fact
WHEN NOT EXISTS (SELECT 1 FROM usage_cut
  JOIN usage_tenant ON usage_tenant.tenant_id = usage_cut.tenant_id
  WHERE usage_tenant.number = OLD.tenant AND usage_cut.block >= OLD.block
    AND usage_cut.last_id >= OLD.id)
BEGIN
  SELECT RAISE(ABORT, 'usage records are immutable');
END;

-- So that one statement deletes records on both engines.
CREATE TRIGGER usage_batch_is_deleted INSTEAD OF DELETE ON usage_batch
BEGIN
  DELETE FROM usage_fact WHERE id = OLD.id
    AND tenant = (SELECT number FROM usage_tenant WHERE tenant_id = OLD.tenant_id);
END;

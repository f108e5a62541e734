-- What happened and who did it: one chain of events a tenant, each event hashed with the one before.
CREATE TABLE audit_event (
  tenant_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  node_id text NOT NULL,
  kind text NOT NULL,
  action text NOT NULL,
  outcome text NOT NULL,
  subject text,
  actor text,
  grant_id text,
  credential_id text,
  target text,
  rule text,
  detail text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (tenant_id, seq),
  UNIQUE (tenant_id, id)
);

-- Where a tenant's chain ends: whoever adds to it holds this row.
CREATE TABLE audit_head (
  tenant_id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  hash text NOT NULL
);

-- Where a chain begins whose old events were let go: the last of those, and its hash.
CREATE TABLE audit_cut (
  tenant_id text COLLATE "C" PRIMARY KEY,
  seq bigint NOT NULL,
  hash text NOT NULL
);

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM audit_cut
      WHERE audit_cut.tenant_id = OLD.tenant_id AND audit_cut.seq >= OLD.seq) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'audit events are immutable';
END $$;

CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE OR DELETE ON audit_event
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit();

CREATE TRIGGER audit_event_is_not_emptied BEFORE TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

-- The batch in which a usage record came, which an event of its tenant's chain seals; 0 for records
-- that are older than the chain.
ALTER TABLE usage_record ADD COLUMN block bigint NOT NULL DEFAULT 0;

-- The number of the last batch.
CREATE SEQUENCE usage_block;

-- Which batch each record came in.
CREATE VIEW usage_batch AS SELECT tenant_id, id, block FROM usage_record;

-- How many days a tenant keeps what; NULL for ever.
CREATE TABLE retention (
  tenant_id text COLLATE "C" PRIMARY KEY,
  usage_days bigint,
  audit_days bigint,
  version bigint NOT NULL
);

-- The last batch of usage records that was let go, the largest id that goes with it, and the last
-- event of those that sealed them.
CREATE TABLE usage_cut (
  tenant_id text COLLATE "C" PRIMARY KEY,
  block bigint NOT NULL,
  last_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL
);

CREATE OR REPLACE FUNCTION refuse_change_of_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM usage_cut WHERE usage_cut.tenant_id = OLD.tenant_id
      AND usage_cut.block >= OLD.block AND usage_cut.last_id >= OLD.id) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'usage records are immutable';
END $$;

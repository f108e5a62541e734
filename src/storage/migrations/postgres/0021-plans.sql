-- Price lists; they belong to the operator, not to a tenant.
CREATE TABLE plan (
  id text COLLATE "C" PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  description text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL
);

-- The terms of a plan, numbered; `terms` is a JSON object whose amounts are text.
CREATE TABLE plan_version (
  id text COLLATE "C" PRIMARY KEY,
  plan_id text COLLATE "C" NOT NULL REFERENCES plan (id),
  number bigint NOT NULL,
  status text NOT NULL,
  terms text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  published_at_ms bigint,
  version bigint NOT NULL,
  UNIQUE (plan_id, number)
);

CREATE FUNCTION refuse_change_of_plan_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'published versions are immutable';
END $$;

CREATE TRIGGER plan_version_is_not_changed BEFORE UPDATE OR DELETE ON plan_version
FOR EACH ROW WHEN (OLD.status = 'published') EXECUTE FUNCTION refuse_change_of_plan_version();

CREATE TRIGGER plan_version_is_not_emptied BEFORE TRUNCATE ON plan_version
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_plan_version();

-- Which version a tenant is on, from when until when; at most one at any moment.
CREATE TABLE subscription (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  plan_version_id text COLLATE "C" NOT NULL REFERENCES plan_version (id),
  starts_at_ms bigint NOT NULL,
  ends_at_ms bigint,
  anchor_ms bigint NOT NULL,
  time_zone text NOT NULL,
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (ends_at_ms IS NULL OR ends_at_ms > starts_at_ms)
);

CREATE INDEX subscription_start ON subscription (tenant_id, starts_at_ms);
CREATE INDEX subscription_plan_version ON subscription (plan_version_id);

-- What was charged in a time.
CREATE INDEX charge_moment ON charge (tenant_id, at_ms);

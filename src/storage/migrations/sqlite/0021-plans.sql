-- Price lists; they belong to the operator, not to a tenant.
CREATE TABLE plan (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The terms of a plan, numbered; `terms` is a JSON object whose amounts are text.
CREATE TABLE plan_version (
  id TEXT PRIMARY KEY NOT NULL,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  number INTEGER NOT NULL,
  status TEXT NOT NULL,
  terms TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  published_at_ms INTEGER,
  version INTEGER NOT NULL,
  UNIQUE (plan_id, number)
) STRICT;

CREATE TRIGGER plan_version_is_not_changed BEFORE UPDATE ON plan_version
WHEN OLD.status = 'published'
BEGIN
  SELECT RAISE(ABORT, 'published versions are immutable');
END;

CREATE TRIGGER plan_version_is_not_deleted BEFORE DELETE ON plan_version
WHEN OLD.status = 'published'
BEGIN
  SELECT RAISE(ABORT, 'published versions are immutable');
END;

-- OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER plan_version_is_not_replaced BEFORE INSERT ON plan_version
WHEN EXISTS (SELECT 1 FROM plan_version WHERE status = 'published'
  AND (id = NEW.id OR (plan_id = NEW.plan_id AND number = NEW.number)))
BEGIN
  SELECT RAISE(ABORT, 'published versions are immutable');
END;

-- Which version a tenant is on, from when until when; at most one at any moment.
CREATE TABLE subscription (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  plan_version_id TEXT NOT NULL REFERENCES plan_version (id),
  starts_at_ms INTEGER NOT NULL,
  ends_at_ms INTEGER,
  anchor_ms INTEGER NOT NULL,
  time_zone TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (ends_at_ms IS NULL OR ends_at_ms > starts_at_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_start ON subscription (tenant_id, starts_at_ms);
CREATE INDEX subscription_plan_version ON subscription (plan_version_id);

-- What was charged in a time.
CREATE INDEX charge_moment ON charge (tenant_id, at_ms);

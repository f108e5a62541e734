-- What a tenant records of its calls for a while, to find a fault: JSON arrays of patterns, NULL for
-- all, and the share of calls.
CREATE TABLE capture_setting (
  tenant_id TEXT PRIMARY KEY NOT NULL REFERENCES tenant (id),
  services TEXT,
  tools TEXT,
  sample_rate REAL NOT NULL,
  until_ms INTEGER NOT NULL,
  keep_hours INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One captured call. What was said is the vault item of the owner 'capture' under the same id.
CREATE TABLE capture (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  service_slug TEXT NOT NULL,
  method TEXT NOT NULL,
  tool TEXT,
  outcome TEXT NOT NULL,
  work_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX capture_expiry ON capture (expires_at_ms);

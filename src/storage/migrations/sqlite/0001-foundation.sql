-- Times are epoch milliseconds, booleans 0 or 1, JSON is text.

CREATE TABLE tenant (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account_user (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
  password_hash TEXT,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES account_user (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE service (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  slug TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  config TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_alias (
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tool', 'prompt')),
  public_name TEXT NOT NULL,
  service_id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind, public_name),
  UNIQUE (tenant_id, service_id, kind, name),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- No foreign key: a service's secrets may be stored before the service itself.
CREATE TABLE service_secret (
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (tenant_id, service_id, name)
) STRICT, WITHOUT ROWID;

-- Ids sort by time, so this key alone lists a tenant's records in order; a second index would
-- double what an insert costs. No foreign keys: a fact is kept whatever became of its subjects.
CREATE TABLE usage_record (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  charge_key TEXT NOT NULL,
  node_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  session_id TEXT,
  service_id TEXT,
  method TEXT NOT NULL,
  tool TEXT,
  client_era TEXT NOT NULL,
  upstream_era TEXT,
  outcome TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  upstream_ms REAL NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  events INTEGER NOT NULL,
  upstream_called INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER usage_record_is_not_updated BEFORE UPDATE ON usage_record
BEGIN
  SELECT RAISE(ABORT, 'usage records are immutable');
END;

CREATE TRIGGER usage_record_is_not_deleted BEFORE DELETE ON usage_record
BEGIN
  SELECT RAISE(ABORT, 'usage records are immutable');
END;

-- Kept in the same transaction as the records, so that reading the sums scans nothing.
CREATE TABLE usage_total (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  records INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The database's clock in epoch milliseconds: what instances compare must not depend on theirs.
CREATE VIEW database_clock AS SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now_ms;

-- How often a tenant's rows of a domain have changed; counted in the transaction of the change.
CREATE TABLE domain_version (
  domain TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (domain, tenant_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX domain_version_changed ON domain_version (changed_at_ms);

-- Who runs which job; the number grows with every holder.
CREATE TABLE job_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  number INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  ran_at_ms INTEGER,
  ran_by TEXT
) STRICT, WITHOUT ROWID;

-- The keys that the data was made with. A secret is here only when the ring is kept here.
CREATE TABLE ring_key (
  id TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  secret TEXT,
  rank INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX managed_session_expiry ON managed_session (expires_at_ms);

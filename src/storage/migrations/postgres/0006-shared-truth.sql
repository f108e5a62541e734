-- The database's clock in epoch milliseconds: what instances compare must not depend on theirs.
CREATE VIEW database_clock AS
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms;

-- How often a tenant's rows of a domain have changed; counted in the transaction of the change.
CREATE TABLE domain_version (
  domain text COLLATE "C" NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  changed_at_ms bigint NOT NULL,
  PRIMARY KEY (domain, tenant_id)
);

CREATE INDEX domain_version_changed ON domain_version (changed_at_ms);

-- Who runs which job; the number grows with every holder.
CREATE TABLE job_lease (
  name text COLLATE "C" PRIMARY KEY,
  holder text NOT NULL,
  number bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  ran_at_ms bigint,
  ran_by text
);

-- The keys that the data was made with. A secret is here only when the ring is kept here.
CREATE TABLE ring_key (
  id text COLLATE "C" PRIMARY KEY,
  fingerprint text NOT NULL,
  secret text,
  rank bigint NOT NULL,
  created_at_ms bigint NOT NULL
);

CREATE INDEX managed_session_expiry ON managed_session (expires_at_ms);

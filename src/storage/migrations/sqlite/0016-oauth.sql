-- What the authorization server keeps between the steps of a flow: codes, browser sessions and the
-- questions that are put to a person. Ids and payloads cannot be read from here.
CREATE TABLE oauth_artifact (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  grant_id TEXT,
  uid_hash TEXT,
  sealed TEXT NOT NULL,
  consumed_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_artifact_grant ON oauth_artifact (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_artifact_uid ON oauth_artifact (uid_hash) WHERE uid_hash IS NOT NULL;
CREATE INDEX oauth_artifact_expires ON oauth_artifact (expires_at_ms);

-- Clients that a tenant registered (of that tenant alone), and those that registered themselves.
-- `sealed` is their metadata (RFC 7591), with their secret when they have one.
CREATE TABLE oauth_client (
  id TEXT PRIMARY KEY,
  tenant_id TEXT REFERENCES tenant (id),
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  address_hash TEXT,
  created_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER
) STRICT;

CREATE INDEX oauth_client_tenant ON oauth_client (tenant_id, created_at_ms);

-- Finds what a person granted to a client, and what was granted to a client in a tenant.
CREATE INDEX access_grant_client ON access_grant (client_id, user_id) WHERE client_id IS NOT NULL;

-- Which user a subject of another authorization server is.
CREATE TABLE identity_link (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  user_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

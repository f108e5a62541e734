-- What the authorization server keeps between the steps of a flow: codes, browser sessions and the
-- questions that are put to a person. Ids and payloads cannot be read from here.
CREATE TABLE oauth_artifact (
  kind text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  grant_id text COLLATE "C",
  uid_hash text COLLATE "C",
  sealed text NOT NULL,
  consumed_at_ms bigint,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (kind, hash)
);

CREATE INDEX oauth_artifact_grant ON oauth_artifact (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_artifact_uid ON oauth_artifact (uid_hash) WHERE uid_hash IS NOT NULL;
CREATE INDEX oauth_artifact_expires ON oauth_artifact (expires_at_ms);

-- Clients that a tenant registered (of that tenant alone), and those that registered themselves.
-- `sealed` is their metadata (RFC 7591), with their secret when they have one.
CREATE TABLE oauth_client (
  id text COLLATE "C" PRIMARY KEY,
  tenant_id text COLLATE "C" REFERENCES tenant (id),
  name text NOT NULL,
  sealed text NOT NULL,
  address_hash text COLLATE "C",
  created_at_ms bigint NOT NULL,
  used_at_ms bigint
);

CREATE INDEX oauth_client_tenant ON oauth_client (tenant_id, created_at_ms);

-- Finds what a person granted to a client, and what was granted to a client in a tenant.
CREATE INDEX access_grant_client ON access_grant (client_id, user_id) WHERE client_id IS NOT NULL;

-- Which user a subject of another authorization server is.
CREATE TABLE identity_link (
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  user_id text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (issuer, subject)
);

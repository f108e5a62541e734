-- The data keys of the tenants, wrapped by a key-encryption key; the highest number seals.
CREATE TABLE vault_key (
  tenant_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  wrapped TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

-- What the vault keeps: secrets of services (owner 'service'), tokens of users (owner: the user),
-- the gateway's own registrations at authorization servers (owner 'client').
-- No foreign key: a service's secrets may be stored before the service itself.
CREATE TABLE vault_item (
  tenant_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  service_id TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (tenant_id, owner, service_id, name)
) STRICT, WITHOUT ROWID;

-- Sealed with the key ring itself; a gateway seals them anew at its next start.
INSERT INTO vault_item (tenant_id, owner, service_id, name, sealed)
SELECT tenant_id, 'service', service_id, name, sealed FROM service_secret;

DROP TABLE service_secret;

-- A user's account at a service. Its tokens are the vault item of its owner and service.
CREATE TABLE connection (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  issuer TEXT NOT NULL,
  resource TEXT NOT NULL,
  scopes TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'expired')),
  expires_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  refreshed_by TEXT,
  refresh_until_ms INTEGER,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, user_id, service_id)
) STRICT, WITHOUT ROWID;

-- One way to the authorization server and back; the address holds what is hashed here.
CREATE TABLE connect_state (
  hash TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  step TEXT NOT NULL CHECK (step IN ('page', 'callback')),
  sealed TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX connect_state_user ON connect_state (tenant_id, user_id, created_at_ms);
CREATE INDEX connect_state_expiry ON connect_state (expires_at_ms);

-- The data keys of the tenants, wrapped by a key-encryption key; the highest number seals.
CREATE TABLE vault_key (
  tenant_id text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  wrapped text NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, number)
);

-- What the vault keeps: secrets of services (owner 'service'), tokens of users (owner: the user),
-- the gateway's own registrations at authorization servers (owner 'client').
-- No foreign key: a service's secrets may be stored before the service itself.
CREATE TABLE vault_item (
  tenant_id text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  sealed text NOT NULL,
  PRIMARY KEY (tenant_id, owner, service_id, name)
);

-- Sealed with the key ring itself; a gateway seals them anew at its next start.
INSERT INTO vault_item (tenant_id, owner, service_id, name, sealed)
SELECT tenant_id, 'service', service_id, name, sealed FROM service_secret;

DROP TABLE service_secret;

-- A user's account at a service. Its tokens are the vault item of its owner and service.
CREATE TABLE connection (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  issuer text NOT NULL,
  resource text NOT NULL,
  scopes text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'expired')),
  expires_at_ms bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  refreshed_by text,
  refresh_until_ms bigint,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, user_id, service_id)
);

-- One way to the authorization server and back; the address holds what is hashed here.
CREATE TABLE connect_state (
  hash text COLLATE "C" NOT NULL PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  grant_id text NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  step text NOT NULL CHECK (step IN ('page', 'callback')),
  sealed text NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL
);

CREATE INDEX connect_state_user ON connect_state (tenant_id, user_id, created_at_ms);
CREATE INDEX connect_state_expiry ON connect_state (expires_at_ms);

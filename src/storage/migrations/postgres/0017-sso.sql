-- Providers at which the people of a tenant sign in (OpenID Connect). `domains_verified` is the
-- operator's word; `settings` is what a login makes of a person.
CREATE TABLE sso_connection (
  id text COLLATE "C" NOT NULL PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  name text NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  secret_sealed text NOT NULL,
  domains text NOT NULL,
  domains_verified bigint NOT NULL,
  settings text NOT NULL,
  enabled bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL
);

CREATE INDEX sso_connection_tenant ON sso_connection (tenant_id);
CREATE INDEX sso_connection_issuer ON sso_connection (issuer);

-- Whose login a session at a provider is, so that the provider can end it by its id.
CREATE TABLE sso_login (
  hash text COLLATE "C" NOT NULL PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  expires_at_ms bigint NOT NULL
);

CREATE INDEX sso_login_expiry ON sso_login (expires_at_ms);

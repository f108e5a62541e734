-- Providers at which the people of a tenant sign in (OpenID Connect). `domains_verified` is the
-- operator's word; `settings` is what a login makes of a person.
CREATE TABLE sso_connection (
  id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret_sealed TEXT NOT NULL,
  domains TEXT NOT NULL,
  domains_verified INTEGER NOT NULL,
  settings TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sso_connection_tenant ON sso_connection (tenant_id);
CREATE INDEX sso_connection_issuer ON sso_connection (issuer);

-- Whose login a session at a provider is, so that the provider can end it by its id.
CREATE TABLE sso_login (
  hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sso_login_expiry ON sso_login (expires_at_ms);

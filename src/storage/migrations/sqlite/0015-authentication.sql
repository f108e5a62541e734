-- What a login, a browser session or an OAuth client was granted; it outlives its tokens.
CREATE TABLE access_grant (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  client_id TEXT,
  scopes TEXT,
  access TEXT NOT NULL,
  resource TEXT,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_grant_user ON access_grant (user_id);
CREATE INDEX access_grant_expiry ON access_grant (expires_at_ms);

-- Refresh tokens by hash; one that was used knows, sealed, what it was replaced by.
CREATE TABLE refresh_token (
  hash TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER,
  successor_sealed TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_token_expiry ON refresh_token (expires_at_ms);

-- Browser sessions of the console, by the hash of their cookie.
CREATE TABLE login_session (
  hash TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX login_session_user ON login_session (user_id);
CREATE INDEX login_session_expiry ON login_session (expires_at_ms);

-- The keys that access tokens are signed with; the private half is sealed with the key ring.
CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  algorithm TEXT NOT NULL,
  public_jwk TEXT NOT NULL,
  private_jwk_sealed TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  retires_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- A user's second factor; it counts once it is confirmed, and a time step is accepted once.
CREATE TABLE second_factor (
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  secret_sealed TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  confirmed_at_ms INTEGER,
  recovery_hashes TEXT NOT NULL,
  PRIMARY KEY (user_id, kind)
) STRICT, WITHOUT ROWID;

-- Links that work once: invitations and password resets.
CREATE TABLE one_time_token (
  hash TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  user_id TEXT,
  tenant_id TEXT,
  data TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_token_tenant ON one_time_token (tenant_id);
CREATE INDEX one_time_token_expiry ON one_time_token (expires_at_ms);

-- Attempts to sign in that are not known to be right, by account and by address.
CREATE TABLE sign_in_attempt (
  key TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  blocked_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_attempt_last ON sign_in_attempt (last_at_ms);

-- What a login, a browser session or an OAuth client was granted; it outlives its tokens.
CREATE TABLE access_grant (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  client_id text COLLATE "C",
  scopes text COLLATE "C",
  access text COLLATE "C" NOT NULL,
  resource text COLLATE "C",
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  revoked_at_ms bigint,
  PRIMARY KEY (tenant_id, id)
);

CREATE INDEX access_grant_user ON access_grant (user_id);
CREATE INDEX access_grant_expiry ON access_grant (expires_at_ms);

-- Refresh tokens by hash; one that was used knows, sealed, what it was replaced by.
CREATE TABLE refresh_token (
  hash text COLLATE "C" PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  grant_id text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  used_at_ms bigint,
  successor_sealed text COLLATE "C"
);

CREATE INDEX refresh_token_expiry ON refresh_token (expires_at_ms);

-- Browser sessions of the console, by the hash of their cookie.
CREATE TABLE login_session (
  hash text COLLATE "C" PRIMARY KEY,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  tenant_id text COLLATE "C" NOT NULL,
  grant_id text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  seen_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL
);

CREATE INDEX login_session_user ON login_session (user_id);
CREATE INDEX login_session_expiry ON login_session (expires_at_ms);

-- The keys that access tokens are signed with; the private half is sealed with the key ring.
CREATE TABLE signing_key (
  id text COLLATE "C" PRIMARY KEY,
  algorithm text COLLATE "C" NOT NULL,
  public_jwk text COLLATE "C" NOT NULL,
  private_jwk_sealed text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  retires_at_ms bigint
);

-- A user's second factor; it counts once it is confirmed, and a time step is accepted once.
CREATE TABLE second_factor (
  user_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  secret_sealed text COLLATE "C" NOT NULL,
  last_step bigint NOT NULL,
  confirmed_at_ms bigint,
  recovery_hashes text COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, kind)
);

-- Links that work once: invitations and password resets.
CREATE TABLE one_time_token (
  hash text COLLATE "C" PRIMARY KEY,
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",
  tenant_id text COLLATE "C",
  data text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  used_at_ms bigint
);

CREATE INDEX one_time_token_tenant ON one_time_token (tenant_id);
CREATE INDEX one_time_token_expiry ON one_time_token (expires_at_ms);

-- Attempts to sign in that are not known to be right, by account and by address.
CREATE TABLE sign_in_attempt (
  key text COLLATE "C" PRIMARY KEY,
  count bigint NOT NULL,
  last_at_ms bigint NOT NULL,
  blocked_until_ms bigint NOT NULL
);

CREATE INDEX sign_in_attempt_last ON sign_in_attempt (last_at_ms);

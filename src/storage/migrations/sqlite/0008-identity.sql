-- A person is known once, whatever tenants it is in; what it may do in one is its membership's.

ALTER TABLE tenant ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
  CHECK (status IN ('active', 'suspended'));
ALTER TABLE tenant ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tenant ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- The tenant that came first is the operator's. Said once, for an id or a time may lie.
ALTER TABLE tenant ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0 CHECK (is_operator IN (0, 1));
UPDATE tenant SET is_operator = 1 WHERE id = (SELECT min(id) FROM tenant);

CREATE TABLE account (
  id TEXT PRIMARY KEY NOT NULL,
  login TEXT NOT NULL UNIQUE,
  email TEXT UNIQUE,
  email_verified_at_ms INTEGER,
  name TEXT NOT NULL,
  password_hash TEXT,
  password_changed_at_ms INTEGER,
  status TEXT NOT NULL CHECK (status IN ('active', 'deactivated')),
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `roles` is a JSON array of names.
CREATE TABLE membership (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  user_id TEXT NOT NULL REFERENCES account (id),
  roles TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'deactivated')),
  source TEXT NOT NULL CHECK (source IN ('local', 'sso', 'scim')),
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX membership_of_user ON membership (user_id);

-- A role of the tenant's own: JSON arrays of permissions and of access rules.
CREATE TABLE role (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  access TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_group (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  external_id TEXT,
  source TEXT NOT NULL CHECK (source IN ('local', 'sso', 'scim')),
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_member (
  tenant_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, group_id, user_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES user_group (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX group_member_of_user ON group_member (tenant_id, user_id);

CREATE TABLE service_account (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  roles TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'deactivated')),
  created_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- A login is a name in small letters. Where people of two tenants share one, the tenant's name is
-- added; where that is taken too, the id.
INSERT INTO account (id, login, name, password_hash, status, created_at_ms, version)
SELECT id, CASE WHEN count(*) OVER (PARTITION BY login) = 1 THEN login ELSE login || '.' || id END,
  name, password_hash, 'active', created_at_ms, 1
FROM (
  SELECT account_user.id, account_user.name, password_hash, account_user.created_at_ms,
    CASE WHEN count(*) OVER (PARTITION BY lower(account_user.name)) = 1
      THEN lower(account_user.name)
      ELSE lower(account_user.name) || '@' || lower(tenant.name) END AS login
  FROM account_user JOIN tenant ON tenant.id = account_user.tenant_id
) AS proposed;

INSERT INTO membership (tenant_id, user_id, roles, status, source, created_at_ms, version)
SELECT tenant_id, id, CASE role WHEN 'admin' THEN '["owner"]' ELSE '["developer"]' END, 'active',
  'local', created_at_ms, 1
FROM account_user;

ALTER TABLE api_key RENAME TO api_key_before;

-- A key of a user or of a service account. No foreign key: which of the two is in `subject_kind`.
CREATE TABLE api_key (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id TEXT NOT NULL,
  name TEXT NOT NULL,
  env TEXT NOT NULL,
  prefix TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  last_used_at_ms INTEGER,
  scopes TEXT,
  access TEXT NOT NULL,
  revoked_at_ms INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_of_subject ON api_key (tenant_id, subject_id);

-- What a key's text hashes to; two of one key are good while the older one is being replaced.
CREATE TABLE api_key_secret (
  hash TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  FOREIGN KEY (tenant_id, key_id) REFERENCES api_key (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_secret_of_key ON api_key_secret (tenant_id, key_id);

INSERT INTO api_key (tenant_id, id, subject_kind, subject_id, name, env, prefix, created_at_ms,
  expires_at_ms, last_used_at_ms, scopes, access, revoked_at_ms)
SELECT tenant_id, id, 'user', user_id, name, 'live', prefix, created_at_ms, expires_at_ms, NULL,
  scopes, access, revoked_at_ms
FROM api_key_before;

INSERT INTO api_key_secret (hash, tenant_id, key_id, created_at_ms, expires_at_ms)
SELECT hash, tenant_id, id, created_at_ms, NULL FROM api_key_before;

DROP TABLE api_key_before;
DROP TABLE account_user;

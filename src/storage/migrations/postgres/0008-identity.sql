-- A person is known once, whatever tenants it is in; what it may do in one is its membership's.

ALTER TABLE tenant ADD COLUMN status text NOT NULL DEFAULT 'active'
  CHECK (status IN ('active', 'suspended'));
ALTER TABLE tenant ADD COLUMN settings text NOT NULL DEFAULT '{}';
ALTER TABLE tenant ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- The tenant that came first is the operator's. Said once, for an id or a time may lie.
ALTER TABLE tenant ADD COLUMN is_operator bigint NOT NULL DEFAULT 0 CHECK (is_operator IN (0, 1));
UPDATE tenant SET is_operator = 1 WHERE id = (SELECT min(id) FROM tenant);

CREATE TABLE account (
  id text COLLATE "C" PRIMARY KEY,
  login text COLLATE "C" NOT NULL UNIQUE,
  email text COLLATE "C" UNIQUE,
  email_verified_at_ms bigint,
  name text COLLATE "C" NOT NULL,
  password_hash text,
  password_changed_at_ms bigint,
  status text NOT NULL CHECK (status IN ('active', 'deactivated')),
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL
);

-- `roles` is a JSON array of names.
CREATE TABLE membership (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  user_id text COLLATE "C" NOT NULL REFERENCES account (id),
  roles text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'deactivated')),
  source text NOT NULL CHECK (source IN ('local', 'sso', 'scim')),
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);

CREATE INDEX membership_of_user ON membership (user_id);

-- A role of the tenant's own: JSON arrays of permissions and of access rules.
CREATE TABLE role (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  name text COLLATE "C" NOT NULL,
  description text NOT NULL,
  permissions text NOT NULL,
  access text NOT NULL,
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE user_group (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  roles text NOT NULL,
  external_id text,
  source text NOT NULL CHECK (source IN ('local', 'sso', 'scim')),
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE group_member (
  tenant_id text COLLATE "C" NOT NULL,
  group_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, group_id, user_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES user_group (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id) ON DELETE CASCADE
);

CREATE INDEX group_member_of_user ON group_member (tenant_id, user_id);

CREATE TABLE service_account (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL,
  roles text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'deactivated')),
  created_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

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
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  subject_kind text NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  env text NOT NULL,
  prefix text NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  last_used_at_ms bigint,
  scopes text,
  access text NOT NULL,
  revoked_at_ms bigint,
  PRIMARY KEY (tenant_id, id)
);

CREATE INDEX api_key_of_subject ON api_key (tenant_id, subject_id);

-- What a key's text hashes to; two of one key are good while the older one is being replaced.
CREATE TABLE api_key_secret (
  hash text COLLATE "C" PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  FOREIGN KEY (tenant_id, key_id) REFERENCES api_key (tenant_id, id) ON DELETE CASCADE
);

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

-- Everything that the first five migrations of SQLite make. Times are epoch milliseconds, booleans
-- 0 or 1, JSON is text. Texts that are compared or sorted are "C": as SQLite sorts them, by bytes.

CREATE TABLE tenant (
  id text COLLATE "C" PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  created_at_ms bigint NOT NULL
);

CREATE TABLE account_user (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'member')),
  password_hash text,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE api_key (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  hash text COLLATE "C" NOT NULL UNIQUE,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  revoked_at_ms bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES account_user (tenant_id, id)
);

CREATE TABLE service (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  slug text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  enabled bigint NOT NULL CHECK (enabled IN (0, 1)),
  config text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
);

CREATE TABLE service_alias (
  tenant_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('tool', 'prompt')),
  public_name text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, kind, public_name),
  UNIQUE (tenant_id, service_id, kind, name),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id) ON DELETE CASCADE
);

-- No foreign key: a service's secrets may be stored before the service itself.
CREATE TABLE service_secret (
  tenant_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  sealed text NOT NULL,
  PRIMARY KEY (tenant_id, service_id, name)
);

-- A session that a caller made for itself. `services` is a JSON array of slugs, or NULL for all.
CREATE TABLE managed_session (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  user_id text NOT NULL,
  credential_id text COLLATE "C" NOT NULL,
  services text,
  transport text NOT NULL,
  id_place text NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE INDEX managed_session_of_credential ON managed_session (tenant_id, credential_id, created_at_ms);

-- A curated set of tools, prompts and resources; `items` is a JSON array.
CREATE TABLE bundle (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  slug text COLLATE "C" NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  items text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
);

-- Ids sort by time, so this key alone lists a tenant's records in order. No foreign keys: a fact is
-- kept whatever became of its subjects.
CREATE TABLE usage_record (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  charge_key text NOT NULL,
  node_id text NOT NULL,
  credential_id text NOT NULL,
  user_id text NOT NULL,
  session_id text,
  service_id text,
  method text NOT NULL,
  tool text,
  client_era text NOT NULL,
  upstream_era text,
  outcome text NOT NULL,
  started_at_ms bigint NOT NULL,
  ended_at_ms bigint NOT NULL,
  duration_ms double precision NOT NULL,
  upstream_ms double precision NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  events bigint NOT NULL,
  upstream_called bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE FUNCTION refuse_change_of_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'usage records are immutable';
END $$;

CREATE TRIGGER usage_record_is_not_changed BEFORE UPDATE OR DELETE ON usage_record
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_usage();

CREATE TRIGGER usage_record_is_not_emptied BEFORE TRUNCATE ON usage_record
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_usage();

-- Kept in the same transaction as the records, so that reading the sums scans nothing.
CREATE TABLE usage_total (
  tenant_id text COLLATE "C" PRIMARY KEY,
  records bigint NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL
);

-- What a tenant records of its calls for a while, to find a fault: JSON arrays of patterns, NULL for
-- all, and the share of calls.
CREATE TABLE capture_setting (
  tenant_id text COLLATE "C" PRIMARY KEY NOT NULL REFERENCES tenant (id),
  services text,
  tools text,
  sample_rate double precision NOT NULL,
  until_ms bigint NOT NULL,
  keep_hours bigint NOT NULL,
  version bigint NOT NULL
);

-- One captured call. What was said is the vault item of the owner 'capture' under the same id.
CREATE TABLE capture (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  grant_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  service_slug text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  tool text,
  outcome text COLLATE "C" NOT NULL,
  work_id text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE INDEX capture_expiry ON capture (expires_at_ms);

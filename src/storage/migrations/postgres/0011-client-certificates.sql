-- A client certificate, or a name that certificates bear, as the credential of a user or a service
-- account. A mark is one holder's, in whatever tenant.

CREATE TABLE client_certificate (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  subject_kind text NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  mark_kind text COLLATE "C" NOT NULL CHECK (mark_kind IN ('fingerprint', 'name')),
  mark_value text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (mark_kind, mark_value)
);

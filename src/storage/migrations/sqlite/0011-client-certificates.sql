-- A client certificate, or a name that certificates bear, as the credential of a user or a service
-- account. A mark is one holder's, in whatever tenant.

CREATE TABLE client_certificate (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id TEXT NOT NULL,
  name TEXT NOT NULL,
  mark_kind TEXT NOT NULL CHECK (mark_kind IN ('fingerprint', 'name')),
  mark_value TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (mark_kind, mark_value)
) STRICT, WITHOUT ROWID;

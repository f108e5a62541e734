-- A session that a caller made for itself. `services` is a JSON array of slugs, or NULL for all.
CREATE TABLE managed_session (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  services TEXT,
  transport TEXT NOT NULL,
  id_place TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX managed_session_of_credential ON managed_session (tenant_id, credential_id, created_at_ms);

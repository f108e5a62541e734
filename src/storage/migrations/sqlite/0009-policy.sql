-- Who may use what, and how much. `says` is what a rule says, as a JSON object.
CREATE TABLE policy_rule (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  says TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What a tenant has decided about all of its rules; `bounds` is a JSON object.
CREATE TABLE policy_setting (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  mode TEXT NOT NULL,
  bounds TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id)
) STRICT, WITHOUT ROWID;

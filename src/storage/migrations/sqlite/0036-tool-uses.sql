-- What tools were used for after a search that showed them: the words of the search, of whom, and
-- when that was last confirmed by a call that succeeded. `query_hash` stands for the words in the
-- key.
CREATE TABLE tool_use (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  service_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id TEXT NOT NULL,
  query_hash TEXT NOT NULL,
  query TEXT NOT NULL,
  used_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, service_id, tool, subject_kind, subject_id, query_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX tool_use_subject ON tool_use (tenant_id, subject_id);
CREATE INDEX tool_use_age ON tool_use (used_at_ms);

-- Whether a tenant's searches learn from what is used; a tenant without a row learns.
CREATE TABLE tool_search_setting (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenant (id),
  learns INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What tools were used for after a search that showed them: the words of the search, of whom, and
-- when that was last confirmed by a call that succeeded. `query_hash` stands for the words in the
-- key.
CREATE TABLE tool_use (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  service_id text COLLATE "C" NOT NULL,
  tool text COLLATE "C" NOT NULL,
  subject_kind text COLLATE "C" NOT NULL CHECK (subject_kind IN ('user', 'service_account')),
  subject_id text COLLATE "C" NOT NULL,
  query_hash text COLLATE "C" NOT NULL,
  query text NOT NULL,
  used_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, service_id, tool, subject_kind, subject_id, query_hash)
);

CREATE INDEX tool_use_subject ON tool_use (tenant_id, subject_id);
CREATE INDEX tool_use_age ON tool_use (used_at_ms);

-- Whether a tenant's searches learn from what is used; a tenant without a row learns.
CREATE TABLE tool_search_setting (
  tenant_id text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenant (id),
  learns bigint NOT NULL,
  version bigint NOT NULL
);

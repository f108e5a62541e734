-- What happens when a tool of the service changes.
ALTER TABLE service ADD COLUMN definitions TEXT NOT NULL DEFAULT 'announce';

-- The definition of a tool that is trusted, the one before it, and one that waits for a review.
-- Definitions are JSON text; NULL where only the hash is kept.
CREATE TABLE definition_pin (
  tenant_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  hash TEXT,
  definition TEXT,
  pinned_at_ms INTEGER,
  pinned_by TEXT,
  previous_hash TEXT,
  previous_definition TEXT,
  pending_hash TEXT,
  pending_definition TEXT,
  pending_since_ms INTEGER,
  pending_state TEXT,
  pending_by TEXT,
  PRIMARY KEY (tenant_id, service_id, tool),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Guardrails and rules for approvals; `rule` is a JSON object.
CREATE TABLE guard_rule (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  rule TEXT NOT NULL,
  sealed_secret TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, name)
) STRICT, WITHOUT ROWID;

-- A call that waits for somebody's word, or waited. `binding` is what the word is given for.
CREATE TABLE approval (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  binding TEXT NOT NULL,
  state TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  service_slug TEXT NOT NULL,
  tool TEXT NOT NULL,
  sealed_arguments TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  actor TEXT,
  self_approval INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  decided_at_ms INTEGER,
  decided_by TEXT,
  reason TEXT,
  work_id TEXT,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_binding ON approval (tenant_id, binding, expires_at_ms);
CREATE INDEX approval_state ON approval (tenant_id, state, id);
CREATE INDEX approval_expiry ON approval (expires_at_ms);

-- Later rounds of approved calls: each may be brought back once.
CREATE TABLE approval_round (
  tenant_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_round_expiry ON approval_round (expires_at_ms);

-- What happens when a tool of the service changes.
ALTER TABLE service ADD COLUMN definitions text NOT NULL DEFAULT 'announce';

-- The definition of a tool that is trusted, the one before it, and one that waits for a review.
-- Definitions are JSON text; NULL where only the hash is kept.
CREATE TABLE definition_pin (
  tenant_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  tool text COLLATE "C" NOT NULL,
  hash text,
  definition text,
  pinned_at_ms bigint,
  pinned_by text,
  previous_hash text,
  previous_definition text,
  pending_hash text,
  pending_definition text,
  pending_since_ms bigint,
  pending_state text,
  pending_by text,
  PRIMARY KEY (tenant_id, service_id, tool),
  FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id) ON DELETE CASCADE
);

-- Guardrails and rules for approvals; `rule` is a JSON object.
CREATE TABLE guard_rule (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  enabled bigint NOT NULL,
  rule text NOT NULL,
  sealed_secret text,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, name)
);

-- A call that waits for somebody's word, or waited. `binding` is what the word is given for.
CREATE TABLE approval (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  binding text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  rule_id text NOT NULL,
  service_id text NOT NULL,
  service_slug text NOT NULL,
  tool text NOT NULL,
  sealed_arguments text NOT NULL,
  subject_id text NOT NULL,
  grant_id text NOT NULL,
  actor text,
  self_approval bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  decided_at_ms bigint,
  decided_by text,
  reason text,
  work_id text,
  PRIMARY KEY (tenant_id, id)
);

CREATE INDEX approval_binding ON approval (tenant_id, binding, expires_at_ms);
CREATE INDEX approval_state ON approval (tenant_id, state, id);
CREATE INDEX approval_expiry ON approval (expires_at_ms);

-- Later rounds of approved calls: each may be brought back once.
CREATE TABLE approval_round (
  tenant_id text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);

CREATE INDEX approval_round_expiry ON approval_round (expires_at_ms);

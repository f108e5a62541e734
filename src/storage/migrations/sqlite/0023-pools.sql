-- What may be spent: credit, and budgets with their windows. Amounts are whole: billionths of a
-- currency unit, or calls.
CREATE TABLE pool (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('wallet', 'budget')),
  currency TEXT,
  budget_id TEXT,
  end_ms INTEGER,
  limit_amount INTEGER NOT NULL,
  spent_amount INTEGER NOT NULL,
  outstanding_amount INTEGER NOT NULL CHECK (outstanding_amount >= 0),
  overrun_amount INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The parts of pools that instances may spend without asking.
CREATE TABLE pool_lease (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  pool_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  granted_amount INTEGER NOT NULL,
  drawn_amount INTEGER NOT NULL,
  spent_amount INTEGER,
  state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'abandoned', 'settled')),
  expires_at_ms INTEGER NOT NULL,
  last_block INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, pool_id) REFERENCES pool (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX pool_lease_pool ON pool_lease (tenant_id, pool_id, state);
CREATE INDEX pool_lease_state ON pool_lease (state, expires_at_ms);

-- Credit that was bought or given.
CREATE TABLE credit_grant (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  grant_key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('bought', 'given')),
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  remaining_amount INTEGER NOT NULL CHECK (remaining_amount >= 0),
  priority INTEGER NOT NULL,
  expires_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, grant_key)
) STRICT, WITHOUT ROWID;

-- What a tenant allows itself to spend; what it has spent of it is in its pools.
CREATE TABLE budget (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('money', 'calls')),
  limit_amount INTEGER NOT NULL CHECK (limit_amount >= 0),
  says TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- Shares of a budget that were reached, each once in a window.
CREATE TABLE budget_alert (
  tenant_id TEXT NOT NULL,
  pool_id TEXT NOT NULL,
  percent INTEGER NOT NULL,
  spent_amount INTEGER NOT NULL,
  limit_amount INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, pool_id, percent)
) STRICT, WITHOUT ROWID;

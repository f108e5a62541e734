-- What may be spent: credit, and budgets with their windows. Amounts are whole: billionths of a
-- currency unit, or calls.
CREATE TABLE pool (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('wallet', 'budget')),
  currency text,
  budget_id text COLLATE "C",
  end_ms bigint,
  limit_amount bigint NOT NULL,
  spent_amount bigint NOT NULL,
  outstanding_amount bigint NOT NULL CHECK (outstanding_amount >= 0),
  overrun_amount bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- The parts of pools that instances may spend without asking.
CREATE TABLE pool_lease (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  pool_id text COLLATE "C" NOT NULL,
  node_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  granted_amount bigint NOT NULL,
  drawn_amount bigint NOT NULL,
  spent_amount bigint,
  state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed', 'abandoned', 'settled')),
  expires_at_ms bigint NOT NULL,
  last_block bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, pool_id) REFERENCES pool (tenant_id, id)
);

CREATE INDEX pool_lease_pool ON pool_lease (tenant_id, pool_id, state);
CREATE INDEX pool_lease_state ON pool_lease (state, expires_at_ms);

-- Credit that was bought or given.
CREATE TABLE credit_grant (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  grant_key text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('bought', 'given')),
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  remaining_amount bigint NOT NULL CHECK (remaining_amount >= 0),
  priority bigint NOT NULL,
  expires_at_ms bigint,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, grant_key)
);

-- What a tenant allows itself to spend; what it has spent of it is in its pools.
CREATE TABLE budget (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  unit text NOT NULL CHECK (unit IN ('money', 'calls')),
  limit_amount bigint NOT NULL CHECK (limit_amount >= 0),
  says text NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

-- Shares of a budget that were reached, each once in a window.
CREATE TABLE budget_alert (
  tenant_id text COLLATE "C" NOT NULL,
  pool_id text COLLATE "C" NOT NULL,
  percent bigint NOT NULL,
  spent_amount bigint NOT NULL,
  limit_amount bigint NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, pool_id, percent)
);

-- Charging what was used, once, and keeping the books of it. Money is in billionths of a currency
-- unit; exact numbers, which may be fractions, are text.

-- Records of a batch that were not charged yet: those with ids from the first to the last. Whoever
-- stores records adds it in the same transaction; whoever charges them takes it away in his.
CREATE TABLE usage_pending (
  tenant_id TEXT NOT NULL,
  block INTEGER NOT NULL,
  first_id TEXT NOT NULL,
  last_id TEXT NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, block, first_id)
) STRICT, WITHOUT ROWID;

-- What a tenant had used before there were charges; it is never charged.
CREATE TABLE usage_unrated (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  records INTEGER NOT NULL,
  last_block INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO usage_unrated (tenant_id, records, last_block)
SELECT tenant_id, records, (SELECT last FROM usage_block) FROM usage_total;

-- How many records were rated so far, and how many of them were set aside.
CREATE TABLE rating_total (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  records INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  charges INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Records that cannot be rated, and why.
CREATE TABLE rating_refused (
  tenant_id TEXT NOT NULL,
  usage_id TEXT NOT NULL,
  block INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, usage_id)
) STRICT, WITHOUT ROWID;

-- What a service was called when it was first rated: a service may be removed, its usage is not.
CREATE TABLE rated_service (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  slug TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The periods of a subscription that were opened, and those that were closed.
CREATE TABLE billing_period (
  tenant_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  closed_at_ms INTEGER,
  share TEXT,
  PRIMARY KEY (tenant_id, subscription_id, start_ms)
) STRICT, WITHOUT ROWID;

-- How far a rule's counter has come in a period, and what was posted of what it costs.
CREATE TABLE meter (
  tenant_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  posted_nano INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subscription_id, rule_id, period_start_ms)
) STRICT, WITHOUT ROWID;

-- What was charged. The key is the gate that a purchase passes once.
CREATE TABLE charge (
  tenant_id TEXT NOT NULL,
  gate_key TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('usage', 'late', 'period_open', 'period_close', 'void')),
  usage_id TEXT,
  plan_version_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  service_period_start_ms INTEGER NOT NULL,
  quantity TEXT NOT NULL,
  amount_nano INTEGER NOT NULL,
  currency TEXT NOT NULL,
  ledger_tx_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, gate_key, rule_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX charge_of_period ON charge (tenant_id, subscription_id, period_start_ms);

CREATE TABLE ledger_account (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('receivable', 'revenue', 'wallet', 'held', 'promo', 'breakage',
    'cash', 'adjustment')),
  currency TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, currency)
) STRICT, WITHOUT ROWID;

-- A transaction is written after its entries, which must be at least two and sum to zero by then.
CREATE TABLE ledger_tx (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  currency TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  reverses TEXT,
  reason TEXT,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entry (
  tenant_id TEXT NOT NULL,
  tx_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  amount_nano INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, tx_id, account_id),
  FOREIGN KEY (tenant_id, tx_id) REFERENCES ledger_tx (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The sums of the entries, kept so that nobody has to add them up.
CREATE TABLE account_balance (
  tenant_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  posted_nano INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
) STRICT, WITHOUT ROWID;

-- What the last look at a tenant's books found.
CREATE TABLE billing_reconciliation (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  at_ms INTEGER NOT NULL,
  result TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER charge_is_not_updated BEFORE UPDATE ON charge
BEGIN
  SELECT RAISE(ABORT, 'charges are immutable');
END;

CREATE TRIGGER charge_is_not_deleted BEFORE DELETE ON charge
BEGIN
  SELECT RAISE(ABORT, 'charges are immutable');
END;

-- OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER charge_is_not_replaced BEFORE INSERT ON charge
WHEN EXISTS (SELECT 1 FROM charge WHERE tenant_id = NEW.tenant_id AND gate_key = NEW.gate_key
  AND rule_id = NEW.rule_id AND seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'this was charged already');
END;

CREATE TRIGGER ledger_tx_is_not_updated BEFORE UPDATE ON ledger_tx
BEGIN
  SELECT RAISE(ABORT, 'the ledger is immutable');
END;

CREATE TRIGGER ledger_tx_is_not_deleted BEFORE DELETE ON ledger_tx
BEGIN
  SELECT RAISE(ABORT, 'the ledger is immutable');
END;

CREATE TRIGGER ledger_tx_is_balanced BEFORE INSERT ON ledger_tx
WHEN (SELECT count(*) < 2 OR sum(amount_nano) <> 0 FROM ledger_entry
    WHERE tenant_id = NEW.tenant_id AND tx_id = NEW.id)
  OR EXISTS (SELECT 1 FROM ledger_tx WHERE tenant_id = NEW.tenant_id AND id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'a transaction is written once, after entries that sum to zero');
END;

CREATE TRIGGER ledger_entry_is_not_updated BEFORE UPDATE ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'the ledger is immutable');
END;

CREATE TRIGGER ledger_entry_is_not_deleted BEFORE DELETE ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'the ledger is immutable');
END;

CREATE TRIGGER ledger_entry_is_not_added_later BEFORE INSERT ON ledger_entry
WHEN EXISTS (SELECT 1 FROM ledger_tx WHERE tenant_id = NEW.tenant_id AND id = NEW.tx_id)
  OR EXISTS (SELECT 1 FROM ledger_entry WHERE tenant_id = NEW.tenant_id AND tx_id = NEW.tx_id
    AND account_id = NEW.account_id)
BEGIN
  SELECT RAISE(ABORT, 'the ledger is immutable');
END;

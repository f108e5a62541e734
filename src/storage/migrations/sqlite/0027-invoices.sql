-- Recurring and one-off charges, coupons, invoices, credit notes.

-- Until when a subscription is tried for nothing.
ALTER TABLE subscription ADD COLUMN trial_ends_at_ms INTEGER;

-- SQLite changes no CHECK: the table is written anew, with more kinds. Its triggers go with it.
CREATE TABLE charge_anew (
  tenant_id TEXT NOT NULL,
  gate_key TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('usage', 'late', 'period_open', 'period_close', 'void',
    'trial', 'recurring', 'one_off', 'discount')),
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
  block INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, gate_key, rule_id, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO charge_anew (tenant_id, gate_key, rule_id, seq, unit, kind, usage_id, plan_version_id,
  subscription_id, period_start_ms, service_period_start_ms, quantity, amount_nano, currency,
  ledger_tx_id, at_ms, block)
SELECT tenant_id, gate_key, rule_id, seq, unit, kind, usage_id, plan_version_id, subscription_id,
  period_start_ms, service_period_start_ms, quantity, amount_nano, currency, ledger_tx_id, at_ms,
  block
FROM charge;

DROP TABLE charge;
ALTER TABLE charge_anew RENAME TO charge;

CREATE INDEX charge_spend ON charge (tenant_id, at_ms);
CREATE INDEX charge_block ON charge (tenant_id, block, gate_key, rule_id, seq);
CREATE INDEX charge_of_period ON charge (tenant_id, subscription_id, period_start_ms);
CREATE INDEX charge_moment ON charge (tenant_id, at_ms);

CREATE TRIGGER charge_is_not_updated BEFORE UPDATE ON charge
BEGIN
  SELECT RAISE(ABORT, 'charges are immutable');
END;

CREATE TRIGGER charge_is_not_deleted BEFORE DELETE ON charge
BEGIN
  SELECT RAISE(ABORT, 'charges are immutable');
END;

CREATE TRIGGER charge_is_not_replaced BEFORE INSERT ON charge
WHEN EXISTS (SELECT 1 FROM charge WHERE tenant_id = NEW.tenant_id AND gate_key = NEW.gate_key
  AND rule_id = NEW.rule_id AND seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'this was charged already');
END;

-- The same for accounts, which now also hold tax. Entries refer to them again at the end.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE ledger_account_kept (tenant_id TEXT, id TEXT, kind TEXT, currency TEXT);
INSERT INTO ledger_account_kept SELECT tenant_id, id, kind, currency FROM ledger_account;
DROP TABLE ledger_account;

CREATE TABLE ledger_account (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('receivable', 'revenue', 'wallet', 'held', 'promo', 'breakage',
    'cash', 'adjustment', 'tax')),
  currency TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, currency)
) STRICT, WITHOUT ROWID;

INSERT INTO ledger_account SELECT tenant_id, id, kind, currency FROM ledger_account_kept;
DROP TABLE ledger_account_kept;

-- What an operator charged by hand, once for each key.
CREATE TABLE one_off_charge (
  tenant_id TEXT NOT NULL,
  charge_key TEXT NOT NULL,
  title TEXT NOT NULL,
  amount_nano INTEGER NOT NULL,
  currency TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
) STRICT, WITHOUT ROWID;

-- Coupons; they belong to the operator, not to a tenant.
CREATE TABLE coupon (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  percent TEXT,
  amount TEXT,
  currency TEXT,
  invoices INTEGER,
  rules TEXT,
  created_at_ms INTEGER NOT NULL,
  CHECK ((percent IS NULL) <> (amount IS NULL)),
  CHECK ((amount IS NULL) = (currency IS NULL))
) STRICT, WITHOUT ROWID;

-- Who was given which coupon, and on how many invoices it was used so far.
CREATE TABLE tenant_coupon (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  coupon_id TEXT NOT NULL REFERENCES coupon (id),
  given_at_ms INTEGER NOT NULL,
  used INTEGER NOT NULL,
  ended_at_ms INTEGER,
  PRIMARY KEY (tenant_id, coupon_id)
) STRICT, WITHOUT ROWID;

-- Whom invoices are addressed to, and which taxes are added to them (JSON).
CREATE TABLE billing_details (
  tenant_id TEXT PRIMARY KEY NOT NULL REFERENCES tenant (id),
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  tax_id TEXT NOT NULL,
  email TEXT NOT NULL,
  tax_rates TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Invoices. `document` is what is printed, as JSON whose amounts are text.
CREATE TABLE invoice (
  tenant_id TEXT NOT NULL REFERENCES tenant (id),
  id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft', 'final', 'void')),
  number TEXT UNIQUE,
  subscription_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  period_end_ms INTEGER NOT NULL,
  made_at_ms INTEGER NOT NULL,
  final_at_ms INTEGER,
  due_at_ms INTEGER,
  void_at_ms INTEGER,
  void_reason TEXT,
  charges_nano INTEGER NOT NULL,
  credit_nano INTEGER NOT NULL,
  tax_nano INTEGER NOT NULL,
  total_nano INTEGER NOT NULL,
  document TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((number IS NULL) = (final_at_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_status ON invoice (status, tenant_id, id);

-- Which invoice the charges of a period are on: those due when it opened, and all the others.
CREATE TABLE invoice_part (
  tenant_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('advance', 'arrears')),
  invoice_id TEXT,
  PRIMARY KEY (tenant_id, subscription_id, period_start_ms, part)
) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_part_invoice ON invoice_part (tenant_id, invoice_id);

-- What was given back of invoices that are final.
CREATE TABLE credit_note (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  note_key TEXT NOT NULL,
  number TEXT NOT NULL UNIQUE,
  currency TEXT NOT NULL,
  net_nano INTEGER NOT NULL,
  tax_nano INTEGER NOT NULL,
  total_nano INTEGER NOT NULL CHECK (total_nano > 0),
  reason TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice_id, note_key),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The last number of each series: a number is taken where its invoice is made final.
CREATE TABLE invoice_series (
  series TEXT PRIMARY KEY NOT NULL,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER invoice_is_not_changed BEFORE UPDATE ON invoice
WHEN OLD.status = 'void' OR (OLD.status = 'final' AND (NEW.status <> 'void'
  OR NEW.tenant_id <> OLD.tenant_id OR NEW.id <> OLD.id OR NEW.number <> OLD.number
  OR NEW.number IS NULL OR NEW.subscription_id <> OLD.subscription_id
  OR NEW.currency <> OLD.currency OR NEW.period_start_ms <> OLD.period_start_ms
  OR NEW.period_end_ms <> OLD.period_end_ms OR NEW.made_at_ms <> OLD.made_at_ms
  OR NEW.final_at_ms <> OLD.final_at_ms OR NEW.due_at_ms <> OLD.due_at_ms
  OR NEW.charges_nano <> OLD.charges_nano OR NEW.credit_nano <> OLD.credit_nano
  OR NEW.tax_nano <> OLD.tax_nano OR NEW.total_nano <> OLD.total_nano
  OR NEW.document <> OLD.document))
BEGIN
  SELECT RAISE(ABORT, 'final invoices are immutable');
END;

CREATE TRIGGER invoice_is_not_deleted BEFORE DELETE ON invoice
BEGIN
  SELECT RAISE(ABORT, 'invoices stay');
END;

CREATE TRIGGER invoice_is_not_replaced BEFORE INSERT ON invoice
WHEN EXISTS (SELECT 1 FROM invoice WHERE (tenant_id = NEW.tenant_id AND id = NEW.id)
  OR number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'invoices stay');
END;

CREATE TRIGGER invoice_part_is_not_updated BEFORE UPDATE ON invoice_part
BEGIN
  SELECT RAISE(ABORT, 'what is on an invoice stays there');
END;

CREATE TRIGGER invoice_part_is_not_deleted BEFORE DELETE ON invoice_part
BEGIN
  SELECT RAISE(ABORT, 'what is on an invoice stays there');
END;

CREATE TRIGGER invoice_part_is_not_replaced BEFORE INSERT ON invoice_part
WHEN EXISTS (SELECT 1 FROM invoice_part WHERE tenant_id = NEW.tenant_id
  AND subscription_id = NEW.subscription_id AND period_start_ms = NEW.period_start_ms
  AND part = NEW.part)
BEGIN
  SELECT RAISE(ABORT, 'what is on an invoice stays there');
END;

CREATE TRIGGER credit_note_is_not_updated BEFORE UPDATE ON credit_note
BEGIN
  SELECT RAISE(ABORT, 'credit notes are immutable');
END;

CREATE TRIGGER credit_note_is_not_deleted BEFORE DELETE ON credit_note
BEGIN
  SELECT RAISE(ABORT, 'credit notes are immutable');
END;

CREATE TRIGGER credit_note_is_not_replaced BEFORE INSERT ON credit_note
WHEN EXISTS (SELECT 1 FROM credit_note WHERE (tenant_id = NEW.tenant_id AND id = NEW.id)
  OR number = NEW.number
  OR (tenant_id = NEW.tenant_id AND invoice_id = NEW.invoice_id AND note_key = NEW.note_key))
BEGIN
  SELECT RAISE(ABORT, 'credit notes are immutable');
END;

-- Charging what was used, once, and keeping the books of it. Money is in billionths of a currency
-- unit; exact numbers, which may be fractions, are text.

-- Records of a batch that were not charged yet: those with ids from the first to the last. Whoever
-- stores records adds it in the same transaction; whoever charges them takes it away in his.
CREATE TABLE usage_pending (
  tenant_id text COLLATE "C" NOT NULL,
  block bigint NOT NULL,
  first_id text COLLATE "C" NOT NULL,
  last_id text NOT NULL,
  records bigint NOT NULL,
  PRIMARY KEY (tenant_id, block, first_id)
);

-- What a tenant had used before there were charges; it is never charged.
CREATE TABLE usage_unrated (
  tenant_id text COLLATE "C" PRIMARY KEY,
  records bigint NOT NULL,
  last_block bigint NOT NULL
);

INSERT INTO usage_unrated (tenant_id, records, last_block)
SELECT tenant_id, records, (SELECT last_value FROM usage_block) FROM usage_total;

-- How many records were rated so far, and how many of them were set aside.
CREATE TABLE rating_total (
  tenant_id text COLLATE "C" PRIMARY KEY,
  records bigint NOT NULL,
  refused bigint NOT NULL,
  charges bigint NOT NULL
);

-- Records that cannot be rated, and why.
CREATE TABLE rating_refused (
  tenant_id text COLLATE "C" NOT NULL,
  usage_id text COLLATE "C" NOT NULL,
  block bigint NOT NULL,
  reason text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, usage_id)
);

-- What a service was called when it was first rated: a service may be removed, its usage is not.
CREATE TABLE rated_service (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  slug text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- The periods of a subscription that were opened, and those that were closed.
CREATE TABLE billing_period (
  tenant_id text COLLATE "C" NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  start_ms bigint NOT NULL,
  end_ms bigint NOT NULL,
  opened_at_ms bigint NOT NULL,
  closed_at_ms bigint,
  share text,
  PRIMARY KEY (tenant_id, subscription_id, start_ms)
);

-- How far a rule's counter has come in a period, and what was posted of what it costs.
CREATE TABLE meter (
  tenant_id text COLLATE "C" NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  period_start_ms bigint NOT NULL,
  state text NOT NULL,
  posted_nano bigint NOT NULL,
  PRIMARY KEY (tenant_id, subscription_id, rule_id, period_start_ms)
);

-- What was charged. The key is the gate that a purchase passes once.
CREATE TABLE charge (
  tenant_id text COLLATE "C" NOT NULL,
  gate_key text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  unit text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('usage', 'late', 'period_open', 'period_close', 'void')),
  usage_id text,
  plan_version_id text NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  period_start_ms bigint NOT NULL,
  service_period_start_ms bigint NOT NULL,
  quantity text NOT NULL,
  amount_nano bigint NOT NULL,
  currency text NOT NULL,
  ledger_tx_id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, gate_key, rule_id, seq)
);

CREATE INDEX charge_of_period ON charge (tenant_id, subscription_id, period_start_ms);

CREATE TABLE ledger_account (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('receivable', 'revenue', 'wallet',
    'held', 'promo', 'breakage', 'cash', 'adjustment')),
  currency text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, currency)
);

-- A transaction is written after its entries, which must be at least two and sum to zero by then.
CREATE TABLE ledger_tx (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  currency text NOT NULL,
  at_ms bigint NOT NULL,
  reverses text,
  reason text,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE ledger_entry (
  tenant_id text COLLATE "C" NOT NULL,
  tx_id text COLLATE "C" NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  amount_nano bigint NOT NULL,
  PRIMARY KEY (tenant_id, tx_id, account_id),
  FOREIGN KEY (tenant_id, tx_id) REFERENCES ledger_tx (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account (tenant_id, id)
);

-- The sums of the entries, kept so that nobody has to add them up.
CREATE TABLE account_balance (
  tenant_id text COLLATE "C" NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  posted_nano bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
);

-- What the last look at a tenant's books found.
CREATE TABLE billing_reconciliation (
  tenant_id text COLLATE "C" PRIMARY KEY,
  at_ms bigint NOT NULL,
  result text NOT NULL
);

CREATE FUNCTION refuse_change_of_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is immutable', TG_TABLE_NAME;
END $$;

CREATE FUNCTION check_ledger_tx() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) < 2 OR sum(amount_nano) <> 0 FROM ledger_entry
    WHERE tenant_id = NEW.tenant_id AND tx_id = NEW.id) THEN
    RAISE EXCEPTION 'a transaction is written once, after entries that sum to zero';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION check_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_tx WHERE tenant_id = NEW.tenant_id AND id = NEW.tx_id) THEN
    RAISE EXCEPTION 'ledger_entry is immutable';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER charge_is_not_changed BEFORE UPDATE OR DELETE ON charge
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER charge_is_not_emptied BEFORE TRUNCATE ON charge
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER ledger_tx_is_not_changed BEFORE UPDATE OR DELETE ON ledger_tx
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER ledger_tx_is_not_emptied BEFORE TRUNCATE ON ledger_tx
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER ledger_tx_is_balanced BEFORE INSERT ON ledger_tx
FOR EACH ROW EXECUTE FUNCTION check_ledger_tx();

CREATE TRIGGER ledger_entry_is_not_changed BEFORE UPDATE OR DELETE ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER ledger_entry_is_not_emptied BEFORE TRUNCATE ON ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER ledger_entry_is_not_added_later BEFORE INSERT ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION check_ledger_entry();

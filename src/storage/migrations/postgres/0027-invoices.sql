-- Recurring and one-off charges, coupons, invoices, credit notes.

-- Until when a subscription is tried for nothing.
ALTER TABLE subscription ADD COLUMN trial_ends_at_ms bigint;

ALTER TABLE charge DROP CONSTRAINT charge_kind_check;
ALTER TABLE charge ADD CONSTRAINT charge_kind_check CHECK (kind IN ('usage', 'late', 'period_open',
  'period_close', 'void', 'trial', 'recurring', 'one_off', 'discount'));

ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_check;
ALTER TABLE ledger_account ADD CONSTRAINT ledger_account_kind_check CHECK (kind IN ('receivable',
  'revenue', 'wallet', 'held', 'promo', 'breakage', 'cash', 'adjustment', 'tax'));

-- What an operator charged by hand, once for each key.
CREATE TABLE one_off_charge (
  tenant_id text COLLATE "C" NOT NULL,
  charge_key text COLLATE "C" NOT NULL,
  title text NOT NULL,
  amount_nano bigint NOT NULL,
  currency text NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  period_start_ms bigint NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, charge_key)
);

-- Coupons; they belong to the operator, not to a tenant.
CREATE TABLE coupon (
  id text COLLATE "C" PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  percent text,
  amount text,
  currency text,
  invoices bigint,
  rules text,
  created_at_ms bigint NOT NULL,
  CHECK ((percent IS NULL) <> (amount IS NULL)),
  CHECK ((amount IS NULL) = (currency IS NULL))
);

-- Who was given which coupon, and on how many invoices it was used so far.
CREATE TABLE tenant_coupon (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  coupon_id text COLLATE "C" NOT NULL REFERENCES coupon (id),
  given_at_ms bigint NOT NULL,
  used bigint NOT NULL,
  ended_at_ms bigint,
  PRIMARY KEY (tenant_id, coupon_id)
);

-- Whom invoices are addressed to, and which taxes are added to them (JSON).
CREATE TABLE billing_details (
  tenant_id text COLLATE "C" PRIMARY KEY REFERENCES tenant (id),
  name text NOT NULL,
  address text NOT NULL,
  tax_id text NOT NULL,
  email text NOT NULL,
  tax_rates text NOT NULL,
  updated_at_ms bigint NOT NULL,
  version bigint NOT NULL
);

-- Invoices. `document` is what is printed, as JSON whose amounts are text.
CREATE TABLE invoice (
  tenant_id text COLLATE "C" NOT NULL REFERENCES tenant (id),
  id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'final', 'void')),
  number text COLLATE "C" UNIQUE,
  subscription_id text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  period_start_ms bigint NOT NULL,
  period_end_ms bigint NOT NULL,
  made_at_ms bigint NOT NULL,
  final_at_ms bigint,
  due_at_ms bigint,
  void_at_ms bigint,
  void_reason text,
  charges_nano bigint NOT NULL,
  credit_nano bigint NOT NULL,
  tax_nano bigint NOT NULL,
  total_nano bigint NOT NULL,
  document text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((number IS NULL) = (final_at_ms IS NULL))
);

CREATE INDEX invoice_status ON invoice (status, tenant_id, id);

-- Which invoice the charges of a period are on: those due when it opened, and all the others.
CREATE TABLE invoice_part (
  tenant_id text COLLATE "C" NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  period_start_ms bigint NOT NULL,
  part text COLLATE "C" NOT NULL CHECK (part IN ('advance', 'arrears')),
  invoice_id text COLLATE "C",
  PRIMARY KEY (tenant_id, subscription_id, period_start_ms, part)
);

CREATE INDEX invoice_part_invoice ON invoice_part (tenant_id, invoice_id);

-- What was given back of invoices that are final.
CREATE TABLE credit_note (
  tenant_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  invoice_id text COLLATE "C" NOT NULL,
  note_key text COLLATE "C" NOT NULL,
  number text COLLATE "C" NOT NULL UNIQUE,
  currency text NOT NULL,
  net_nano bigint NOT NULL,
  tax_nano bigint NOT NULL,
  total_nano bigint NOT NULL CHECK (total_nano > 0),
  reason text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, invoice_id, note_key),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
);

-- The last number of each series: a number is taken where its invoice is made final.
CREATE TABLE invoice_series (
  series text COLLATE "C" PRIMARY KEY,
  last bigint NOT NULL
);

CREATE FUNCTION check_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'void' OR (OLD.status = 'final' AND (NEW.status <> 'void'
    OR (NEW.tenant_id, NEW.id, NEW.number, NEW.subscription_id, NEW.currency, NEW.period_start_ms,
      NEW.period_end_ms, NEW.made_at_ms, NEW.final_at_ms, NEW.due_at_ms, NEW.charges_nano,
      NEW.credit_nano, NEW.tax_nano, NEW.total_nano, NEW.document)
    IS DISTINCT FROM
      (OLD.tenant_id, OLD.id, OLD.number, OLD.subscription_id, OLD.currency, OLD.period_start_ms,
      OLD.period_end_ms, OLD.made_at_ms, OLD.final_at_ms, OLD.due_at_ms, OLD.charges_nano,
      OLD.credit_nano, OLD.tax_nano, OLD.total_nano, OLD.document))) THEN
    RAISE EXCEPTION 'final invoices are immutable';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER invoice_is_not_changed BEFORE UPDATE ON invoice
FOR EACH ROW EXECUTE FUNCTION check_invoice_change();

CREATE TRIGGER invoice_is_not_deleted BEFORE DELETE ON invoice
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER invoice_is_not_emptied BEFORE TRUNCATE ON invoice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER invoice_part_is_not_changed BEFORE UPDATE OR DELETE ON invoice_part
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER invoice_part_is_not_emptied BEFORE TRUNCATE ON invoice_part
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER credit_note_is_not_changed BEFORE UPDATE OR DELETE ON credit_note
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_books();

CREATE TRIGGER credit_note_is_not_emptied BEFORE TRUNCATE ON credit_note
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_books();

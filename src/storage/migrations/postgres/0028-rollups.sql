-- What was used and what it cost, summed up by the hour and the day of UTC. A row is of a facet: it
-- tells apart who (user, key), what (service, tool), both or neither; what it does not tell apart,
-- and what there is not, is ''. `latency` counts durations in buckets: `12:3 14:1`. Room is left in
-- pages because the rows of the present are changed again and again.
CREATE TABLE usage_rollup (
  tenant_id text COLLATE "C" NOT NULL,
  facet text COLLATE "C" NOT NULL CHECK (facet IN ('total', 'who', 'what', 'all')),
  grain text COLLATE "C" NOT NULL CHECK (grain IN ('hour', 'day')),
  start_ms bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  tool text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  records bigint NOT NULL,
  calls bigint NOT NULL,
  duration_us bigint NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  tokens bigint NOT NULL,
  events bigint NOT NULL,
  latency text NOT NULL,
  PRIMARY KEY (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, outcome)
) WITH (fillfactor = 70);

-- Charges, by the moment at which they were made. `part` is 'usage' for what a record was charged,
-- 'period' for what a period costs in any case.
CREATE TABLE cost_rollup (
  tenant_id text COLLATE "C" NOT NULL,
  facet text COLLATE "C" NOT NULL CHECK (facet IN ('total', 'who', 'what', 'all')),
  grain text COLLATE "C" NOT NULL CHECK (grain IN ('hour', 'day')),
  start_ms bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  service_id text COLLATE "C" NOT NULL,
  tool text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  currency text COLLATE "C" NOT NULL,
  subscription_id text COLLATE "C" NOT NULL,
  period_start_ms bigint NOT NULL,
  part text COLLATE "C" NOT NULL CHECK (part IN ('usage', 'period')),
  charges bigint NOT NULL,
  amount_nano bigint NOT NULL,
  PRIMARY KEY (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, rule_id,
    currency, subscription_id, period_start_ms, part)
) WITH (fillfactor = 70);

-- Tenants whose rows are being made again: what is behind the cursors is in them, what is ahead is
-- not yet. Rows of before `from_ms` stay as they are: records of that time may be gone.
CREATE TABLE rollup_rebuild (
  tenant_id text COLLATE "C" PRIMARY KEY,
  from_ms bigint NOT NULL,
  is_emptied bigint NOT NULL,
  usage_after text COLLATE "C" NOT NULL,
  gate_after text COLLATE "C" NOT NULL,
  rule_after text COLLATE "C" NOT NULL,
  seq_after bigint NOT NULL
);

-- What was used by records that were let go before they were summed up: it is in totals alone.
CREATE TABLE usage_unsummed (
  tenant_id text COLLATE "C" PRIMARY KEY,
  records bigint NOT NULL,
  bytes_out bigint NOT NULL
);

INSERT INTO rollup_rebuild (tenant_id, from_ms, is_emptied, usage_after, gate_after, rule_after,
  seq_after)
SELECT tenant_id, 0, 0, '', '', '', 0 FROM usage_total;

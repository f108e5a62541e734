-- What was used and what it cost, summed up by the hour and the day of UTC. A row is of a facet: it
-- tells apart who (user, key), what (service, tool), both or neither; what it does not tell apart,
-- and what there is not, is ''. `latency` counts durations in buckets: `12:3 14:1`.
CREATE TABLE usage_rollup (
  tenant_id TEXT NOT NULL,
  facet TEXT NOT NULL CHECK (facet IN ('total', 'who', 'what', 'all')),
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day')),
  start_ms INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  outcome TEXT NOT NULL,
  records INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  events INTEGER NOT NULL,
  latency TEXT NOT NULL,
  PRIMARY KEY (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, outcome)
) STRICT, WITHOUT ROWID;

-- Charges, by the moment at which they were made. `part` is 'usage' for what a record was charged,
-- 'period' for what a period costs in any case.
CREATE TABLE cost_rollup (
  tenant_id TEXT NOT NULL,
  facet TEXT NOT NULL CHECK (facet IN ('total', 'who', 'what', 'all')),
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day')),
  start_ms INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  service_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  period_start_ms INTEGER NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('usage', 'period')),
  charges INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, rule_id,
    currency, subscription_id, period_start_ms, part)
) STRICT, WITHOUT ROWID;

-- Tenants whose rows are being made again: what is behind the cursors is in them, what is ahead is
-- not yet. Rows of before `from_ms` stay as they are: records of that time may be gone.
CREATE TABLE rollup_rebuild (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  from_ms INTEGER NOT NULL,
  is_emptied INTEGER NOT NULL,
  usage_after TEXT NOT NULL,
  gate_after TEXT NOT NULL,
  rule_after TEXT NOT NULL,
  seq_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was used by records that were let go before they were summed up: it is in totals alone.
CREATE TABLE usage_unsummed (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  records INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO rollup_rebuild (tenant_id, from_ms, is_emptied, usage_after, gate_after, rule_after,
  seq_after)
SELECT tenant_id, 0, 0, '', '', '', 0 FROM usage_total;

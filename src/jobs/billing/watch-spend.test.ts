import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactOf } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import { outboxEventOf, type NewEvent } from '../../webhooks/store.ts';
import { watchSpend } from './watch-spend.ts';

const A = tenantId('ten_a');
const HOUR_MS = 3_600_000;
const UNIT = 1_000_000_000n;

test('a tenant is told of unusual spending once in an hour of the clock', async () => {
  const clock = { nowMs: 1_000 * HOUR_MS };
  const events: NewEvent[] = [];
  const sample = { lastHour: 10n * UNIT, before: 168n * UNIT, firstAtMs: 0 };
  const job = watchSpend({
    costs: {
      recentSpend: () =>
        Promise.resolve([
          { currency: 'EUR', ...sample },
          { currency: 'USD', ...sample, lastHour: 2n * UNIT },
        ]),
    },
    webhooks: { add: (_tenant, event) => Promise.resolve(void events.push(event)) },
    tenants: () => Promise.resolve([A]),
    terms: { percent: 300n, minimum: exactOf(1n) },
    now: () => clock.nowMs,
    log: silentLog,
  });
  assert.equal(job.everyMs, limits.spendWatchMs);
  const { signal } = new AbortController();
  for (const aheadMs of [0, HOUR_MS - 1, HOUR_MS]) {
    clock.nowMs = 1_000 * HOUR_MS + aheadMs;
    await job.run({ job: job.name, number: 1 }, signal);
  }
  const ids = events.map((event) => outboxEventOf(A, event).id);
  assert.equal(ids.length, 3);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(events[0]?.data, {
    currency: 'EUR',
    lastHour: '10.00',
    meanHour: '1.00',
    percent: '300',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ruleOf, START_MS, subscriptionOf, termsOf } from '../../../test/support/billing-world.ts';
import { usageRecord } from '../../../test/support/usage-record.ts';
import { compileVersion } from '../charging/subscribed-plan.ts';
import { TenantSimulation } from './tenant-simulation.ts';

const DAY_MS = 86_400_000;
const terms = termsOf([
  ruleOf('calls', 'call', {
    model: 'graduated',
    tiers: [
      { upTo: '2', unitAmount: '1' },
      { upTo: null, unitAmount: '0.1' },
    ],
  }),
  ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.01', minimum: '31' }),
]);

const simulate = (days: number) => {
  const endsAtMs = START_MS + days * DAY_MS;
  const subscription = { ...subscriptionOf('sub_1', 'plv_1'), endsAtMs };
  const version = compileVersion('plv_1', terms);
  return new TenantSimulation({ subscription, version }, new Map());
};

test('what is added piece by piece comes to what is added at once', () => {
  const calls = fc.array(fc.tuple(fc.nat(4), fc.nat(3)), { maxLength: 15 });
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 4 }), (keys, size) => {
      const records = keys.map(([key, bytesOut], at) => {
        const startedAtMs = START_MS + at * DAY_MS * 5;
        return usageRecord({ chargeKey: `key-${key}`, bytesOut, startedAtMs });
      });
      const whole = simulate(80);
      whole.add(records);
      const pieces = simulate(80);
      for (let at = 0; at < records.length; at += size) pieces.add(records.slice(at, at + size));
      assert.deepEqual(pieces.end(), whole.end());
    }),
  );
});

test('a minimum is due for the part of each period that is looked at', () => {
  // January and, of February, 14 days.
  const { rules, records } = simulate(31 + 14).end();
  assert.equal(records, 0);
  assert.deepEqual(
    rules.map(({ ruleId, amount }) => [ruleId, amount]),
    [['bytes', 31_000_000_000n + 15_500_000_000n]],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callers, ControlPlane } from '../../../../../test/support/control-plane.ts';

const PATH = '/api/v1/billing/reconciliation';

test('the last standing check is shown to its tenant, money as exact decimals', async () => {
  const plane = new ControlPlane();
  const before = await plane.send('GET', PATH, { as: 'billingA' });
  assert.deepEqual(before.json, {
    checkedAtMs: null,
    agrees: null,
    records: null,
    charges: null,
    sums: [],
    differences: [],
  });
  const balance = 1_500_000_000n;
  const sums = { currency: 'USD', metered: 1n, charged: 1n, posted: 2n, balance, invoiced: 3n };
  const figures = {
    recorded: 3,
    rated: 2,
    refused: 1,
    pending: 1,
    setAside: 1,
    chargesMade: 1,
    chargesKept: 1,
    sums: [sums],
    unbalanced: [],
    wrongBalances: [],
    wrongMeters: [],
    wrongRollups: [],
  };
  const result = { atMs: 7, figures, differences: ['One thing.'] };
  await plane.identity.reconciliations.put(callers.billingA.tenant, result);
  const after = await plane.send('GET', PATH, { as: 'billingA' });
  assert.deepEqual(after.json, {
    checkedAtMs: 7,
    agrees: false,
    records: { recorded: 3, rated: 2, pending: 1, setAside: 1 },
    charges: 1,
    sums: [
      {
        currency: 'USD',
        metered: '0.000000001',
        charged: '0.000000001',
        posted: '0.000000002',
        balance: '1.50',
        invoiced: '0.000000003',
      },
    ],
    differences: ['One thing.'],
  });
  const theirs = await plane.send('GET', PATH, { as: 'ownerB' });
  assert.equal((theirs.json as { readonly checkedAtMs: unknown }).checkedAtMs, null);
});

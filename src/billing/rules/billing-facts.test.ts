import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billingFacts, type BilledRecord } from './billing-facts.ts';

const record: BilledRecord = {
  serviceId: 'svc_1',
  tool: 'find',
  method: 'tools/call',
  outcome: 'ok',
  userId: 'usr_1',
  startedAtMs: 1,
  durationMs: 2.5,
  bytesIn: 3,
  bytesOut: 4,
  events: 5,
};

test('facts are read from a record, with a slug for the id where one is known', () => {
  const slugs = new Map([['svc_1', 'maps']]);
  const plain = billingFacts(record, slugs);
  assert.deepEqual(
    [plain.service, plain.roles, plain.arguments, plain.quantities],
    ['maps', [], {}, {}],
  );
  assert.equal(billingFacts({ ...record, serviceId: 'svc_2' }, slugs).service, 'svc_2');
  assert.equal(billingFacts({ ...record, serviceId: null }, slugs).service, null);
  const asked = billingFacts(
    {
      ...record,
      attributes: '{"roles":["admin"],"groups":[],"arguments":{"region":"eu","n":1}}',
      quantities: '{"custom:pages":"12.5"}',
    },
    slugs,
  );
  assert.deepEqual(asked.roles, ['admin']);
  assert.deepEqual(asked.arguments, { region: 'eu' });
  assert.deepEqual(asked.quantities, { 'custom:pages': '12.5' });
});

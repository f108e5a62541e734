import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { limits } from '../../../../kernel/limits.ts';

const path = '/api/v1/privacy/retention';

test('how long things are kept is shown, changed and versioned', async () => {
  const plane = new ControlPlane();
  const before = await plane.send('GET', path, { as: 'ownerA' });
  assert.deepEqual(before.json, { usageDays: null, auditDays: null, chatDays: null, version: 0 });
  assert.equal(before.headers.get('etag'), null);
  const body = { usageDays: 1, auditDays: limits.retentionDaysMax };
  const changed = await plane.send('PATCH', path, { as: 'ownerA', body });
  assert.deepEqual(changed.json, { ...body, chatDays: null, version: 1 });
  assert.equal(changed.headers.get('etag'), '"1"');
  const kept = await plane.send('PATCH', path, {
    as: 'ownerA',
    body: { auditDays: null, chatDays: 7 },
  });
  assert.deepEqual(kept.json, { usageDays: 1, auditDays: null, chatDays: 7, version: 2 });
  assert.deepEqual((await plane.send('GET', path, { as: 'ownerA' })).json, kept.json);
});

test('what is no number of days is refused', async () => {
  const plane = new ControlPlane();
  for (const usageDays of [0, 1.5, '7', limits.retentionDaysMax + 1]) {
    const came = await plane.send('PATCH', path, { as: 'ownerA', body: { usageDays } });
    assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, 'usageDays');
  }
  problemOf(await plane.send('GET', path, { as: 'memberA' }), 'forbidden');
});

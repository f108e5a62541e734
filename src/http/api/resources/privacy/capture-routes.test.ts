import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import type { CaptureDesk } from '../../../../gateway/captures/capture-desk.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';

const path = '/api/v1/privacy/capture';
const untilMs = NOW_MS + 3_600_000;
const body = { services: ['orders'], sampleRate: 0.5, untilMs, keepHours: 4 };

test('capturing is off, turned on for a while, and off again', async () => {
  const plane = new ControlPlane();
  const off = {
    isOn: false,
    services: null,
    tools: null,
    sampleRate: null,
    untilMs: null,
    keepHours: null,
    captures: 0,
    bytes: 0,
    bytesMax: limits.captureBytesPerTenantMax,
  };
  assert.deepEqual((await plane.send('GET', path, { as: 'ownerA' })).json, off);
  const on = await plane.send('PUT', path, { as: 'ownerA', body });
  assert.deepEqual(on.json, { ...off, ...body, isOn: true });
  assert.deepEqual((await plane.send('GET', path, { as: 'ownerA' })).json, on.json);
  assert.deepEqual((await plane.send('GET', path, { as: 'ownerB' })).json, off);
  assert.equal((await plane.send('DELETE', path, { as: 'ownerA' })).status, 204);
  assert.deepEqual((await plane.send('GET', path, { as: 'ownerA' })).json, off);
  const told = plane.acts.map(({ action, outcome }) => `${action} ${outcome}`);
  assert.deepEqual(told, [
    'startCapture begun',
    'startCapture ok',
    'stopCapture begun',
    'stopCapture ok',
  ]);
});

test('it lasts captureMsMax at most and keeps for captureKeepHoursMax at most', async () => {
  const plane = new ControlPlane();
  const put = (change: object) =>
    plane.send('PUT', path, { as: 'ownerA', body: { ...body, ...change } });
  const longest = { untilMs: NOW_MS + limits.captureMsMax, keepHours: limits.captureKeepHoursMax };
  assert.equal((await put(longest)).status, 200);
  for (const [field, value] of [
    ['untilMs', NOW_MS + limits.captureMsMax + 1],
    ['untilMs', NOW_MS],
    ['keepHours', limits.captureKeepHoursMax + 1],
    ['sampleRate', 0],
    ['sampleRate', 1.1],
    ['services', []],
  ] as const) {
    const problem = problemOf(await put({ [field]: value }), 'invalid_params');
    assert.equal(problem.errors?.[0]?.field, field);
  }
});

test('captures are listed a page at a time, read on record, and deleted', async () => {
  const plane = new ControlPlane();
  await plane.send('PUT', path, { as: 'ownerA', body });
  const desk = plane.deps.privacy.captures as CaptureDesk;
  for (const tool of ['one', 'two', 'three']) {
    const who = { tenant: tenantId('ten_a'), userId: 'usr_a_member', grantId: 'key_a_member' };
    const what = { serviceId: 'svc_1', serviceSlug: 'orders', method: 'tools/call', tool };
    const how = { outcome: 'complete', workId: 'use_1', arguments: { a: 1 }, result: null };
    desk.keep({ ...who, ...what, ...how });
  }
  await desk.settled();
  const list = async (query: string, as: 'ownerA' | 'ownerB' = 'ownerA') => {
    const { json } = await plane.send('GET', `/api/v1/privacy/captures${query}`, { as });
    return json as { captures: { id: string; tool: string }[]; nextCursor: string | null };
  };
  const first = await list('?limit=2');
  const rest = await list(`?limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual([first.captures.length, rest.captures.length, rest.nextCursor], [2, 1, null]);
  assert.deepEqual((await list('', 'ownerB')).captures, []);
  const id = first.captures[0]?.id ?? '';
  const one = await plane.send('GET', `/api/v1/privacy/captures/${id}`, { as: 'ownerA' });
  const { arguments: given, result } = one.json as { arguments: unknown; result: unknown };
  assert.deepEqual([given, result], [{ a: 1 }, null]);
  assert.deepEqual([plane.acts.at(-1)?.action, plane.acts.at(-1)?.target], ['readCapture', id]);
  const theirs = await plane.send('GET', `/api/v1/privacy/captures/${id}`, { as: 'ownerB' });
  problemOf(theirs, 'not_found');
  await plane.send('DELETE', '/api/v1/privacy/captures', { as: 'ownerA' });
  assert.deepEqual((await list('')).captures, []);
});

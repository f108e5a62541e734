import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryIdentity } from '../../../test/support/memory-identity.ts';
import { newTenant } from '../../../test/storage/contract/fixtures.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { CaptureDesk, type CapturedCall } from './capture-desk.ts';
import { createSample } from './sample.ts';

const A = tenantId('ten_a');
const HOUR_MS = 3_600_000;

const callOf = (change: Partial<CapturedCall> = {}): CapturedCall => ({
  tenant: A,
  userId: 'usr_1',
  grantId: 'key_1',
  serviceId: 'svc_1',
  serviceSlug: 'orders',
  method: 'tools/call',
  tool: 'say',
  outcome: 'complete',
  workId: 'use_1',
  arguments: { text: 'hello' },
  result: { content: [] },
  ...change,
});

function open(inspect = () => Promise.resolve([[], []] as const)) {
  const stores = memoryIdentity();
  stores.addTenant(newTenant(A));
  const clock = { ms: 1_000 };
  const warnings: string[] = [];
  const line = (_fields: object, text: string) => void warnings.push(text);
  const desk = new CaptureDesk({
    store: stores.captures,
    vault: {
      seal: (_row, text) => Promise.resolve(Buffer.from(text).toString('hex')),
      read: async (row) => Buffer.from((await stores.vault.get(row)) ?? '', 'hex').toString(),
    },
    inspector: { inspect },
    sample: createSample('seed'),
    ids: new IdSource(() => clock.ms),
    log: { debug: line, info: line, warn: line, error: line },
    now: () => clock.ms,
  });
  const on = (change: object = {}) =>
    desk.turnOn(A, {
      services: null,
      tools: null,
      sampleRate: 1,
      untilMs: clock.ms + HOUR_MS,
      keepHours: 2,
      ...change,
    });
  return { desk, clock, warnings, on };
}

test('nothing is captured until a tenant says so, nor after its time', async () => {
  const { desk, clock, on } = open();
  assert.equal(desk.isOn, false);
  assert.equal(desk.wants(A, 'orders', 'say', 'use_1'), false);
  desk.keep(callOf());
  await desk.settled();
  assert.deepEqual(await desk.list(A, { rowsMax: 9 }), []);
  await on();
  assert.equal(desk.wants(A, 'orders', 'say', 'use_1'), true);
  assert.equal(desk.wants(tenantId('ten_b'), 'orders', 'say', 'use_1'), false);
  clock.ms += HOUR_MS;
  assert.equal(desk.wants(A, 'orders', 'say', 'use_1'), false);
  await desk.load(A);
  assert.equal(desk.isOn, false, 'what is over is not read in again');
});

test('patterns and the share say which calls', async () => {
  const { desk, on } = open();
  await on({ services: ['ord*'], tools: ['*__say'] });
  assert.equal(desk.wants(A, 'orders', 'say', 'use_1'), true);
  assert.equal(desk.wants(A, 'orders', 'sing', 'use_1'), false);
  assert.equal(desk.wants(A, 'mail', 'say', 'use_1'), false);
  await on({ sampleRate: 0.5 });
  const sample = createSample('seed');
  for (let at = 0; at < 50; at++) {
    assert.equal(desk.wants(A, 'orders', 'say', `use_${at}`), sample(`use_${at}`, 0.5));
  }
  assert.equal(await desk.turnOff(A), true);
  assert.equal(desk.isOn, false);
});

test('a captured call is kept sealed, shown with what was said, and expires', async () => {
  const { desk, clock, on } = open();
  await on();
  desk.keep(callOf());
  await desk.settled();
  const [one] = await desk.list(A, { rowsMax: 9 });
  assert.equal(one?.expiresAtMs, clock.ms + 2 * HOUR_MS);
  const { content } = await desk.get(A, one.id);
  assert.deepEqual(content, { arguments: { text: 'hello' }, result: { content: [] } });
  clock.ms += 2 * HOUR_MS;
  assert.deepEqual(await desk.list(A, { rowsMax: 9 }), []);
  await assert.rejects(desk.get(A, one.id), { code: 'not_found' });
});

test('of calls at once capturesPendingMax are kept, and one more is not', async () => {
  const { desk, on } = open();
  await on();
  for (let n = 0; n < limits.capturesPendingMax + 1; n++) desk.keep(callOf());
  await desk.settled();
  assert.equal((await desk.list(A, { rowsMax: 99 })).length, limits.capturesPendingMax);
});

test('what cannot be looked through is not kept, and said in the log', async () => {
  const { desk, warnings, on } = open(() => Promise.reject(new Error('away')));
  await on();
  desk.keep(callOf());
  await desk.settled();
  assert.deepEqual(await desk.list(A, { rowsMax: 9 }), []);
  assert.deepEqual(warnings, ['a call could not be captured']);
});

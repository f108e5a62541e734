import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import { tenantId } from '../kernel/principal.ts';
import type { AuditAct } from './audit-act.ts';
import type { AuditEvent } from './audit-event.ts';
import { AuditLog } from './audit-log.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

const actOf = (tenant: AuditAct['tenant'], target: string): AuditAct => ({
  tenant,
  kind: 'refusal',
  action: 'tools/call',
  outcome: 'refused',
  subject: 'user:usr_1',
  actor: null,
  grantId: 'key_1',
  credentialId: 'key_1',
  target,
  rule: '-32602',
  detail: {},
});

function logOnto() {
  const kept: AuditEvent[] = [];
  const ids = new Set<string>();
  const away = new Set<string>();
  const batches: number[] = [];
  const log = new AuditLog({
    store: {
      append: (tenant, events) => {
        if (away.has(tenant)) return Promise.reject(new GatewayError('storage_unavailable'));
        batches.push(events.length);
        for (const event of events) {
          if (!ids.has(event.id)) kept.push(event);
          ids.add(event.id);
        }
        return Promise.resolve();
      },
    },
    nodeId: 'node-1',
    ids: new IdSource(),
    log: silentLog,
    now: () => 5,
  });
  return { log, kept, away, batches };
}

test('an act is kept at once', async () => {
  const { log, kept } = logOnto();
  await log.record(actOf(A, 'orders'));
  assert.equal(kept[0]?.target, 'orders');
  assert.equal(kept[0].nodeId, 'node-1');
  assert.equal(kept[0].atMs, 5);
});

test('refusals that are alike become one event that counts them', async () => {
  const { log, kept } = logOnto();
  for (let n = 0; n < 5; n++) log.note(actOf(A, 'orders'));
  log.note(actOf(A, 'others'));
  assert.deepEqual(kept, []);
  await log.flush();
  assert.deepEqual(
    kept.map(({ target, detail }) => [target, detail]),
    [
      ['orders', { count: 5 }],
      ['others', {}],
    ],
  );
  await log.flush();
  assert.equal(kept.length, 2);
});

test('what cannot be written is kept for the next time, and holds up no other tenant', async () => {
  const { log, kept, away } = logOnto();
  away.add(A);
  log.note(actOf(A, 'one'));
  log.note(actOf(B, 'two'));
  await assert.rejects(log.flush(), { code: 'storage_unavailable' });
  assert.deepEqual(
    kept.map(({ target }) => target),
    ['two'],
  );
  away.clear();
  await log.flush();
  assert.deepEqual(
    kept.map(({ target }) => target),
    ['two', 'one'],
  );
});

test('acts of the same time are kept together, each tenant by itself', async () => {
  const { log, kept, batches } = logOnto();
  await Promise.all([A, B, A, A].map((tenant, at) => log.record(actOf(tenant, `act ${at}`))));
  assert.deepEqual(batches, [1, 1, 2]);
  assert.equal(kept.length, 4);
});

test('acts of a batch that is not kept are all told so, and those after it are kept', async () => {
  const { log, kept, away } = logOnto();
  away.add(A);
  const told = await Promise.allSettled([1, 2, 3].map((at) => log.record(actOf(A, `act ${at}`))));
  assert.ok(told.every(({ status }) => status === 'rejected'));
  away.clear();
  await log.record(actOf(A, 'later'));
  assert.equal(kept.length, 1);
});

test('a batch has at most as many events as a statement takes', async () => {
  const { log, batches } = logOnto();
  const max = limits.auditPageMax;
  for (let n = 0; n < max; n++) log.note(actOf(A, `target ${n}`));
  await log.flush();
  assert.deepEqual(batches.splice(0), [max]);
  for (let n = 0; n <= max; n++) log.note(actOf(A, `target ${n}`));
  await log.flush();
  assert.deepEqual(batches, [max, 1]);
});

test('single acts that wait together make batches of that size too', async () => {
  const { log, batches } = logOnto();
  const max = limits.auditPageMax;
  await Promise.all(Array.from({ length: max + 2 }, () => log.record(actOf(A, 'orders'))));
  assert.deepEqual(batches, [1, max, 1]);
});

test('what waits is bounded', async () => {
  const { log, kept } = logOnto();
  for (let n = 0; n <= limits.auditQueueMax; n++) log.note(actOf(A, `target ${n}`));
  await log.flush();
  assert.equal(kept.length, limits.auditQueueMax);
});

test('a text that a caller chose is cut, and is one that every database keeps', async () => {
  const { log, kept } = logOnto();
  const max = limits.auditTextCharactersMax;
  await log.record({ ...actOf(A, 'x'.repeat(max)), action: 'a\0\ud800' });
  await log.record(actOf(A, 'x'.repeat(max + 1)));
  assert.equal(kept[0]?.target?.length, max);
  assert.equal(kept[0].action, 'a\u{fffd}\u{fffd}');
  assert.equal(kept[1]?.target, `${'x'.repeat(max - 1)}…`);
});

test('what looks like an address is in no event', async () => {
  const { log, kept } = logOnto();
  const kinds = [
    'orders/ada@mail.example',
    'mail://ada@mail.example/inbox?to=b@c',
    'npm://@scope/a',
  ];
  for (const target of kinds) await log.record(actOf(A, target));
  assert.deepEqual(
    kept.map(({ target }) => target),
    ['orders/[address]', 'mail://[address]/inbox?to=[address]', 'npm://@scope/a'],
  );
});

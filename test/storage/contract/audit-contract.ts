import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyChain } from '../../../src/audit/verify-chain.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { callOf, eventOf, linesOf, NOON_MS } from './audit-fixtures.ts';
import { A, B, type OpenEmpty } from './fixtures.ts';

const all = { descending: false, rowsMax: 100 } as const;

/** What the audit chains must do on every engine. */
export function auditContract(open: OpenEmpty): void {
  test('events are chained in their order, once, for their tenant', async (t) => {
    const { audit } = await open(t);
    const [first, second, theirs] = [eventOf(A), eventOf(A), eventOf(B)];
    await audit.append(A, [first]);
    await audit.append(A, [first, second]);
    await audit.append(B, [theirs]);
    const events = await audit.list(A, all);
    assert.deepEqual(
      events.map(({ seq, hash: _hash, ...event }) => [seq, event]),
      [
        [1, first],
        [2, second],
      ],
    );
    assert.equal((await audit.head(A)).hash, events[1]?.hash);
    assert.deepEqual(await verifyChain(audit, A), {
      events: 2,
      calls: 0,
      head: events[1]?.hash,
      faults: [],
    });
    assert.equal((await audit.list(B, all)).length, 1);
  });

  test('events added at the same time have places of their own', async (t) => {
    const { audit } = await open(t);
    await Promise.all(Array.from({ length: 20 }, () => audit.append(A, [eventOf(A), eventOf(A)])));
    const verdict = await verifyChain(audit, A);
    assert.deepEqual([verdict.events, verdict.faults], [40, []]);
  });

  test('events are found by what they are', async (t) => {
    const { audit } = await open(t);
    await audit.append(A, [
      eventOf(A, { kind: 'sign_in', action: 'signIn' }),
      eventOf(A, { subject: 'user:usr_2' }),
      eventOf(A, { atMs: NOON_MS + 5 }),
    ]);
    const seqs = async (wanted: object) =>
      (await audit.list(A, { ...all, ...wanted })).map(({ seq }) => seq);
    assert.deepEqual(await seqs({ kind: 'sign_in' }), [1]);
    assert.deepEqual(await seqs({ action: 'updateService' }), [2, 3]);
    assert.deepEqual(await seqs({ subject: 'user:usr_2' }), [2]);
    assert.deepEqual(await seqs({ fromMs: NOON_MS + 1 }), [3]);
    assert.deepEqual(await seqs({ toMs: NOON_MS + 1 }), [1, 2]);
    assert.deepEqual(await seqs({ after: 1 }), [2, 3]);
    assert.deepEqual(await seqs({ descending: true, rowsMax: 2 }), [3, 2]);
    assert.deepEqual(await seqs({ descending: true, after: 2 }), [1]);
  });

  test('a whole page of events is added at once', async (t) => {
    const { audit } = await open(t);
    await audit.append(
      A,
      Array.from({ length: limits.auditPageMax }, () => eventOf(A)),
    );
    const { events, faults } = await verifyChain(audit, A);
    assert.deepEqual([events, faults], [limits.auditPageMax, []]);
  });

  sealingContract(open);
}

function sealingContract(open: OpenEmpty): void {
  test('calls are sealed in the transaction that keeps them, each once', async (t) => {
    const { audit, usage } = await open(t);
    const odd = callOf(A, 'half \ud83d, nothing \0, quoted "\\u0000"');
    const mine = [callOf(A, 'b'), callOf(A, 'a'), odd];
    await usage.insert(linesOf([...mine, callOf(B, 'theirs')]));
    await usage.insert(linesOf([...mine, callOf(A, 'later')]));
    await usage.insert(linesOf(mine));
    const events = await audit.list(A, all);
    assert.deepEqual(
      events.map(({ kind, detail }) => [kind, detail['records']]),
      [
        ['calls', 3],
        ['calls', 1],
      ],
    );
    for (const [tenant, calls] of [
      [A, 4],
      [B, 1],
    ] as const) {
      const verdict = await verifyChain(audit, tenant);
      assert.deepEqual([verdict.calls, verdict.faults], [calls, []]);
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import type { AuditEvent, ChainedEvent, SealedCalls } from './audit-event.ts';
import { chainOnto, emptyChain, type ChainHead } from './chain.ts';
import { cutActions, emptyCut } from './retention.ts';
import { sealCalls } from './seal-calls.ts';
import type { AuditStore } from './store.ts';
import { verifyChain } from './verify-chain.ts';

const TENANT = tenantId('ten_a');

const eventOf = (number: number, changes: Partial<AuditEvent> = {}): AuditEvent => ({
  id: `aud_${number}`,
  tenant: TENANT,
  atMs: 1_000 + number,
  nodeId: 'node-1',
  kind: 'control',
  action: 'updateService',
  outcome: 'ok',
  subject: 'user:usr_1',
  actor: null,
  grantId: 'key_1',
  credentialId: 'key_1',
  target: 'orders',
  rule: null,
  detail: { status: 200 },
  ...changes,
});

/** A store that was filled honestly; `events` and `lines` may then be tampered with. */
class KeptChain {
  events: ChainedEvent[];
  lines = new Map<number, string[]>();
  head;

  constructor(events: readonly AuditEvent[]) {
    this.events = [...chainOnto(emptyChain, events)];
    const { seq, hash } = this.events.at(-1) ?? emptyChain;
    this.head = { seq, hash };
  }

  get store(): Omit<AuditStore, 'append'> {
    return {
      list: (_, { after = 0, rowsMax }) =>
        Promise.resolve(this.events.filter(({ seq }) => seq > after).slice(0, rowsMax)),
      about: () => Promise.resolve([]),
      head: () => Promise.resolve(this.head),
      cut: () => Promise.resolve(emptyChain),
      sealedLines: (_, { block }: SealedCalls) => Promise.resolve(this.lines.get(block) ?? []),
      usageCut: () => Promise.resolve(emptyCut),
      sealedRecords: () => Promise.resolve([...this.lines.values()].flat().length),
    };
  }
}

const chainOf = (length: number): KeptChain =>
  new KeptChain(Array.from({ length }, (_, number) => eventOf(number)));

test('an honest chain has no faults, however long', async () => {
  const verdict = await verifyChain(chainOf(2 * limits.auditPageMax + 1).store, TENANT);
  assert.deepEqual([verdict.events, verdict.faults], [2 * limits.auditPageMax + 1, []]);
  assert.deepEqual((await verifyChain(chainOf(0).store, TENANT)).faults, []);
});

test('a chain that grows while it is read has no faults, one that lacks its end has', async () => {
  const kept = chainOf(3);
  const { store } = kept;
  let batches = 0;
  const grow = (): void => {
    const block = ++batches;
    const id = `use_${block}`;
    const line = `["${id}"]`;
    kept.lines.set(block, [line]);
    const sealing = { tenant: TENANT, block, nodeId: 'node-1', atMs: block };
    const sealed = sealCalls({ ...sealing, calls: [{ id, line }] });
    kept.events.push(...chainOnto(kept.head, [sealed]));
    const { seq, hash } = kept.events.at(-1) ?? emptyChain;
    kept.head = { seq, hash };
  };
  // Something is added at every look, for ever.
  const busy = {
    ...store,
    list: (...asked: Parameters<typeof store.list>) => {
      grow();
      return store.list(...asked);
    },
    sealedRecords: (...asked: Parameters<typeof store.sealedRecords>) => {
      const counted = store.sealedRecords(...asked);
      grow();
      return counted;
    },
  };
  for (let round = 0; round < 3; round++) {
    const verdict = await verifyChain(busy, TENANT);
    assert.deepEqual([verdict.events, verdict.faults], [4 + 2 * round, []]);
  }
  kept.events.pop();
  const short = (await verifyChain(store, TENANT)).faults.map(({ text }) => text);
  assert.deepEqual(short, [
    'The chain ends at event 8, and should at 9.',
    '1 usage records claim to be sealed and are not.',
  ]);
});

const changes: fc.Arbitrary<Partial<ChainedEvent>> = fc.oneof(
  fc.record({ action: fc.string() }),
  fc.record({ outcome: fc.constantFrom('begun', 'refused', 'failed') }),
  fc.record({ atMs: fc.integer() }),
  fc.record({ subject: fc.option(fc.string()) }),
  fc.record({ target: fc.option(fc.string()) }),
  fc.record({ rule: fc.constant('a rule') }),
  fc.record({ credentialId: fc.constant('key_2') }),
  fc.record({ detail: fc.constant({ status: 201 }) }),
  fc.record({ hash: fc.constant('0'.repeat(64)) }),
);

test('an event that was changed, taken out or put in is a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(9), changes, fc.nat(2), async (at, change, how) => {
      const chain = chainOf(10);
      const event = chain.events[at] as ChainedEvent;
      if (how === 0) {
        const changed = { ...event, ...change };
        fc.pre(JSON.stringify(changed) !== JSON.stringify(event));
        chain.events[at] = changed;
      } else if (how === 1) chain.events.splice(at, 1);
      else chain.events.splice(at, 0, { ...event, id: 'aud_x' });
      const { faults } = await verifyChain(chain.store, TENANT);
      assert.ok(faults.length > 0);
    }),
  );
});

test('sealed calls that were changed, lost or added are faults', async () => {
  const lines = ['["use_1","a"]', '["use_2","b"]'];
  const sealing = { tenant: TENANT, block: 7, nodeId: 'node-1', atMs: 5 };
  const calls = lines.map((line, at) => ({ id: `use_${at + 1}`, line }));
  const sealed = sealCalls({ ...sealing, calls: calls.toReversed() });
  assert.deepEqual(
    { ...sealed.detail, digest: '' },
    { block: 7, records: 2, firstId: 'use_1', lastId: 'use_2', digest: '' },
  );
  const faultsWith = async (kept: string[]): Promise<readonly string[]> => {
    const chain = new KeptChain([sealed]);
    chain.lines.set(7, kept);
    return (await verifyChain(chain.store, TENANT)).faults.map(({ text }) => text);
  };
  assert.deepEqual(await faultsWith(lines), []);
  assert.deepEqual(await faultsWith(['["use_1","a"]', '["use_2","c"]']), [
    'The 2 usage records that were sealed were changed.',
  ]);
  assert.deepEqual(await faultsWith(['["use_1","a"]']), ['1 of 2 usage records are missing.']);
  const [changed, added] = await faultsWith([...lines, '["use_3","c"]']);
  assert.equal(changed, 'The 2 usage records that were sealed were changed.');
  assert.equal(added, '1 usage records claim to be sealed and are not.');
});

test('a cut that no event tells of is a fault', async () => {
  const chain = chainOf(3);
  const faultsWith = async (change: Partial<AuditStore>): Promise<readonly string[]> =>
    (await verifyChain({ ...chain.store, ...change }, TENANT)).faults.map(({ text }) => text);
  const usageCut = () => Promise.resolve({ block: 7, lastId: 'use_9', seq: 1 });
  const hidden = 'No event of the chain tells that usage records were let go up to 7.';
  assert.deepEqual(await faultsWith({ usageCut }), [hidden]);
  const [first] = chain.events;
  const cut = () => Promise.resolve({ seq: 1, hash: first?.hash ?? '' });
  const gone = 'No event of the chain tells that audit events were let go up to 1.';
  assert.deepEqual(await faultsWith({ cut }), [gone]);
});

test('a chain of which something is let go meanwhile is checked anew', async () => {
  const chain = chainOf(5);
  let looks = 0;
  const [first] = chain.events;
  const cutEvent = eventOf(5, { action: cutActions.audit, detail: { seq: 1 } });
  const cut = (): Promise<ChainHead> => {
    looks++;
    if (looks === 2) {
      chain.events.push(...chainOnto(chain.head, [cutEvent]));
      const { seq, hash } = chain.events.at(-1) ?? emptyChain;
      chain.head = { seq, hash };
      chain.events.shift();
    }
    return Promise.resolve(looks < 2 ? emptyChain : { seq: 1, hash: first?.hash ?? '' });
  };
  const verdict = await verifyChain({ ...chain.store, cut }, TENANT);
  assert.deepEqual([looks, verdict.events, verdict.faults], [4, 5, []]);
});

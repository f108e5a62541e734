import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import type { Log } from '../../kernel/log.ts';
import { readPart, type UsageRecord } from '../../metering/store.ts';
import type { Permitted } from '../exchange.ts';
import type { AskedFacts } from '../usage-facts.ts';
import { CallParts } from './call-parts.ts';

const EVERY_MS = 30_000;
const live = { service: { id: 'svc_1', slug: 'maps' }, discovery: { era: 'modern' } };

interface Changes {
  readonly attemptId?: string;
  readonly capabilities?: object;
}

function permittedOf({ attemptId = 'use_1', capabilities = {} }: Changes = {}) {
  const io = { notified: 0 };
  const permitted = {
    principal: testPrincipal(),
    request: { method: 'tools/call', client: { era: 'modern', capabilities } },
    target: { kind: 'upstream', live, params: {}, name: 'find' },
    attemptId,
    workId: attemptId,
    io,
    bytesIn: 40,
    sessionId: null,
    attributes: null,
    startedAtMs: 1_000,
    startedMonotonicMs: performance.now() - EVERY_MS,
  } as unknown as Permitted;
  return { permitted, io };
}

function start(isInParts = true) {
  const appended: UsageRecord[] = [];
  const announced: UsageRecord[] = [];
  const failures: string[] = [];
  let isAway = false;
  const take = (list: UsageRecord[]) => (record: UsageRecord) => {
    if (isAway) return Promise.reject(new Error('the disk is full'));
    list.push(record);
    return Promise.resolve();
  };
  const asked = { isInParts: () => isInParts } as unknown as AskedFacts;
  const parts = new CallParts({
    usageLog: { append: take(appended), announce: take(announced) },
    nodeId: 'node',
    askedFactsOf: () => asked,
    log: { error: (fields: { reason: string }) => failures.push(fields.reason) } as unknown as Log,
    everyMs: EVERY_MS,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const beat = async (afterMs = EVERY_MS + 1): Promise<void> => {
    parts.beat(performance.now() + afterMs);
    await turn();
  };
  const disk = {
    set isAway(value: boolean) {
      isAway = value;
    },
  };
  return { parts, appended, announced, failures, beat, disk };
}

describe('parts of long calls', () => {
  it('are written when they are due, with what came since and an announcement', async () => {
    const { parts, appended, announced, beat } = start();
    const { permitted, io } = permittedOf();
    const call = parts.begin(permitted, undefined, performance.now());
    parts.forwarded('use_1');
    await beat(EVERY_MS - 1_000);
    assert.equal(appended.length, 0);
    io.notified = 3;
    await beat();
    io.notified = 5;
    await beat(2 * EVERY_MS + 2);
    assert.deepEqual(
      appended.map(({ outcome, events, bytesIn }) => [outcome, events, bytesIn]),
      [
        ['part', 3, 40],
        ['part', 2, 0],
      ],
    );
    const before = await parts.end(call);
    assert.deepEqual([before?.of, before?.number, before?.events], ['use_1', 3, 5]);
    const { outcome, id, part, events } = announced.at(-1) as UsageRecord;
    assert.deepEqual([outcome, id, events], ['unknown_crash', 'use_1', 0]);
    assert.deepEqual(readPart(part), before);
    await beat(9 * EVERY_MS);
    assert.equal(appended.length, 2, 'what has ended has no more parts');
  });

  it('are of calls on their way alone that a rule charges for what grows', async () => {
    const waiting = start();
    waiting.parts.begin(permittedOf().permitted, undefined, performance.now());
    const free = start(false);
    free.parts.begin(permittedOf().permitted, undefined, performance.now());
    free.parts.forwarded('use_1');
    const task = start();
    const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
    task.parts.begin(permittedOf({ capabilities }).permitted, undefined, performance.now());
    task.parts.forwarded('use_1');
    for (const { beat, appended } of [waiting, free, task]) {
      await beat();
      assert.deepEqual(appended, []);
    }
  });

  it('that could not be kept are written again as they were', async () => {
    const { parts, appended, failures, beat, disk } = start();
    const { permitted, io } = permittedOf();
    const call = parts.begin(permitted, undefined, performance.now());
    parts.forwarded('use_1');
    disk.isAway = true;
    io.notified = 1;
    await beat();
    io.notified = 4;
    await beat(2 * EVERY_MS + 2);
    assert.deepEqual(failures, ['the disk is full', 'the disk is full']);
    await assert.rejects(Promise.resolve(parts.end(call)), { message: 'the disk is full' });
    disk.isAway = false;
    const before = await parts.end(call);
    assert.deepEqual(
      appended.map(({ events }) => events),
      [1],
    );
    assert.equal(before?.events, 1, 'the rest is for the last record');
  });

  it('carry what the call holds for them', async () => {
    const { parts, appended, beat } = start();
    const spending = {
      settlePart: ({ outcome }: UsageRecord) => `held for ${outcome}`,
      settle: () => null,
      release: () => Promise.resolve(),
    };
    parts.begin(permittedOf().permitted, spending, performance.now());
    parts.forwarded('use_1');
    await beat();
    assert.deepEqual(
      appended.map(({ holds }) => holds),
      ['held for part'],
    );
  });
});

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { usageRecord } from '../../test/support/usage-record.ts';
import { makeUsageWorld, onceEach, usageRecords } from '../../test/support/usage-world.ts';
import { Backlog } from './backlog.ts';
import { INTENT, OpenIntents } from './open-intents.ts';
import { decodeUsageLine, encodeUsageLine, type AnnouncingLog } from './store.ts';

/** Does something with a log and leaves its files as a killed process would. */
async function killedAfter(t: TestContext, work: (log: AnnouncingLog) => Promise<void>) {
  const world = makeUsageWorld(t);
  world.state.down = true;
  const dead = (await world.open({ segmentBytes: 16 * 1024 })) as AnnouncingLog;
  await work(dead);
  const saved = `${world.directory}-saved`;
  fs.cpSync(world.directory, saved, { recursive: true });
  await dead.close();
  fs.rmSync(world.directory, { recursive: true });
  fs.renameSync(saved, world.directory);
  world.state.down = false;
  return world;
}

const lost = (count: number) => usageRecords(count, { outcome: 'unknown_crash' });

describe('a call that was announced', () => {
  test('and recorded leaves its record alone, and no file', async (t) => {
    const { open, counts, files } = makeUsageWorld(t);
    const log = (await open({ segmentBytes: 16 * 1024 })) as AnnouncingLog;
    const records = usageRecords(200);
    for (const one of records) {
      await log.announce({ ...one, outcome: 'unknown_crash' });
      await log.append(one);
    }
    await log.drain();
    assert.deepEqual(counts, onceEach(records));
    await log.close();
    assert.deepEqual(files(), []);
  });

  test('keeps its file until it is recorded', async (t) => {
    const { open, counts, files } = makeUsageWorld(t);
    const log = (await open({ segmentBytes: 16 * 1024 })) as AnnouncingLog;
    const [slow, ...others] = usageRecords(300);
    assert.ok(slow !== undefined);
    await log.announce({ ...slow, outcome: 'unknown_crash' });
    const [first] = files();
    for (const one of others) await log.append(one);
    await log.drain();
    assert.deepEqual(counts, onceEach(others));
    assert.ok(files().includes(first ?? '?'), 'what tells of it is kept');
    await log.append(slow);
    await log.drain();
    assert.ok(!files().includes(first ?? '?'), 'and only so long');
    assert.deepEqual(counts, onceEach([slow, ...others]));
    await log.close();
  });

  test('anew needs its first file no more', async (t) => {
    const [long] = lost(1);
    assert.ok(long !== undefined);
    const others = usageRecords(300);
    const world = makeUsageWorld(t);
    const log = (await world.open({ segmentBytes: 16 * 1024 })) as AnnouncingLog;
    await log.announce(long);
    const [first] = world.files();
    for (const one of others) await log.append(one);
    await log.announce({ ...long, bytesIn: 0 });
    await log.drain();
    assert.ok(!world.files().includes(first ?? '?'));
    assert.equal(world.files().length > 0, true, 'the last one tells of it');
    await log.append(long);
    await log.close();
    assert.deepEqual(world.counts, onceEach([long, ...others]));
  });

  test('and not recorded is known after a crash, once; those recorded are not lost', async (t) => {
    const [begun, done] = [lost(40), usageRecords(300)];
    const world = await killedAfter(t, async (log) => {
      for (const [at, one] of done.entries()) {
        await log.announce({ ...one, outcome: 'unknown_crash' });
        if (at < begun.length) await log.announce(begun[at] ?? one);
        await log.append(one);
      }
    });
    const log = await world.open();
    await log.drain();
    assert.deepEqual(world.counts, onceEach([...begun, ...done]));
    assert.ok(world.said.includes('calls were on their way when the gateway ended'));
    await log.close();
    assert.deepEqual(world.files(), []);
  });

  test('is not given up while a file that may have its record cannot be read', async (t) => {
    const records = usageRecords(200);
    const world = await killedAfter(t, async (log) => {
      for (const one of records) await log.announce({ ...one, outcome: 'unknown_crash' });
      for (const one of records) await log.append(one);
    });
    const { directory, files, counts } = world;
    const last = files().findLast((name) => fs.statSync(join(directory, name)).size > 0) ?? '';
    const log = await world.open();
    fs.renameSync(join(directory, last), join(directory, 'elsewhere'));
    fs.mkdirSync(join(directory, last));
    await assert.rejects(log.drain(), /EISDIR/);
    assert.ok(counts.size < records.length);
    fs.rmdirSync(join(directory, last));
    fs.renameSync(join(directory, 'elsewhere'), join(directory, last));
    await log.close();
    assert.deepEqual(counts, onceEach(records));
  });
});

test('whatever part of a log is read how often, each call comes to one record', () => {
  const step = fc.record({ call: fc.nat(5), isRecord: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      fc.array(fc.nat(20), { maxLength: 6 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      (steps, cuts, repeats) => {
        const ids = ['é"\\', 'b', 'c', 'd', 'e', 'f'];
        const [announced, recorded] = [new Set<number>(), new Set<number>()];
        const lines = steps.flatMap(({ call, isRecord }) => {
          const record = usageRecord({ id: `use_${call}`, tool: ids[call] ?? '' });
          const wanted = isRecord ? recorded : announced;
          if (wanted.has(call) || recorded.has(call)) return [];
          wanted.add(call);
          if (isRecord) return [encodeUsageLine(record)];
          return [`${INTENT}${encodeUsageLine({ ...record, outcome: 'unknown_crash' })}`];
        });
        const stored = new Map<string, string>();
        const keep = (some: Buffer): void => {
          for (const line of some.toString('utf8').split('\n')) {
            if (line === '') continue;
            const [id, outcome] = [0, 12].map((at) => String(decodeUsageLine(line)[at]));
            // The store leaves alone what is there.
            if (!stored.has(id ?? '')) stored.set(id ?? '', outcome ?? '');
          }
        };
        const intents = new OpenIntents();
        const segment = new Backlog().add('x', 0, true, true);
        const places = [0, ...cuts.map((cut) => Math.min(cut, lines.length)), lines.length];
        for (const [at, from] of places.toSorted((a, b) => a - b).entries()) {
          const to = places.toSorted((a, b) => a - b)[at + 1] ?? lines.length;
          const part = Buffer.from(lines.slice(from, to).join(''));
          // A store that fails makes the same part be read again.
          if (repeats[at] === true) intents.sift(part, segment);
          keep(intents.sift(part, segment));
        }
        assert.equal(intents.isIn(segment), intents.left().length > 0);
        keep(intents.left());
        intents.forgetLeft();
        assert.equal(intents.isIn(segment), false);
        const expected = [...new Set([...announced, ...recorded])].map((call) => {
          return [`use_${call}`, recorded.has(call) ? 'ok' : 'unknown_crash'] as const;
        });
        assert.deepEqual(stored, new Map(expected));
      },
    ),
    { numRuns: 300 },
  );
});

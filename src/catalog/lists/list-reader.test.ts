import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ListKind } from '../../upstream/contract.ts';
import { ListReader } from './list-reader.ts';

interface Seen {
  readonly reader: ListReader;
  reads: number;
  readonly told: string[];
  /** What the next reads find to differ. */
  differing: readonly ListKind[];
  /** Runs after each read, as a service does that announces whatever happens. */
  afterRead: () => void;
}

function start(): Seen {
  const seen: Seen = {
    reads: 0,
    told: [],
    differing: [],
    afterRead: () => {},
    reader: new ListReader({
      read: () => {
        seen.reads++;
        setTimeout(() => seen.afterRead(), 2);
        return Promise.resolve(new Set(seen.differing));
      },
      changed: (lists) => seen.told.push(lists.join()),
      failed: () => {},
    }),
  };
  return seen;
}

describe('ListReader', () => {
  it('reads less and less for a service that announces whenever it is listed', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    const seen = start();
    seen.afterRead = () => seen.reader.announced(['tools'], false);
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 50) {
        test.mock.timers.tick(50);
        await turn();
      }
    };
    seen.reader.announced(['tools'], false);
    await pass(5_000);
    assert.equal(seen.reads <= 6, true, `${seen.reads} reads in 5 seconds`);
    await pass(60_000);
    assert.equal(seen.reads <= 10, true, `${seen.reads} reads in a minute`);
    assert.deepEqual(seen.told, []);
    // One change is seen, and the user who asks does not wait.
    seen.differing = ['tools'];
    await seen.reader.now([]);
    assert.deepEqual(seen.told, ['tools']);
    seen.afterRead = () => {};
    seen.differing = [];
    seen.reader[Symbol.dispose]();
  });

  it('reads at once after a quiet time, and tells what somebody asked for', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    const seen = start();
    for (let count = 1; count <= 3; count++) {
      seen.reader.announced(['prompts'], false);
      await turn();
      assert.equal(seen.reads, count);
      test.mock.timers.tick(10_000);
    }
    assert.deepEqual(seen.told, []);
    await seen.reader.now(['resources']);
    assert.deepEqual(seen.told, ['resources']);
  });

  it('tells of what changed in a session of a caller, with growing pauses', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    const seen = start();
    seen.afterRead = () => seen.reader.announced(['tools'], true);
    seen.reader.announced(['tools'], true);
    for (let passed = 0; passed < 30_000; passed += 50) {
      await turn();
      test.mock.timers.tick(50);
    }
    assert.equal(seen.told.length >= 2 && seen.told.length <= 4, true, `${seen.told.length}`);
    seen.reader[Symbol.dispose]();
  });
});

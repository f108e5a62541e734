import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { SlowReaders, type SlowReader } from './slow-readers.ts';

class Reader implements SlowReader {
  isCut = false;
  bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  queuedBytes(): number {
    return this.isCut ? 0 : this.bytes;
  }

  cut(): void {
    this.isCut = true;
  }
}

describe('SlowReaders', () => {
  it('cuts nobody up to the bound, and those who leave most beyond it', () => {
    const readers = new SlowReaders(100);
    const all = [new Reader(30), new Reader(50), new Reader(20)];
    for (const one of all) readers.watch(one);
    assert.deepEqual(
      all.map(({ isCut }) => isCut),
      [false, false, false],
    );
    const next = new Reader(1);
    readers.watch(next);
    assert.deepEqual(
      [...all, next].map(({ isCut }) => isCut),
      [false, true, false, false],
    );
  });

  it('counts one client once, however often it is slow', () => {
    const readers = new SlowReaders(100);
    const one = new Reader(40);
    for (let time = 0; time < 10; time++) readers.watch(one);
    assert.equal(one.isCut, false);
  });

  it('forgets those who have read everything', () => {
    const readers = new SlowReaders(100);
    const quick = new Reader(90);
    readers.watch(quick);
    quick.bytes = 0;
    const slow = new Reader(95);
    readers.watch(slow);
    quick.bytes = 90;
    readers.watch(new Reader(1));
    assert.deepEqual([quick.isCut, slow.isCut], [false, false]);
  });

  it('has limits.unreadBytesMax for its bound, and not one byte more', () => {
    const readers = new SlowReaders();
    const most = new Reader(limits.unreadBytesMax);
    readers.watch(most);
    assert.equal(most.isCut, false);
    const over = new Reader(1);
    readers.watch(over);
    assert.deepEqual([most.isCut, over.isCut], [true, false]);
  });
});

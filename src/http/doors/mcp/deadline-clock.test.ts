import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Cancellation } from '../../../kernel/cancellation.ts';
import { DeadlineClock, type ClockEntry } from './deadline-clock.ts';

const timed = (deadlineMs: number): { deadlineMs: number; cancellation: Cancellation } => ({
  deadlineMs,
  cancellation: new Cancellation(),
});

describe('DeadlineClock', () => {
  it('cuts what is overdue, in order, and nothing else', (test) => {
    test.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 10_000 });
    const clock = new DeadlineClock();
    const all = [timed(10_500), timed(10_900), timed(12_000)];
    for (const one of all) clock.add(one);
    test.mock.timers.tick(1_000);
    assert.deepEqual(
      all.map(({ cancellation }) => cancellation.reason),
      ['deadline', 'deadline', undefined],
    );
    assert.equal(clock.size, 1);
    clock.cancelAll();
    assert.equal(all[2]?.cancellation.reason, 'shutdown');
    clock[Symbol.dispose]();
  });

  it('keeps its list whatever the order of removal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 40 }), (removals) => {
        const clock = new DeadlineClock();
        const entries: ClockEntry[] = Array.from({ length: 10 }, () => clock.add(timed(0)));
        const left = new Set(entries);
        for (const index of removals) {
          const entry = entries[index];
          if (entry === undefined) continue;
          clock.remove(entry);
          left.delete(entry);
        }
        assert.equal(clock.size, left.size);
        const running = [...left].map((entry) => entry.timed?.cancellation);
        clock.cancelAll();
        assert.equal(clock.size, 0);
        for (const cancellation of running) assert.equal(cancellation?.reason, 'shutdown');
        clock[Symbol.dispose]();
      }),
    );
  });
});

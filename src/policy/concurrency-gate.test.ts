import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../kernel/limits.ts';
import { ConcurrencyGate } from './concurrency-gate.ts';

describe('ConcurrencyGate', () => {
  it('lets in limits.exchangesPerTenantMax at once and not one more', () => {
    const gate = new ConcurrencyGate();
    const leave = Array.from({ length: limits.exchangesPerTenantMax }, () => gate.enter('a'));
    assert.throws(() => gate.enter('a'), { code: 'too_many' });
    gate.enter('b')();
    leave[0]?.();
    gate.enter('a')();
  });

  it('counts right whatever the order of coming and going', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const gate = new ConcurrencyGate(3);
        const inside: Record<string, (() => void)[]> = { a: [], b: [] };
        for (const [key, comes] of sequence) {
          const own = inside[key] as (() => void)[];
          if (!comes) own.pop()?.();
          else if (own.length < 3) own.push(gate.enter(key));
          else assert.throws(() => gate.enter(key), { code: 'too_many' });
        }
      }),
    );
  });
});

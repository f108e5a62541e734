import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { InFlight } from './in-flight.ts';

const command = fc.record({
  kind: fc.constantFrom('set', 'take', 'takeAll'),
  key: fc.nat(8),
  value: fc.string(),
});

describe('what is under way', () => {
  it('is kept like in a Map', () => {
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const own = new InFlight<number, string>();
        const map = new Map<number, string>();
        for (const { kind, key, value } of commands) {
          if (kind === 'set') {
            own.set(key, value);
            map.set(key, value);
          } else if (kind === 'take') {
            assert.equal(own.take(key), map.get(key));
            map.delete(key);
          } else {
            assert.deepEqual(own.takeAll(), [...map.values()]);
            map.clear();
          }
          assert.equal(own.size, map.size);
          assert.equal(own.has(key), map.has(key));
          assert.equal(own.get(key), map.get(key));
          assert.deepEqual([...own.values()], [...map.values()]);
        }
      }),
    );
  });

  it('may be taken out while it is gone through', () => {
    const own = new InFlight<number, string>();
    for (const key of [1, 2, 3]) own.set(key, `call ${key}`);
    const seen: string[] = [];
    for (const value of own.values()) {
      seen.push(value);
      own.take(2);
    }
    assert.deepEqual(seen, ['call 1', 'call 3']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { LastSeen } from './last-seen.ts';

describe('LastSeen', () => {
  it('knows the last bytes and no others, whatever stands behind them', () => {
    const texts = fc.array(
      fc.tuple(fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ü', 'x'.repeat(3_000)), fc.string()),
    );
    let known = 0;
    fc.assert(
      fc.property(texts, (all) => {
        const last = new LastSeen<string>();
        let before: string | undefined;
        for (const [head, rest] of all) {
          const bytes = Buffer.from(head + rest);
          const length = Buffer.byteLength(head);
          const found = last.get(bytes, length);
          assert.equal(found, head === before ? head : undefined);
          if (found === undefined) last.set(bytes, length, head);
          else known++;
          if (length <= 2048) before = head;
          // The bytes are only lent.
          bytes.fill(0);
        }
      }),
    );
    assert.ok(known > 20);
  });
});

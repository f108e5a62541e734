import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HOLDS_OF_CALL } from '../../metering/store.ts';
import { holdsText, readHolds } from './record-holds.ts';

const hold = fc.record(
  {
    leaseId: fc.stringMatching(/^lse_[0-9a-f]{32}$/),
    amount: fc.bigInt(1n, 2n ** 62n),
    from: fc.constantFrom('wallet' as const, 'money', 'calls'),
  },
  { noNullPrototype: true },
);

test('holds read back as they were written; where nothing is held nothing is said', () => {
  fc.assert(
    fc.property(fc.array(hold), (holds) => {
      assert.deepEqual(readHolds(holdsText(holds)), holds);
    }),
  );
  assert.equal(holdsText([]), null);
  assert.deepEqual([readHolds(null), readHolds(HOLDS_OF_CALL)], [[], []]);
});

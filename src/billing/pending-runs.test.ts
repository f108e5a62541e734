import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { pendingRuns } from './pending-runs.ts';

const idAt = (atMs: number, rest = '0'): string =>
  `use_${atMs.toString(16).padStart(12, '0')}${rest.padStart(20, '0')}`;

test('ids up to billingRunGapMs apart are one run, whatever their order', () => {
  const far = limits.billingRunGapMs;
  const ids = [idAt(5 + far), idAt(5), idAt(5, '1')];
  assert.deepEqual(pendingRuns(ids), [{ firstId: idAt(5), lastId: idAt(5 + far), records: 3 }]);
  assert.deepEqual(pendingRuns([...ids, idAt(6 + 2 * far)]), [
    { firstId: idAt(5), lastId: idAt(5 + far), records: 3 },
    { firstId: idAt(6 + 2 * far), lastId: idAt(6 + 2 * far), records: 1 },
  ]);
  assert.deepEqual(pendingRuns([]), []);
});

test('ids of another make are runs of their own', () => {
  assert.deepEqual(
    pendingRuns(['b', 'a', idAt(1)]).map(({ firstId }) => firstId),
    ['a', 'b', idAt(1)],
  );
});

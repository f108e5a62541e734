import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exceptions as committed } from './exceptions.ts';
import { judge, unusedExceptions, type Cell, type Exception } from './judge.ts';

const cell: Cell = {
  client: 'mute',
  mode: 'auto',
  endpoint: '/mcp',
  service: 'rooms',
  operation: 'elicit',
  problem: 'nobody answered',
};
const exception: Exception = {
  client: 'mute',
  operation: 'elicit',
  says: /nobody answered/,
  reason: 'it has no user',
};

describe('a cell of the matrix', () => {
  test('works, fails, or is excused', () => {
    assert.deepEqual(judge({ ...cell, problem: undefined }, []), { kind: 'works' });
    assert.deepEqual(judge(cell, []), { kind: 'wrong', problem: 'nobody answered' });
    assert.deepEqual(judge(cell, [exception]), { kind: 'excused', reason: 'it has no user' });
  });

  test('is not excused for another problem', () => {
    const other = { ...cell, problem: 'no answer within 40000 ms' };
    assert.deepEqual(judge(other, [exception]), { kind: 'wrong', problem: other.problem });
  });

  test('must not be excused when it works', () => {
    const verdict = judge({ ...cell, problem: undefined }, [exception]);
    assert.ok(verdict.kind === 'wrong' && verdict.problem.includes('it has no user'));
  });

  test('is excused only where the exception says', () => {
    const elsewhere: readonly Partial<Exception>[] = [
      { client: 'other' },
      { operation: 'call' },
      { modes: ['legacy'] },
      { services: ['memory'] },
    ];
    for (const change of elsewhere) {
      const one = { ...exception, ...change };
      assert.equal(judge(cell, [one]).kind, 'wrong', JSON.stringify(change));
      assert.deepEqual(unusedExceptions([cell], [one]), [one]);
    }
    const here = { ...exception, modes: ['auto'], services: ['rooms'] };
    assert.equal(judge(cell, [here]).kind, 'excused');
    assert.deepEqual(unusedExceptions([cell], [here]), []);
  });

  test('is excused for one reason at most', () => {
    for (const [index, one] of committed.entries()) {
      const later = committed.slice(index + 1);
      const same = later.filter(
        ({ client, operation, modes, services }) =>
          client === one.client &&
          operation === one.operation &&
          overlap(modes, one.modes) &&
          overlap(services, one.services),
      );
      assert.deepEqual(same, [], one.reason);
    }
  });
});

function overlap(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((one) => b.includes(one));
}

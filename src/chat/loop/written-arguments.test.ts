import assert from 'node:assert/strict';
import test from 'node:test';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { writtenArguments } from './written-arguments.ts';

const nested = (depth: number): Json => {
  let value: Json = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? { of: value } : [value];
  return value;
};

test('arguments may be nested jsonDepthMax deep and not one deeper', () => {
  const most = nested(limits.jsonDepthMax);
  assert.equal(writtenArguments(most), most);
  assert.equal(typeof writtenArguments(nested(limits.jsonDepthMax + 1)), 'string');
  assert.equal(typeof writtenArguments(nested(200_000)), 'string');
  assert.deepEqual(writtenArguments(undefined), {});
});

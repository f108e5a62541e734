import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../kernel/json.ts';
import { compareTools } from './compare-tools.ts';

const tool = (name: string, properties: JsonObject, required: readonly string[] = []) => ({
  name,
  inputSchema: { type: 'object', properties, required },
});

const text = { type: 'string' };

test('the same tools in another order are no change', () => {
  const [one, two] = [tool('a', { x: text }), tool('b', {})];
  assert.equal(compareTools([one, two], [two, one]), undefined);
});

test('says what came, what went and what is as it was', () => {
  const changes = compareTools([tool('a', {}), tool('b', {})], [tool('b', {}), tool('c', {})]);
  assert.deepEqual(changes, { added: ['c'], removed: ['a'], changed: [], unchanged: 1 });
});

test('says why calls that worked may fail', () => {
  const breaks = (before: JsonObject, after: JsonObject, required: readonly string[] = []) =>
    compareTools([tool('a', before)], [tool('a', after, required)])?.changed[0]?.breaks;
  assert.deepEqual(breaks({ x: text }, {}), ['x is gone']);
  assert.deepEqual(breaks({}, { x: text }, ['x']), ['x is required now']);
  assert.deepEqual(breaks({ x: text }, { x: { type: 'integer' } }), ['x has another type']);
  assert.deepEqual(breaks({ x: { type: 'integer' } }, { x: { type: 'number' } }), []);
  assert.deepEqual(breaks({ x: text }, { x: { type: ['string', 'null'] } }), []);
  assert.deepEqual(breaks({ x: {} }, { x: text }), ['x has another type']);
  assert.deepEqual(breaks({ x: { enum: ['a', 'b'] } }, { x: { enum: ['b', 'c'] } }), [
    'x takes "a" no more',
  ]);
  assert.deepEqual(breaks({ x: text }, { x: { ...text, enum: ['a'] } }), ['x became a choice']);
  assert.deepEqual(breaks({}, { x: text }), [], 'a new optional argument breaks nothing');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { EntryStore, type CacheEntry } from './entry-store.ts';

const BYTES_MAX = 10_000;

const entry = (serviceId: string, length: number): CacheEntry => ({
  serviceId,
  method: 'resources/read',
  uri: undefined,
  result: JsonBytes.fromValue({ text: 'x'.repeat(length) }),
  freshUntilMs: 0,
});

test('never holds more bytes than it may, whatever is put, used and dropped', () => {
  const step = fc.record({
    what: fc.constantFrom('put', 'get', 'delete', 'drop'),
    key: fc.integer({ min: 0, max: 20 }),
    service: fc.constantFrom('a', 'b'),
    length: fc.integer({ min: 0, max: 12_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new EntryStore(BYTES_MAX);
      for (const { what, key, service, length } of steps) {
        if (what === 'put') store.put(`${key}`, entry(service, length));
        else if (what === 'get') store.get(`${key}`);
        else if (what === 'delete') store.delete(`${key}`);
        else store.drop(service, () => true);
        assert.ok(store.bytes >= 0 && store.bytes <= BYTES_MAX);
      }
      store.drop('a', () => true);
      store.drop('b', () => true);
      assert.equal(store.bytes, 0);
    }),
  );
});

test('lets the least recently used go first', () => {
  const store = new EntryStore(BYTES_MAX);
  for (const key of ['1', '2', '3']) store.put(key, entry('a', 2_500));
  store.get('1');
  store.put('4', entry('a', 2_500));
  assert.deepEqual(
    ['1', '2', '3', '4'].map((key) => store.get(key) !== undefined),
    [true, false, true, true],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../limits.ts';
import { RecentMap } from './recent-map.ts';

test('it never answers wrong, never grows, and keeps the recent half', () => {
  const keys = fc.integer({ min: 0, max: 30 });
  const steps = fc.array(fc.tuple(fc.constantFrom('set', 'get', 'delete'), keys), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(steps, (taken) => {
      const map = new RecentMap<number, string>(10);
      const model = new Map<number, string>();
      let recent: number[] = [];
      taken.forEach(([step, key], index) => {
        if (step === 'delete') {
          map.delete(key);
          model.delete(key);
        } else if (step === 'set') {
          map.set(key, `value ${index}`);
          model.set(key, `value ${index}`);
        } else {
          const value = map.get(key);
          if (value !== undefined || recent.includes(key)) assert.equal(value, model.get(key));
          if (value === undefined) return;
        }
        recent = [key, ...recent.filter((other) => other !== key)].slice(0, 5);
        if (step === 'delete') recent = recent.filter((other) => other !== key);
        assert.ok(map.size <= 10);
      });
    }),
  );
});

test('it deletes by value, in both generations', () => {
  const map = new RecentMap<number, number>(4);
  for (const key of [1, 2, 3]) map.set(key, key % 2);
  map.deleteWhere((value) => value === 1);
  assert.deepEqual(
    [1, 2, 3].map((key) => map.get(key)),
    [undefined, 0, undefined],
  );
});

test('the credential caches are bounded by their limits', () => {
  for (const sizeMax of [limits.credentialsCachedMax, limits.wrongCredentialsCachedMax]) {
    const map = new RecentMap<number, true>(sizeMax);
    for (let key = 0; key < sizeMax * 2; key++) map.set(key, true);
    assert.ok(map.size <= sizeMax && map.size >= sizeMax / 2);
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lazy } from './lazy.ts';

describe('lazy', () => {
  it('loads when first asked, once for all who ask', async () => {
    let loads = 0;
    const one = lazy(() => Promise.resolve(++loads));
    assert.deepEqual([one.isWanted, loads], [false, 0]);
    assert.deepEqual(await Promise.all([one.get(), one.get()]), [1, 1]);
    assert.equal(await one.get(), 1);
    one.set(7);
    assert.equal(await one.get(), 7);
  });

  it('keeps no failure', async () => {
    let loads = 0;
    const one = lazy(() => (++loads === 1 ? Promise.reject(new Error('no')) : Promise.resolve(2)));
    await Promise.all([one.get(), one.get()].map((asked) => assert.rejects(asked, /no/)));
    assert.deepEqual([one.isWanted, loads], [false, 1]);
    assert.equal(await one.get(), 2);
  });
});

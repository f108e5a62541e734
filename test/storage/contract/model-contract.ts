import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelEntry, NewProvider, Price } from '../../../src/chat/models/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const modelOf = (id: string, change: Partial<ModelEntry> = {}): ModelEntry => ({
  id,
  contextTokens: 8_192,
  outputTokensMax: null,
  takes: ['image/'],
  isDefault: false,
  fallback: null,
  ...change,
});

const providerOf = (id: string, ...models: readonly ModelEntry[]): NewProvider => ({
  id,
  name: `name-of-${id}`,
  settings: { kind: 'bedrock', region: 'eu-west-1' },
  models,
  createdAtMs: 5,
});

const priceOf = (id: string, validFromMs: number): Price => ({
  id,
  model: 'acme/one',
  validFromMs,
  currency: 'EUR',
  rates: { input: 2_500_000_000n, cachedInput: 1n, cacheWrite: null, output: 2n ** 70n },
});

const keyRow = (serviceId: string) =>
  ({ tenant: A, owner: 'model-provider', serviceId, name: 'key' }) as const;

/** What keeps models must do on every engine. */
export function modelContract(open: OpenEmpty): void {
  keptProviders(open);
  keptDefaults(open);
  keptPrices(open);
}

function keptProviders(open: OpenEmpty): void {
  test('providers are kept with their keys, and the keys go with them', async (t) => {
    const { models, vault, versions } = await openWithTenants(open, t);
    const made = await models.insert(A, providerOf('mpr_1', modelOf('one')), 'sealed');
    assert.deepEqual(made, {
      ...providerOf('mpr_1', modelOf('one')),
      hasKey: true,
      updatedAtMs: 5,
      version: 1,
    });
    assert.equal(await vault.get(keyRow('mpr_1')), 'sealed');
    assert.deepEqual(await models.providers(A), [made]);
    assert.deepEqual(await models.provider(A, 'mpr_1'), made);
    assert.equal(await models.provider(B, 'mpr_1'), undefined);
    const taken = { ...providerOf('mpr_2'), name: made.name };
    await assert.rejects(models.insert(A, taken, undefined), { code: 'conflict' });
    const update = { name: 'other', sealed: 'new', updatedAtMs: 8, ifVersion: 1 };
    const after = await models.update(A, 'mpr_1', update);
    assert.deepEqual(after, { ...made, name: 'other', updatedAtMs: 8, version: 2 });
    assert.equal(await vault.get(keyRow('mpr_1')), 'new');
    await assert.rejects(models.update(A, 'mpr_1', update), { code: 'conflict' });
    const bare = { sealed: null, updatedAtMs: 9, ifVersion: undefined };
    assert.equal((await models.update(A, 'mpr_1', bare))?.hasKey, false);
    assert.equal(await vault.get(keyRow('mpr_1')), undefined);
    await models.update(A, 'mpr_1', { ...bare, sealed: 'again' });
    await assert.rejects(models.delete(A, 'mpr_1', 1), { code: 'conflict' });
    assert.equal(await models.delete(B, 'mpr_1', undefined), false);
    assert.equal(await models.delete(A, 'mpr_1', 4), true);
    assert.equal(await vault.get(keyRow('mpr_1')), undefined);
    assert.equal(await models.update(A, 'mpr_1', bare), undefined);
    const counted = (await versions.list()).find(
      ({ domain, tenant }) => domain === 'models' && tenant === A,
    );
    assert.ok((counted?.version ?? 0) >= 5);
  });

  test('a tenant has only so many providers', async (t) => {
    const { models } = await openWithTenants(open, t);
    for (let number = 0; number < limits.modelProvidersPerTenantMax; number++) {
      await models.insert(A, providerOf(`mpr_${number}`), undefined);
    }
    await assert.rejects(models.insert(A, providerOf('mpr_more'), undefined), { code: 'conflict' });
    await models.insert(B, providerOf('mpr_more'), undefined);
  });
}

function keptDefaults(open: OpenEmpty): void {
  test('the default that was named last is the only one', async (t) => {
    const { models } = await openWithTenants(open, t);
    const defaults = async () =>
      (await models.providers(A)).flatMap((one) =>
        one.models.filter(({ isDefault }) => isDefault).map(({ id }) => `${one.id} ${id}`),
      );
    await models.insert(A, providerOf('mpr_1', modelOf('one', { isDefault: true })), undefined);
    await models.insert(B, providerOf('mpr_1', modelOf('one', { isDefault: true })), undefined);
    await models.insert(A, providerOf('mpr_2', modelOf('two')), undefined);
    assert.deepEqual(await defaults(), ['mpr_1 one']);
    await models.update(A, 'mpr_2', {
      models: [modelOf('two', { isDefault: true, fallback: 1 })],
      updatedAtMs: 6,
      ifVersion: 1,
    });
    assert.deepEqual(await defaults(), ['mpr_2 two']);
    assert.equal((await models.provider(A, 'mpr_1'))?.version, 2);
    assert.equal((await models.provider(B, 'mpr_1'))?.models[0]?.isDefault, true);
  });
}

function keptPrices(open: OpenEmpty): void {
  test('prices are kept to the last digit, the latest first', async (t) => {
    const { models } = await openWithTenants(open, t);
    const [first, second] = [priceOf('prc_1', 10), priceOf('prc_2', 20)];
    await models.insertPrice(A, first);
    await models.insertPrice(A, second);
    assert.deepEqual(await models.prices(A), [second, first]);
    assert.deepEqual(await models.prices(B), []);
    await assert.rejects(models.insertPrice(A, priceOf('prc_3', 20)), { code: 'conflict' });
    assert.equal(await models.deletePrice(B, 'prc_1'), false);
    assert.equal(await models.deletePrice(A, 'prc_1'), true);
    assert.deepEqual(await models.prices(A), [second]);
  });

  test('a tenant has only so many prices', async (t) => {
    const { models } = await openWithTenants(open, t);
    for (let number = 0; number < limits.modelPricesPerTenantMax; number++) {
      await models.insertPrice(A, priceOf(`prc_${number}`, number));
    }
    await assert.rejects(models.insertPrice(A, priceOf('prc_more', 9_999)), { code: 'conflict' });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownModel, knownModels, priceSources } from './known-models.ts';
import { pricesOf, ratesOf } from './prices-of.ts';
import { priceAt } from './price-at.ts';

test('the table of prices holds together', () => {
  const ids = knownModels.flatMap(({ ids: all }) => all);
  assert.ok(ids.length >= 15);
  assert.equal(new Set(ids).size, ids.length, 'no id twice');
  for (const {
    ids: [id],
    rates,
    contextTokens,
    outputTokensMax,
  } of knownModels) {
    assert.ok(outputTokensMax < contextTokens);
    const days = rates.map(({ from }) => from);
    assert.deepEqual(days, days.toSorted(), `${id}: in order`);
    for (const day of days) assert.equal(new Date(day).toISOString().slice(0, 10), day);
    for (const one of rates) {
      const { input, cachedInput, cacheWrite, output } = ratesOf(one);
      assert.ok((cachedInput ?? 0n) < input && input < output, `${id}: from cheap to dear`);
      assert.ok(cacheWrite === null || cacheWrite > input, `${id}: writing costs more`);
    }
  }
});

test('every vendor of the table has a source, and a day on which it was compared', () => {
  const vendors = new Set(knownModels.map(({ vendor }) => vendor));
  assert.deepEqual(new Set(priceSources.map(({ vendor }) => vendor)), vendors);
  for (const { url, comparedOn } of priceSources) {
    assert.equal(new URL(url).protocol, 'https:');
    assert.equal(new Date(comparedOn).toISOString().slice(0, 10), comparedOn);
    const newest = knownModels.flatMap(({ rates }) => rates.map(({ from }) => from)).toSorted();
    assert.ok((newest.at(-1) ?? '') <= comparedOn, 'no price is younger than the comparison');
  }
});

test('a model is known at its vendor alone, by its exact id', () => {
  assert.ok(knownModel({ kind: 'openai_chat' }, 'gpt-5'));
  assert.equal(knownModel({ kind: 'openai' }, 'gpt-5-something'), undefined);
  assert.equal(knownModel({ kind: 'anthropic' }, 'gpt-5'), undefined);
  assert.equal(knownModel({ kind: 'mistral' }, 'gpt-5'), undefined);
  assert.equal(knownModel({ kind: 'openai', baseUrl: 'https://a.example' }, 'gpt-5'), undefined);
});

test("a tenant's own prices take the place of those that are built in", () => {
  const provider = { name: 'main', settings: { kind: 'openai' } } as const;
  const builtIn = pricesOf(provider, 'gpt-5', []);
  assert.equal(priceAt(builtIn, Date.now())?.rates.input, 1_250_000_000n);
  assert.equal(priceAt(builtIn, Date.parse('2025-01-01')), undefined, 'unpriced before it was');
  const rates = { input: 1n, cachedInput: null, cacheWrite: null, output: 2n };
  const own = { id: 'prc_1', model: 'main/gpt-5', validFromMs: 5, currency: 'EUR', rates };
  const others = { ...own, id: 'prc_2', model: 'other/gpt-5' };
  assert.deepEqual(pricesOf(provider, 'gpt-5', [own, others]), [own]);
  assert.deepEqual(pricesOf(provider, 'some-model', [own]), []);
});

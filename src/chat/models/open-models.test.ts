import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { memoryIdentity } from '../../../test/support/memory-identity.ts';
import { startModelServer } from '../../../test/support/start-model-server.ts';
import { A, B, newTenant } from '../../../test/storage/contract/fixtures.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { IdSource } from '../../kernel/ids.ts';
import { silentLog, type LogFields } from '../../kernel/log.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { createModels } from './create-models.ts';
import { OpenModels } from './open-models.ts';
import type { OpenModel } from './model-book.ts';
import type { ModelEntry } from './provider.ts';
import type { DeclaredProvider, KeyRow, WantedProvider } from './provider-book.ts';

const entryOf = (id: string, change: Partial<ModelEntry> = {}): ModelEntry => ({
  id,
  contextTokens: 8_192,
  outputTokensMax: null,
  takes: [],
  isDefault: false,
  fallback: null,
  ...change,
});

async function start(
  t: TestContext,
  { hasDemo = false, declared = [] as readonly DeclaredProvider[] } = {},
) {
  const server = await startModelServer();
  server.mock.on({}, { content: 'Good day.', usage: { prompt_tokens: 1, completion_tokens: 1 } });
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.0/8'] } });
  t.after(async () => {
    await egress[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const { models: store, vault: items, addTenant } = memoryIdentity();
  for (const tenant of [A, B]) addTenant(newTenant(tenant));
  const vault = {
    seal: (_row: KeyRow, text: string) => Promise.resolve(`sealed ${text}`),
    read: async (row: KeyRow) => (await items.get(row))?.slice('sealed '.length),
  };
  const logged: LogFields[] = [];
  const models = createModels({
    store,
    vault,
    ids: new IdSource(),
    declared: (tenant) => (tenant === A ? declared : []),
    now: Date.now,
    egress,
    times: { firstByteMs: 5_000, idleMs: 5_000 },
    hasDemo,
    log: { ...silentLog, warn: (fields) => void logged.push(fields) },
  });
  const wanted = (name: string, ...entries: readonly ModelEntry[]): WantedProvider => ({
    name,
    settings: { kind: 'openai_compatible', baseUrl: server.baseUrl('openai_compatible') },
    models: entries,
    key: `key-of-${name}`,
  });
  return { server, models, store, wanted, logged, book: models.book };
}

const namesOf = (all: readonly OpenModel[]) => all.map(({ card }) => card.name);

const ask = async ({ model }: OpenModel) =>
  await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] });

test('without any model one sentence says what to do', async (t) => {
  const { book } = await start(t);
  await assert.rejects(book.open(A, undefined), {
    code: 'model_not_configured',
    message: /POST \/api\/v1\/models\/providers/,
  });
  await assert.rejects(book.open(A, 'x/y'), { code: 'model_not_configured' });
  assert.deepEqual(await book.list(A), []);
});

test('models are named with their provider, or alone where that is clear', async (t) => {
  const { book, models, wanted } = await start(t);
  await models.providers.create(A, wanted('one', entryOf('small'), entryOf('org/big')));
  await models.providers.create(A, wanted('two', entryOf('small'), entryOf('large')));
  const first = async (name?: string) => namesOf(await book.open(A, name))[0];
  assert.equal(await first(), 'one/small');
  assert.equal(await first('two/small'), 'two/small');
  assert.equal(await first('large'), 'two/large');
  assert.equal(await first('org/big'), 'one/org/big');
  await assert.rejects(first('small'), { code: 'model_unknown', message: /"one\/small", "two\/s/ });
  await assert.rejects(first('huge'), { code: 'model_unknown', message: /there are "one\/small"/ });
  await assert.rejects(book.open(B, 'large'), { code: 'model_not_configured' });
});

test('a default is first, and those to fall back to come in their order', async (t) => {
  const { book, models, wanted } = await start(t);
  const { providers } = models;
  await providers.create(A, wanted('one', entryOf('a', { fallback: 2 }), entryOf('b')));
  await providers.create(
    A,
    wanted('two', entryOf('c', { isDefault: true, fallback: 3 }), entryOf('d', { fallback: 1 })),
  );
  assert.deepEqual(namesOf(await book.open(A, undefined)), ['two/c', 'two/d', 'one/a']);
  assert.deepEqual(namesOf(await book.open(A, 'b')), ['one/b', 'two/d', 'one/a', 'two/c']);
  const cards = await book.list(A);
  assert.deepEqual(
    cards.map(({ name, isDefault }) => isDefault && name),
    ['two/c', false, false, false],
  );
});

test('a change is followed at once, and a removed provider is asked no more', async (t) => {
  const { book, models, server, wanted } = await start(t);
  const { id } = await models.providers.create(A, wanted('one', entryOf('a')));
  const [held] = await book.open(A, 'a');
  assert.ok(held);
  await ask(held);
  assert.equal(server.headers().at(-1)?.['authorization'], 'Bearer key-of-one');
  await models.providers.update(A, id, { key: 'another-key' }, 1);
  models.forget(A);
  await ask(held);
  assert.equal(server.headers().at(-1)?.['authorization'], 'Bearer another-key');
  await models.providers.remove(A, id, undefined);
  models.forget(A);
  await assert.rejects(ask(held), { name: 'ModelFailure' });
  assert.equal(server.requests().length, 2);
  await assert.rejects(book.open(A, 'a'), { code: 'model_not_configured' });
});

test('a new key never goes to the address of the one before', async (t) => {
  const { book, models, server, wanted } = await start(t);
  const { id } = await models.providers.create(A, wanted('one', entryOf('a')));
  const [held] = await book.open(A, 'a');
  const settings = { kind: 'openai_compatible', baseUrl: 'https://elsewhere.example/v1' } as const;
  await assert.rejects(models.providers.update(A, id, { settings }, undefined), {
    code: 'invalid_params',
    message: /Give the key again/,
  });
  await models.providers.update(A, id, { settings, key: 'for-elsewhere' }, undefined);
  assert.ok(held);
  await assert.rejects(ask(held), { name: 'ModelFailure' });
  assert.equal(server.requests().length, 0);
});

test('what a model costs follows the tenant and its prices', async (t) => {
  const { book, models, wanted } = await start(t);
  const usage = {
    inputTokens: 1_000_000,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    isEstimated: false,
  };
  await models.providers.create(A, wanted('one', entryOf('a')));
  const costAt = async (atMs: number) => (await book.open(A, 'a'))[0]?.costOf(usage, atMs);
  assert.equal(await costAt(10), undefined, 'unpriced is not free');
  const rates = { input: 7n, cachedInput: null, cacheWrite: null, output: 0n };
  const price = { model: 'one/a', validFromMs: 10, currency: 'EUR', rates };
  const { id } = await models.prices.add(A, price);
  models.forget(A);
  assert.equal(await costAt(9), undefined);
  assert.deepEqual(await costAt(10), { nano: 7n, currency: 'EUR' });
  await models.prices.remove(A, id);
  await assert.rejects(models.prices.remove(A, id), { code: 'not_found' });
});

test('the demo is where it is wanted, and first only where there is nothing else', async (t) => {
  const { book, models, wanted } = await start(t, { hasDemo: true });
  assert.deepEqual(namesOf(await book.open(A, undefined)), ['demo/demo']);
  assert.equal((await book.list(A))[0]?.isLanguageModel, false);
  await models.providers.create(A, wanted('one', entryOf('a', { fallback: 1 })));
  models.forget(A);
  assert.deepEqual(namesOf(await book.open(A, undefined)), ['one/a']);
  assert.deepEqual(namesOf(await book.open(A, 'demo')), ['demo/demo']);
  await assert.rejects(models.providers.create(A, wanted('demo')), { code: 'conflict' });
});

test('providers of the configuration are there, and changed there alone', async (t) => {
  const settings = { kind: 'openai' } as const;
  const mine = { name: 'mine', settings, key: 'k', models: [entryOf('gpt-5')] };
  const { book, models, wanted } = await start(t, { declared: [mine] });
  assert.deepEqual(namesOf(await book.open(A, undefined)), ['mine/gpt-5']);
  const [shown] = await models.providers.list(A);
  assert.equal(shown?.hasKey, true);
  assert.equal(JSON.stringify(shown).includes('"k"'), false);
  const id = shown?.id ?? '';
  await assert.rejects(models.providers.update(A, id, { key: 'x' }, 1), { code: 'conflict' });
  await assert.rejects(models.providers.remove(A, id, 1), { code: 'conflict' });
  await assert.rejects(models.providers.create(A, wanted('mine')), { code: 'conflict' });
  await models.providers.create(B, wanted('mine'));
  assert.ok((await models.prices.list(A)).some(({ model }) => model === 'mine/gpt-5'));
});

test('a provider holds so many models and no more, each once', async (t) => {
  const { models, wanted } = await start(t);
  const many = (count: number) => Array.from({ length: count }, (_, at) => entryOf(`m${at}`));
  await models.providers.create(A, wanted('one', ...many(limits.modelsPerProviderMax)));
  const refused = [
    many(limits.modelsPerProviderMax + 1),
    [entryOf('a'), entryOf('a')],
    [entryOf('a', { isDefault: true }), entryOf('b', { isDefault: true })],
  ];
  for (const entries of refused) {
    await assert.rejects(models.providers.create(A, wanted('two', ...entries)), {
      code: 'invalid_params',
    });
  }
  const keyless = { ...wanted('three'), settings: { kind: 'anthropic' } as const, key: undefined };
  await assert.rejects(models.providers.create(A, keyless), { message: /anthropic needs one/ });
});

test('a provider is tried, and what is wrong is said in plain words', async (t) => {
  const { models, server, wanted, logged } = await start(t);
  const { id } = await models.providers.create(A, wanted('one', entryOf('a')));
  assert.deepEqual((await models.tryProvider(A, id, undefined)).problem, null);
  server.mock.nextRequestError(401, { message: 'wrong key-of-one' });
  const { problem, model } = await models.tryProvider(A, id, 'b');
  assert.equal(model, 'b');
  assert.deepEqual(problem, {
    kind: 'bad_key',
    text: 'The provider of "one/b" refuses the key (HTTP 401): give the provider another one.',
  });
  await assert.rejects(models.tryProvider(B, id, 'a'), { code: 'not_found' });
  const [line, ...others] = logged;
  assert.deepEqual(others, []);
  assert.match(
    String(line?.['reason']),
    /wrong \[removed\]/,
    'what the provider said, without the key',
  );
  assert.deepEqual([line?.['name'], line?.['kind'], line?.['status']], ['one', 'bad_key', 401]);
});

test('a trial is short: modelTestTokens, and no longer than modelTestMs', async (t) => {
  const { models, server, wanted } = await start(t);
  const { id } = await models.providers.create(A, wanted('one', entryOf('a')));
  const waits: number[] = [];
  t.mock.method(AbortSignal, 'timeout', (ms: number) => {
    waits.push(ms);
    return AbortSignal.abort(new DOMException('late', 'TimeoutError'));
  });
  assert.equal((await models.tryProvider(A, id, 'a')).problem?.kind, 'timeout');
  assert.deepEqual(waits, [limits.modelTestMs]);
  t.mock.restoreAll();
  await models.tryProvider(A, id, 'a');
  assert.ok(server.bodies().at(-1)?.includes(`"max_tokens":${limits.modelTestTokens}`));
});

test('the models of modelTenantsKeptMax tenants are kept, and others are read again', async (t) => {
  const { store, models } = await start(t);
  let reads = 0;
  const counting = {
    ...store,
    prices: () => {
      reads++;
      return Promise.resolve([]);
    },
  };
  const { providers } = models;
  const fetch = () => Promise.reject(new Error('nobody asks'));
  const book = new OpenModels({ providers, store: counting, fetch, hasDemo: false });
  const tenantAt = (at: number) => tenantId(`ten_${at}`);
  await book.list(tenantAt(0));
  await book.list(tenantAt(0));
  assert.equal(reads, 1);
  for (let at = 1; at <= limits.modelTenantsKeptMax; at++) await book.list(tenantAt(at));
  assert.equal(reads, limits.modelTenantsKeptMax + 1);
  await book.list(tenantAt(limits.modelTenantsKeptMax));
  assert.equal(reads, limits.modelTenantsKeptMax + 1);
  await book.list(tenantAt(0));
  assert.equal(reads, limits.modelTenantsKeptMax + 2);
});

test('a tenant has only so many providers and prices', async (t) => {
  const { models, wanted } = await start(t);
  for (let at = 0; at < limits.modelProvidersPerTenantMax; at++) {
    await models.providers.create(A, wanted(`p${at}`));
  }
  await assert.rejects(models.providers.create(A, wanted('more')), { code: 'conflict' });
  const rates = { input: 1n, cachedInput: null, cacheWrite: null, output: 1n };
  const price = (validFromMs: number) => ({ model: 'p0/a', validFromMs, currency: 'EUR', rates });
  for (let at = 0; at < limits.modelPricesPerTenantMax; at++) await models.prices.add(A, price(at));
  await assert.rejects(models.prices.add(A, price(-1)), { code: 'conflict' });
});

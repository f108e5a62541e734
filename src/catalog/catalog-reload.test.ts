import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { until } from '../../test/support/until.ts';
import { stringMember } from '../kernel/json.ts';
import { silentLog } from '../kernel/log.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import { tenantId } from '../kernel/principal.ts';
import { Catalog } from './catalog.ts';
import type { Service } from './store.ts';

const tenant = tenantId('ten_a');

const service = (slug: string, change: Partial<Service> = {}): Service => ({
  id: `svc_${slug}`,
  tenant,
  slug,
  kind: 'fake',
  title: slug,
  enabled: true,
  config: { tool: 'echo' },
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
  ...change,
});

/** A catalog over rows that another instance changes. */
function world() {
  const rows = new Map<string, Service>();
  const opened: { slug: string; upstream: FakeUpstream }[] = [];
  const gates = new Map<string, Promise<void>>();
  let onList = (): Promise<void> => Promise.resolve();
  const catalog = new Catalog({
    services: {
      list: async () => {
        const read = [...rows.values()];
        await onList();
        return read;
      },
      get: (_, id) => Promise.resolve(rows.get(id)),
      insert: () => Promise.resolve(),
      update: () => Promise.resolve(undefined),
      delete: () => Promise.resolve(true),
    },
    aliases: { list: () => Promise.resolve([]), insert: () => Promise.resolve() },
    bus: new MemoryBus(),
    log: silentLog,
    open: async ({ slug, config }) => {
      await gates.get(slug);
      if (config['broken'] === true) throw new Error('broken');
      const name = stringMember(config, 'tool') ?? '';
      const tools = [{ name, inputSchema: { type: 'object' } }];
      const upstream = new FakeUpstream({ 'tools/list': () => complete({ tools }) });
      opened.push({ slug, upstream });
      return upstream;
    },
  });
  const write = (...services: readonly Service[]): void => {
    for (const one of services) rows.set(one.id, one);
  };
  return {
    catalog,
    rows,
    opened,
    gates,
    write,
    tools: () => [...catalog.snapshot(tenant).tools.keys()].toSorted(),
    whileReading: (work: () => Promise<void>) => {
      onList = async () => {
        onList = () => Promise.resolve();
        await work();
      };
    },
  };
}

test('what another instance adds, changes, disables and removes is so here too', async () => {
  const { catalog, rows, opened, write, tools } = world();
  await using _ = catalog;
  write(service('one'), service('two'));
  await catalog.reload(tenant);
  await until(() => tools().length === 2);
  assert.deepEqual(tools(), ['one__echo', 'two__echo']);

  await catalog.reload(tenant);
  assert.equal(opened.length, 2, 'what is the same is not opened anew');

  write(service('one', { config: { tool: 'say' }, updatedAtMs: 1 }));
  await catalog.reload(tenant);
  assert.deepEqual(tools(), ['one__echo', 'two__echo'], 'the old one serves until then');
  await until(() => tools()[0] === 'one__say');
  await until(() => opened[0]?.upstream.disposed === true);

  write(service('one', { enabled: false, updatedAtMs: 2 }));
  rows.delete('svc_two');
  await catalog.reload(tenant);
  assert.deepEqual(tools(), []);
  assert.equal(catalog.find(tenant, 'one').health.state, 'disabled');
  await until(() => opened.every(({ upstream }) => upstream.disposed));

  write(service('one', { updatedAtMs: 3 }));
  await catalog.reload(tenant);
  await until(() => tools().length === 1);
});

test('a service that fails or is slow holds up no other', async () => {
  const { catalog, gates, write, tools } = world();
  await using _ = catalog;
  const slow = Promise.withResolvers<void>();
  gates.set('slow', slow.promise);
  write(service('bad', { config: { broken: true } }), service('slow'), service('good'));
  await catalog.reload(tenant);
  await until(() => tools().includes('good__echo'));
  await until(() => catalog.find(tenant, 'bad').health.state === 'failed');
  assert.equal(catalog.find(tenant, 'slow').health.state, 'starting');
  slow.resolve();
  await until(() => tools().includes('slow__echo'));
});

test('of changes that follow fast the last one counts, and nothing stays open', async () => {
  const { catalog, gates, opened, write, tools } = world();
  await using _ = catalog;
  write(service('one'));
  await catalog.reload(tenant);
  await until(() => tools().length === 1);
  const slow = Promise.withResolvers<void>();
  gates.set('one', slow.promise);
  for (const tool of ['b', 'c', 'd']) {
    write(service('one', { config: { tool }, updatedAtMs: tool.charCodeAt(0) }));
    await catalog.reload(tenant);
  }
  slow.resolve();
  await until(() => tools()[0] === 'one__d');
  await until(() => opened.filter(({ upstream }) => !upstream.disposed).length === 1);
});

test('a change made here while the database was being read is not undone', async () => {
  const { catalog, write, whileReading, tools } = world();
  await using _ = catalog;
  whileReading(async () => {
    const live = catalog.prepare(service('mine'));
    await live.start();
    write(live.service);
    await catalog.put(live);
  });
  await catalog.reload(tenant);
  assert.deepEqual(tools(), ['mine__echo']);
});

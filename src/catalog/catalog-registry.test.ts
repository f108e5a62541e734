import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { testPrincipal } from '../../test/support/test-principal.ts';
import { complete, FakeUpstream } from '../../test/support/fake-upstream.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import { checkVersion } from '../kernel/check-version.ts';
import { GatewayError } from '../kernel/errors.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Connector } from '../upstream/contract.ts';
import { CatalogRegistry } from './catalog-registry.ts';
import { testSeal } from '../../test/support/test-seal.ts';
import { Catalog } from './catalog.ts';
import type { SecretStore, Service, ServiceStore } from './store.ts';

const admin = testPrincipal({ tenant: 'ten_1' });
const seal = testSeal();

interface World {
  readonly registry: CatalogRegistry;
  readonly catalog: Catalog;
  readonly stored: Map<string, Service>;
  readonly sealed: Map<string, string>;
  readonly events: string[];
  readonly upstreams: FakeUpstream[];
}

function servicesIn(stored: Map<string, Service>, sealed: Map<string, string>): ServiceStore {
  return {
    list: () => Promise.resolve([...stored.values()]),
    get: (_, id) => Promise.resolve(stored.get(id)),
    insert: (_, service) => {
      const taken = [...stored.values()].some(({ slug }) => slug === service.slug);
      if (taken) return Promise.reject(new GatewayError('conflict'));
      return Promise.resolve(void stored.set(service.id, service));
    },
    update: async (_, id, { ifVersion, secrets = {}, ...update }) => {
      const before = stored.get(id);
      if (before === undefined) return undefined;
      checkVersion(before.version, ifVersion);
      for (const [name, value] of Object.entries(secrets)) sealed.set(`${id}/${name}`, value);
      const given = Object.entries(update).filter(([, value]) => value !== undefined);
      const version = before.version + 1;
      const after: Service = { ...before, ...Object.fromEntries(given), version };
      stored.set(id, after);
      return after;
    },
    delete: async (_, id, ifVersion) => {
      checkVersion(stored.get(id)?.version ?? 0, stored.has(id) ? ifVersion : undefined);
      for (const key of sealed.keys()) if (key.startsWith(`${id}/`)) sealed.delete(key);
      return stored.delete(id);
    },
  };
}

function world(): World {
  const stored = new Map<string, Service>();
  const sealed = new Map<string, string>();
  const events: string[] = [];
  const upstreams: FakeUpstream[] = [];
  const services = servicesIn(stored, sealed);
  const secrets: SecretStore = {
    put: (_, id, values) => {
      for (const [name, value] of Object.entries(values)) sealed.set(`${id}/${name}`, value);
      return Promise.resolve();
    },
    get: (_, id, name) => Promise.resolve(sealed.get(`${id}/${name}`)),
    names: (_, id) =>
      Promise.resolve(
        [...sealed.keys()]
          .filter((key) => key.startsWith(id))
          .map((key) => key.slice(id.length + 1)),
      ),
  };
  const bus = new MemoryBus();
  bus.on('service.changed', () => events.push('service.changed'));
  bus.on('catalog.changed', ({ lists }) => events.push(`catalog.changed ${lists.length}`));
  const connector: Connector = {
    kind: 'fake',
    specification: 'v1',
    operatorOnly: true,
    config: z.strictObject({ url: z.string(), broken: z.boolean().optional() }),
    open: () => Promise.reject(new Error('opened through the catalog')),
  };
  const aliases = { list: () => Promise.resolve([]), insert: () => Promise.resolve() };
  const catalog = new Catalog({
    services,
    aliases,
    bus,
    log: silentLog,
    open: ({ config }) => {
      if (config['broken'] === true)
        return Promise.reject(new GatewayError('upstream_unavailable'));
      const upstream = new FakeUpstream(
        { 'tools/list': () => complete({ tools: [{ name: 'echo', title: 'Echo' }] }) },
        { tools: {} },
      );
      upstreams.push(upstream);
      return Promise.resolve(upstream);
    },
  });
  const connectors = new Map([['fake', connector]]);
  const registry = new CatalogRegistry({
    catalog,
    services,
    secrets,
    connectors,
    seal,
    ids: new IdSource(),
    operatorTenant: admin.tenant,
    viewOf: ({ tenant }) => catalog.snapshot(tenant),
  });
  return { registry, catalog, stored, sealed, events, upstreams };
}

const input = (slug: string): { slug: string; kind: string; config: { url: string } } => ({
  slug,
  kind: 'fake',
  config: { url: 'x' },
});

describe('CatalogRegistry', () => {
  it('registers what works, with its tools, and announces it', async () => {
    const { registry, stored, sealed, events } = world();
    const view = await registry.register(admin, { ...input('one'), secrets: { TOKEN: 'geheim' } });
    assert.equal(view.health.state, 'ready');
    assert.equal(view.tools[0]?.publicName, 'one__echo');
    assert.deepEqual(view.secretNames, ['TOKEN']);
    assert.equal(
      JSON.stringify([view, [...stored.values()], [...sealed]]).includes('geheim'),
      false,
    );
    const [value = ''] = sealed.values();
    const place = { tenant: admin.tenant, serviceId: view.service.id, name: 'TOKEN' };
    assert.equal(await seal.open(place, value), 'geheim');
    assert.equal(await seal.open({ ...place, serviceId: 'svc_other' }, value), undefined);
    assert.equal(events.includes('service.changed'), true);
    assert.equal((await registry.get(admin, 'one')).service.id, view.service.id);
  });

  it('keeps no secret of what failed', async () => {
    const { registry, catalog, stored, sealed } = world();
    const secrets = { TOKEN: 'geheim' };
    const broken = { ...input('one'), config: { url: 'x', broken: true }, secrets };
    await assert.rejects(registry.register(admin, broken), { code: 'upstream_unavailable' });
    assert.deepEqual([...sealed], []);
    // Another took the name while this one was being opened.
    const both = ['a', 'b'].map(() => registry.register(admin, { ...input('one'), secrets }));
    const outcomes = await Promise.allSettled(both);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal(stored.size, 1);
    assert.equal(sealed.size, 1);
    const before = [...sealed];
    const change = { config: { url: 'x', broken: true }, secrets: { TOKEN: 'wrong' } };
    await assert.rejects(registry.update(admin, 'one', change), { code: 'upstream_unavailable' });
    assert.deepEqual([...sealed], before);
    await registry.update(admin, 'one', { secrets: { TOKEN: 'right' } });
    const [service] = stored.values();
    const place = { tenant: admin.tenant, serviceId: service?.id ?? '', name: 'TOKEN' };
    assert.equal(await seal.open(place, [...sealed.values()][0] ?? ''), 'right');
    assert.equal(catalog.lives(admin.tenant).length, 1);
  });

  it('names a service after its title or itself, and finds a free name', async () => {
    const { registry } = world();
    const own = await registry.register(admin, { kind: 'fake', config: { url: 'x' } });
    assert.deepEqual([own.service.slug, own.service.title], ['fake', 'fake']);
    const second = await registry.register(admin, { kind: 'fake', config: { url: 'x' } });
    assert.equal(second.service.slug, 'fake-2');
    const titled = await registry.register(admin, {
      kind: 'fake',
      title: 'My Tools!',
      config: { url: 'x' },
    });
    assert.equal(titled.service.slug, 'my-tools');
  });

  it('leaves nothing behind of what cannot be registered', async () => {
    const { registry, stored, catalog, upstreams } = world();
    await registry.register(admin, input('one'));
    const member = testPrincipal({ tenant: 'ten_1', role: 'developer' });
    const bad: readonly [string, Principal, Parameters<CatalogRegistry['register']>[1]][] = [
      ['conflict', admin, input('one')],
      ['invalid_configuration', admin, { ...input('two'), kind: 'none' }],
      ['invalid_configuration', admin, { ...input('two'), config: { url: 1 } }],
      ['invalid_configuration', admin, { ...input('two'), config: { url: 'x', extra: 1 } }],
      ['invalid_configuration', admin, input('Bad Slug')],
      ['upstream_unavailable', admin, { ...input('two'), config: { url: 'x', broken: true } }],
      ['forbidden', member, input('two')],
      // An administrator elsewhere is no operator: this kind is of the operator's machine.
      ['forbidden', testPrincipal({ tenant: 'ten_2', role: 'owner' }), input('two')],
    ];
    for (const [code, principal, wanted] of bad) {
      await assert.rejects(registry.register(principal, wanted), { code }, code);
    }
    assert.equal(stored.size, 1);
    assert.equal(catalog.lives(admin.tenant).length, 1);
    assert.equal(upstreams.filter(({ disposed }) => !disposed).length, 1);
  });

  it('changes, disables, enables, refreshes and removes while running', async () => {
    const { registry, catalog, stored, upstreams } = world();
    await registry.register(admin, input('one'));
    const changed = await registry.update(admin, 'one', { config: { url: 'y' }, title: 'New' });
    assert.deepEqual([changed.service.title, changed.service.config], ['New', { url: 'y' }]);
    assert.equal(upstreams[0]?.disposed, true);
    await assert.rejects(registry.update(admin, 'one', { config: { url: 'y', broken: true } }), {
      code: 'upstream_unavailable',
    });
    assert.equal((await registry.get(admin, 'one')).health.state, 'ready');
    const off = await registry.update(admin, 'one', { enabled: false });
    assert.equal(off.health.state, 'disabled');
    assert.equal(catalog.snapshot(admin.tenant).tools.size, 0);
    await assert.rejects(registry.refresh(admin, 'one'), { code: 'conflict' });
    await registry.update(admin, 'one', { enabled: true });
    assert.equal(catalog.snapshot(admin.tenant).tools.size, 1);
    assert.equal((await registry.refresh(admin, 'one')).tools.length, 1);
    await registry.remove(admin, 'one');
    assert.equal(stored.size, 0);
    assert.equal(
      upstreams.every(({ disposed }) => disposed),
      true,
    );
    await assert.rejects(registry.get(admin, 'one'), { code: 'not_found' });
  });

  it('loses none of two changes at once, and refuses one for another version', async () => {
    const { registry, catalog, stored, upstreams } = world();
    await registry.register(admin, input('one'));
    const changes = [{ title: 'New' }, { config: { url: 'y' } }, { secrets: { TOKEN: 't' } }];
    await Promise.all(changes.map((change) => registry.update(admin, 'one', change)));
    const [service] = stored.values();
    assert.deepEqual([service?.title, service?.config, service?.version], ['New', { url: 'y' }, 4]);
    const [live, ...others] = catalog.lives(admin.tenant);
    assert.deepEqual([live?.service, others], [service, []]);
    assert.equal(live?.health.state, 'ready');
    assert.equal(upstreams.filter(({ disposed }) => !disposed).length, 1);

    const late = registry.update(admin, 'one', { title: 'Late' }, 3);
    await assert.rejects(late, { code: 'conflict', message: /at version 4 now/ });
    await assert.rejects(registry.remove(admin, 'one', 3), { code: 'conflict' });
    assert.equal(catalog.lives(admin.tenant).length, 1);
    assert.equal((await registry.update(admin, 'one', { title: 'B' }, 4)).service.version, 5);
    await registry.remove(admin, 'one', 5);
  });

  it('takes over what another instance changed in the store', async () => {
    const { registry, stored } = world();
    const { service } = await registry.register(admin, input('one'));
    const theirs = { ...service, title: 'Theirs', config: { url: 'theirs' }, version: 7 };
    stored.set(service.id, theirs);
    const view = await registry.update(admin, 'one', { config: { url: 'ours' } });
    const { title, config, version } = view.service;
    assert.deepEqual([title, config, version], ['Theirs', { url: 'ours' }, 8]);
  });

  it('keeps declared services up to date and replaces one that changed its kind', async () => {
    const { registry, stored } = world();
    await registry.declare(admin, { ...input('one'), title: 'A' });
    await registry.declare(admin, { ...input('one'), title: 'B' });
    assert.deepEqual(
      [...stored.values()].map(({ title }) => title),
      ['B'],
    );
    await assert.rejects(registry.declare(admin, { ...input('one'), config: {} }), {
      code: 'invalid_configuration',
    });
  });

  it('lists in pages that lose and repeat nothing while services come and go', async () => {
    const { registry, catalog } = world();
    await registry.register(admin, input('first'));
    const [first] = catalog.lives(admin.tenant);
    for (const letter of ['c', 'a', 'b']) {
      const id = `svc_zz${letter}`;
      await catalog.put(
        catalog.prepare({ ...(first?.service as Service), id, slug: `s-${letter}` }),
      );
    }
    const slugs = (found: readonly { service: Service }[]) =>
      found.map(({ service }) => service.slug);
    const all = await registry.list(admin);
    assert.deepEqual(slugs(all), ['first', 's-a', 's-b', 's-c']);
    assert.deepEqual(all[0]?.counts, { tools: 1, prompts: 0, resources: 0 });
    const page = await registry.list(admin, { limit: 2 });
    assert.deepEqual(slugs(page), ['first', 's-a']);
    await registry.remove(admin, 's-a');
    assert.deepEqual(slugs(await registry.list(admin, { after: 'svc_zza' })), ['s-b', 's-c']);
    assert.deepEqual(slugs(await registry.list(admin, { after: 'svc_zzc', limit: 2 })), []);
  });

  it('registers limits.servicesPerTenantMax services and not one more', async () => {
    const { registry, catalog } = world();
    await registry.register(admin, input('first'));
    const [first] = catalog.lives(admin.tenant);
    for (let more = 1; more < limits.servicesPerTenantMax; more++) {
      const service = { ...(first?.service as Service), id: `svc_${more}`, slug: `s-${more}` };
      await catalog.put(catalog.prepare(service));
    }
    await assert.rejects(registry.register(admin, input('one-too-many')), {
      code: 'conflict',
      message: /has 500 services.*servicesPerTenantMax.*remove one first/,
      data: { limit: 'servicesPerTenantMax' },
    });
    await registry.remove(admin, 's-1');
    await registry.register(admin, input('fits-again'));
  });
});

import { startDoors, testKeys, type RunningDoors } from '../support/start-doors.ts';
import type { ApiKey } from '../../src/identity/store.ts';
import type { BundleItem } from '../../src/catalog/store.ts';
import { worldBundles, type WorldBundle } from './bundles.ts';
import { worldServices, type Item } from './items.ts';
import { MarkedUpstream } from './marked-upstream.ts';
import { testedViews, type TestedView } from './tested-views.ts';

/** Doors over services in which everything is marked, and keys for every view. */
export interface World extends AsyncDisposable {
  readonly doors: RunningDoors;
  readonly upstreams: ReadonlyMap<string, MarkedUpstream>;
  readonly views: readonly TestedView[];
  /** A key without limits that belongs to no view. */
  readonly openToken: string;
}

/** Starts the world. */
export async function startWorld(): Promise<World> {
  const doors = await startDoors();
  const upstreams = new Map<string, MarkedUpstream>();
  for (const service of worldServices) {
    const upstream = new MarkedUpstream(service);
    upstreams.set(service.slug, upstream);
    const config = service.items.find(({ key }) => key === 'config')?.marker ?? '';
    await doors.add(service.slug, upstream, { config: { about: config } });
  }
  for (const bundle of worldBundles) {
    await doors.bundles.create(doors.tenant, { ...bundle, items: bundle.items.map(itemJson) });
  }
  const views = testedViews();
  for (const { name, token, layers } of views) {
    const caller = { user: 'usr_views', grant: `key_${name}`, layers };
    doors.callers.set(token, { ...caller, role: 'member' });
    doors.plane.keys.push(keyOf(name, layers, doors.tenant));
  }
  return {
    doors,
    upstreams,
    views,
    openToken: testKeys.a2,
    [Symbol.asyncDispose]: () => doors[Symbol.asyncDispose](),
  };
}

/** All keys are one user's, so that each could see the others; their names tell what they reach. */
function keyOf(name: string, access: ApiKey['access'], tenant: ApiKey['tenant']): ApiKey {
  const reached = JSON.stringify(access);
  return {
    id: `key_${name}`,
    tenant,
    userId: 'usr_views',
    name: `named ${name} ${reached}`,
    prefix: 'mgw_test',
    hash: '',
    createdAtMs: 0,
    expiresAtMs: null,
    scopes: null,
    access,
    revokedAtMs: null,
  };
}

const bundleKinds: Readonly<Partial<Record<Item['kind'], BundleItem['kind']>>> = {
  tool: 'tool',
  prompt: 'prompt',
  resource: 'resource',
  template: 'resourceTemplate',
};

function itemJson({ item, as, marker }: WorldBundle['items'][number]): BundleItem {
  const { service, key: name } = item;
  const kind = bundleKinds[item.kind];
  if (kind === undefined) throw new Error(`A bundle holds no ${item.kind}.`);
  if (as === undefined || marker === undefined) return { kind, service, name };
  return { kind, service, name, as, title: `Titled ${marker}`, description: `Called ${marker}.` };
}

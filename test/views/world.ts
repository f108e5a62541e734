import { addCallersKey } from '../support/control-plane.ts';
import { testPrincipal } from '../support/test-principal.ts';
import { startDoors, testKeys, type RunningDoors } from '../support/start-doors.ts';
import { firstSettings } from '../../src/policy/store.ts';
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

/**
 * Starts the world; `by` says what makes the views: what the keys reach, the same as rules of the
 * tenant about keys that reach everything, or the same as what its plan includes (see `planView`).
 */
export async function startWorld(by: 'keys' | 'rules' | 'plans' = 'keys'): Promise<World> {
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
  const all = testedViews();
  // Rules that allow are one layer, and so is what a plan includes: any of them will do.
  const views = by === 'keys' ? all : all.filter(({ layers }) => layers.length < 2);
  if (by === 'rules') ruleViews(doors, views);
  // All keys are one user's, so that each could see the others; their names tell what they reach.
  const person = testPrincipal({ user: 'usr_views', role: 'developer' });
  doors.plane.addUser(person);
  for (const { name, token, layers } of views) {
    const reached = by === 'keys' ? layers : [];
    const caller = { user: 'usr_views', grant: `key_${name}`, layers: reached };
    doors.callers.set(token, { ...caller, role: 'developer' });
    const named = `named ${name} ${JSON.stringify(layers)}`;
    const principal = testPrincipal({ ...caller, role: 'developer' });
    addCallersKey(doors.plane.identity, principal, { name: named });
  }
  return {
    doors,
    upstreams,
    views,
    openToken: testKeys.a2,
    [Symbol.asyncDispose]: () => doors[Symbol.asyncDispose](),
  };
}

/** Puts the tenant on a plan that includes what the view shows; on none when it shows all. */
export function planView({ plan }: RunningDoors, { name, layers: [includes] }: TestedView): void {
  plan.offer = includes && { digest: name, includes, priceOf: undefined };
}

/** What is allowed where all else is denied; who belongs to no view may use everything. */
function ruleViews({ policies, tenant }: RunningDoors, views: readonly TestedView[]): void {
  const grants = views.map(({ name }) => `key_${name}`);
  const made = { tenant, enabled: true, createdAtMs: 0, updatedAtMs: 0, version: 1 };
  const allow = { ...made, effect: 'allow' as const };
  policies.putSettings(tenant, { ...firstSettings, mode: 'deny-by-default', version: 1 });
  policies.put(tenant, [{ ...allow, id: 'pol_others', name: 'others', except: { grants } }]);
  for (const { name, layers } of views) {
    const subjects = { grants: [`key_${name}`] };
    for (const [index, rule] of (layers[0] ?? [{}]).entries()) {
      policies.put(tenant, [{ ...allow, ...rule, id: `pol_${name}_${index}`, name, subjects }]);
    }
  }
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

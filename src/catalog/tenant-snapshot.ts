import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { Listing } from './lists/listing.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import { hashedPublicName, plainPublicName } from './public-names.ts';
import { createResourceIndex, type ResourceIndex } from './resource-index.ts';
import type { Alias, Bundle } from './store.ts';
import { fullVisibility, type Visibility } from './visibility.ts';

/** Where a public name leads. */
export interface NamedTarget {
  readonly live: ServiceRuntime;
  /** The name on the service. */
  readonly name: string;
  /** The definition as the service lists it. */
  readonly definition: JsonObject;
}

/** What a tenant's requests are routed by; replaced as a whole when anything changes. */
export interface TenantSnapshot {
  /** Grows with every change. */
  readonly version: number;
  /** In slug order. */
  readonly services: readonly ServiceRuntime[];
  readonly bySlug: ReadonlyMap<string, ServiceRuntime>;
  readonly tools: ReadonlyMap<string, NamedTarget>;
  readonly prompts: ReadonlyMap<string, NamedTarget>;
  readonly resources: ResourceIndex;
  /** The bundle whose things alone are here, or null. */
  readonly bundle: Bundle | null;
  /** What of these services may be seen and used; the tables hold nothing else. */
  readonly visibility: Visibility;
  /** A tool's definition with what the gateway adds where it lists it; absent for nothing. */
  readonly annotated?: (live: ServiceRuntime, tool: JsonObject) => JsonObject;
  /** The public name of a service's tool or prompt. */
  publicName(live: ServiceRuntime, kind: Alias['kind'], name: string): string;
  /** What a service lists, as it is shown here. */
  published(
    live: ServiceRuntime,
    list: keyof Listing,
    items: readonly JsonObject[],
  ): readonly JsonObject[];
}

/** A snapshot with the aliases that had to be made for it and are not stored yet. */
export interface BuiltSnapshot {
  readonly snapshot: TenantSnapshot;
  readonly newAliases: readonly Alias[];
}

/** Builds the routing tables of one tenant. */
export function buildTenantSnapshot(
  lives: readonly ServiceRuntime[],
  stored: readonly Alias[],
  version: number,
): BuiltSnapshot {
  const services = lives.toSorted((a, b) => (a.service.slug < b.service.slug ? -1 : 1));
  const names = new PublicNames(stored);
  const tools = new Map<string, NamedTarget>();
  const prompts = new Map<string, NamedTarget>();
  for (const live of services) {
    for (const definition of live.listing.tools) {
      addTarget(tools, names, 'tool', live, definition);
    }
    for (const definition of live.listing.prompts) {
      addTarget(prompts, names, 'prompt', live, definition);
    }
  }
  const snapshot: TenantSnapshot = {
    version,
    services,
    bySlug: new Map(services.map((live) => [live.service.slug, live])),
    tools,
    prompts,
    resources: createResourceIndex(services.map((live) => ({ live, listing: live.listing }))),
    bundle: null,
    visibility: fullVisibility,
    publicName: (live, kind, name) => names.of(live, kind, name),
    published: (live, list, items) => publish(names, live, list, items),
  };
  return { snapshot, newAliases: names.made };
}

function publish(
  names: PublicNames,
  live: ServiceRuntime,
  list: keyof Listing,
  items: readonly JsonObject[],
): readonly JsonObject[] {
  if (list === 'resources' || list === 'templates') return items;
  const kind = list === 'tools' ? 'tool' : 'prompt';
  return items.flatMap((item) => {
    const name = stringMember(item, 'name');
    return name === undefined ? [] : [{ ...item, name: names.of(live, kind, name) }];
  });
}

function addTarget(
  targets: Map<string, NamedTarget>,
  names: PublicNames,
  kind: Alias['kind'],
  live: ServiceRuntime,
  definition: JsonObject,
): void {
  const name = stringMember(definition, 'name');
  if (name === undefined || name === '') return;
  targets.set(names.of(live, kind, name), { live, name, definition });
}

class PublicNames {
  readonly made: Alias[] = [];
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(stored: readonly Alias[]) {
    for (const alias of stored) this.#keep(alias);
  }

  of(live: ServiceRuntime, kind: Alias['kind'], name: string): string {
    const { id, slug } = live.service;
    const plain = plainPublicName(slug, name);
    if (plain !== undefined) return plain;
    const known = this.#known.get(aliasKey(id, kind, name));
    if (known !== undefined) return known;
    let publicName = hashedPublicName(slug, name);
    for (let attempt = 1; this.#taken.has(`${kind}\n${publicName}`); attempt++) {
      publicName = hashedPublicName(slug, name, attempt);
    }
    const alias = { serviceId: id, kind, name, publicName };
    this.#keep(alias);
    this.made.push(alias);
    return publicName;
  }

  #keep(alias: Alias): void {
    this.#known.set(aliasKey(alias.serviceId, alias.kind, alias.name), alias.publicName);
    this.#taken.add(`${alias.kind}\n${alias.publicName}`);
  }
}

function aliasKey(serviceId: string, kind: string, name: string): string {
  return `${serviceId}\n${kind}\n${name}`;
}

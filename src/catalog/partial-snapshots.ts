import type { ServiceRuntime } from './service-runtime.ts';
import { createResourceIndex } from './resource-index.ts';
import { visibleClaim } from './visibility.ts';
import type { NamedTarget, TenantSnapshot } from './tenant-snapshot.ts';

const PARTS_MAX = 64;

/** Parts of snapshots that some of their services make up, under the names they have in all. */
export class PartialSnapshots {
  readonly #parts = new WeakMap<TenantSnapshot, Map<string, TenantSnapshot>>();

  /** The part that one service is, under the names that it has itself. */
  identityOf(snapshot: TenantSnapshot, live: ServiceRuntime): TenantSnapshot {
    const { slug } = live.service;
    return this.#keep(snapshot, `identity:${slug}`, () => ({
      ...cut(snapshot, new Set([slug])),
      published: (one, list, items) =>
        items.filter((item) => snapshot.visibility.shows(one, list, item)),
    }));
  }

  /** The part of these services; slugs that are not there (any more) are left out. */
  of(snapshot: TenantSnapshot, slugs: readonly string[]): TenantSnapshot {
    const key = slugs.toSorted().join(' ');
    return this.#keep(snapshot, key, () => cut(snapshot, new Set(slugs)));
  }

  #keep(snapshot: TenantSnapshot, key: string, make: () => TenantSnapshot): TenantSnapshot {
    let parts = this.#parts.get(snapshot);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(snapshot, parts);
    }
    let part = parts.get(key);
    if (part === undefined) {
      if (parts.size >= PARTS_MAX) parts.clear();
      part = make();
      parts.set(key, part);
    }
    return part;
  }
}

function cut(snapshot: TenantSnapshot, slugs: ReadonlySet<string>): TenantSnapshot {
  const services = snapshot.services.filter(({ service }) => slugs.has(service.slug));
  const lives = new Set<ServiceRuntime>(services);
  const own = (targets: ReadonlyMap<string, NamedTarget>): ReadonlyMap<string, NamedTarget> =>
    new Map([...targets].filter(([, { live }]) => lives.has(live)));
  return {
    ...snapshot,
    services,
    bySlug: new Map(services.map((live) => [live.service.slug, live])),
    tools: own(snapshot.tools),
    prompts: own(snapshot.prompts),
    resources: createResourceIndex(services.map((live) => visibleClaim(live, snapshot.visibility))),
  };
}

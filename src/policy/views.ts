import { createResourceIndex } from '../catalog/resource-index.ts';
import type { NamedTarget, TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { visibleClaim, type VisibleClaim, type Visibility } from '../catalog/visibility.ts';
import { limits } from '../kernel/limits.ts';
import type { Permissions } from '../kernel/permissions.ts';
import { createVisibility } from './create-visibility.ts';
import type { Restriction } from './rules/restriction.ts';

/**
 * The views of callers: the part of their tenant's snapshot that they may see and use. For who may
 * use everything the view is the snapshot itself; others share one per digest of permissions.
 */
export class Views {
  /** Views live as long as the snapshot they are a part of. */
  readonly #views = new WeakMap<TenantSnapshot, Map<string, TenantSnapshot>>();

  /** `restriction` is what the tenant's rules take away besides. */
  of(
    snapshot: TenantSnapshot,
    permissions: Permissions,
    restriction?: Restriction,
  ): TenantSnapshot {
    const { layers } = permissions;
    if (layers.length === 0 && restriction === undefined) return snapshot;
    const digest =
      restriction === undefined
        ? permissions.digest
        : `${permissions.digest} ${restriction.digest}`;
    let views = this.#views.get(snapshot);
    if (views === undefined) {
      views = new Map();
      this.#views.set(snapshot, views);
    }
    let view = views.get(digest);
    if (view === undefined) {
      if (views.size >= limits.viewsPerSnapshotMax) views.clear();
      view = cut(snapshot, createVisibility(layers, restriction));
      views.set(digest, view);
    }
    return view;
  }
}

function cut(snapshot: TenantSnapshot, visibility: Visibility): TenantSnapshot {
  const claims = snapshot.services
    .map((live) => visibleClaim(live, visibility))
    .filter(showsAnything);
  const services = claims.map(({ live }) => live);
  const visible = (list: 'tools' | 'prompts'): ReadonlyMap<string, NamedTarget> =>
    new Map(
      [...snapshot[list]].filter(([, { live, definition }]) =>
        visibility.shows(live, list, definition),
      ),
    );
  return {
    ...snapshot,
    services,
    bySlug: new Map(services.map((live) => [live.service.slug, live])),
    tools: visible('tools'),
    prompts: visible('prompts'),
    resources: createResourceIndex(claims),
    visibility,
    published: (live, list, items) =>
      snapshot.published(
        live,
        list,
        items.filter((item) => visibility.shows(live, list, item)),
      ),
  };

  /** A service of which everything is visible is there even while it lists nothing. */
  function showsAnything({ live, listing }: VisibleClaim): boolean {
    const { tools, prompts, resources, templates } = listing;
    const count = tools.length + prompts.length + resources.length + templates.length;
    return count > 0 || visibility.isWhole(live);
  }
}

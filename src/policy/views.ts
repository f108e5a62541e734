import { createResourceIndex } from '../catalog/resource-index.ts';
import type { NamedTarget, TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { visibleClaim, type VisibleClaim, type Visibility } from '../catalog/visibility.ts';
import { limits } from '../kernel/limits.ts';
import { isJsonObject, stringMember, type JsonObject } from '../kernel/json.ts';
import type { AccessLayer, AccessRule, Permissions } from '../kernel/permissions.ts';
import { createVisibility } from './create-visibility.ts';
import type { Offer } from './offer.ts';
import type { Restriction } from './rules/restriction.ts';

/** The member of a listed tool's `_meta` that says what its calls cost. */
export const PRICE_META = 'mcp-gateway/price';

/**
 * The views of callers: the part of their tenant's snapshot that they may see and use. For who may
 * use everything the view is the snapshot itself; others share one per digest of permissions.
 */
export class Views {
  /** Views live as long as the snapshot they are a part of. */
  readonly #views = new WeakMap<TenantSnapshot, Map<string, TenantSnapshot>>();

  readonly #alwaysIncluded: AccessLayer;

  /** `alwaysIncluded` is in every plan: what is not sold. */
  constructor(alwaysIncluded: readonly AccessRule[] = []) {
    this.#alwaysIncluded = alwaysIncluded;
  }

  /** `restriction` is what the tenant's rules take away besides, `offer` what its plan says. */
  of(
    snapshot: TenantSnapshot,
    permissions: Permissions,
    restriction?: Restriction,
    offer?: Offer,
  ): TenantSnapshot {
    const { layers } = permissions;
    if (layers.length === 0 && restriction === undefined && offer === undefined) return snapshot;
    const digest = digestOf(permissions, restriction, offer);
    let views = this.#views.get(snapshot);
    if (views === undefined) {
      views = new Map();
      this.#views.set(snapshot, views);
    }
    let view = views.get(digest);
    if (view === undefined) {
      if (views.size >= limits.viewsPerSnapshotMax) views.clear();
      view = this.#make(snapshot, layers, restriction, offer);
      views.set(digest, view);
    }
    return view;
  }

  #make(
    snapshot: TenantSnapshot,
    layers: readonly AccessLayer[],
    restriction: Restriction | undefined,
    offer: Offer | undefined,
  ): TenantSnapshot {
    const includes = offer?.includes;
    const all =
      includes === undefined ? layers : [...layers, [...includes, ...this.#alwaysIncluded]];
    const isWhole = all.length === 0 && restriction === undefined;
    const view = isWhole ? snapshot : cut(snapshot, createVisibility(all, restriction));
    return offer?.priceOf === undefined ? view : priced(view, offer.priceOf);
  }
}

function digestOf(
  { digest }: Permissions,
  restriction: Restriction | undefined,
  offer: Offer | undefined,
): string {
  const ruled = restriction === undefined ? digest : `${digest} ${restriction.digest}`;
  return offer === undefined ? ruled : `${ruled} on ${offer.digest}`;
}

/** The same with prices; what a service says of them itself does not count. */
function priced(
  view: TenantSnapshot,
  priceOf: (slug: string, tool: string) => JsonObject,
): TenantSnapshot {
  return {
    ...view,
    annotated: ({ service }, tool) => {
      const own = tool['_meta'];
      const price = priceOf(service.slug, stringMember(tool, 'name') ?? '');
      return { ...tool, _meta: { ...(isJsonObject(own) ? own : {}), [PRICE_META]: price } };
    },
  };
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

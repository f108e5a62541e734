import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { Listing } from './lists/listing.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import { createResourceIndex, type ResourceClaim } from './resource-index.ts';
import type { Bundle, BundleItem } from './store.ts';
import type { NamedTarget, TenantSnapshot } from './tenant-snapshot.ts';
import { fullVisibility } from './visibility.ts';

/** Which list a kind of item stands in, and the member that names it there. */
export const bundleLists: Readonly<
  Record<BundleItem['kind'], { readonly list: keyof Listing; readonly key: string }>
> = {
  tool: { list: 'tools', key: 'name' },
  prompt: { list: 'prompts', key: 'name' },
  resource: { list: 'resources', key: 'uri' },
  resourceTemplate: { list: 'templates', key: 'uriTemplate' },
};

/** The name an item has in its bundle; resources are known by their URIs. */
export function nameInBundle({ kind, name, as }: BundleItem): string {
  return kind === 'tool' || kind === 'prompt' ? (as ?? name) : name;
}

/**
 * The bundle without the items that the view does not show, and then without its description, whose
 * words may name them; undefined when nothing is left.
 */
export function seenBundle(bundle: Bundle, view: TenantSnapshot): Bundle | undefined {
  if (view.visibility === fullVisibility) return bundle;
  const items = bundle.items.filter((item) => isSeen(view, item));
  if (items.length === 0) return undefined;
  return items.length === bundle.items.length ? bundle : { ...bundle, description: '', items };
}

function isSeen({ bySlug, visibility }: TenantSnapshot, { kind, service, name }: BundleItem) {
  const live = bySlug.get(service);
  const { list, key } = bundleLists[kind];
  return live !== undefined && visibility.shows(live, list, { [key]: name });
}

/**
 * The part of a snapshot that a bundle names, as the bundle shows it. What is not on its service
 * now, or whose service is disabled or gone, is left out. Undefined when nothing of it is seen.
 */
export function buildBundleSnapshot(
  base: TenantSnapshot,
  whole: Bundle,
): TenantSnapshot | undefined {
  const bundle = seenBundle(whole, base);
  if (bundle === undefined) return undefined;
  const tools = new Map<string, NamedTarget>();
  const prompts = new Map<string, NamedTarget>();
  const items = new Map<ServiceRuntime, BundleItem[]>();
  for (const item of bundle.items) {
    const live = base.bySlug.get(item.service);
    if (live === undefined) continue;
    items.set(live, [...(items.get(live) ?? []), item]);
    const { name } = item;
    const definition = definitionOf(live, item);
    const target = definition === undefined ? undefined : { live, name, definition };
    if (target === undefined) continue;
    if (item.kind === 'tool') tools.set(nameInBundle(item), target);
    if (item.kind === 'prompt') prompts.set(nameInBundle(item), target);
  }
  const services = base.services.filter((live) => items.has(live));
  const claims = services.map((live) => claimOf(live, items.get(live) ?? []));
  return {
    ...base,
    services,
    bySlug: new Map(services.map((live) => [live.service.slug, live])),
    tools,
    prompts,
    resources: createResourceIndex(claims),
    bundle,
    published: (live, list, own) => show(items.get(live) ?? [], list, own),
  };
}

/** What a service lists under an item's name, or undefined when it does not now. */
export function definitionOf(
  live: ServiceRuntime,
  { kind, name }: BundleItem,
): JsonObject | undefined {
  const { list, key } = bundleLists[kind];
  return live.listing[list].find((one) => one[key] === name);
}

/** The resources of the bundle, and the pages that its tools are shown in. */
function claimOf(live: ServiceRuntime, items: readonly BundleItem[]): ResourceClaim {
  const pick = (kind: BundleItem['kind']): readonly JsonObject[] =>
    items
      .filter((item) => item.kind === kind)
      .map((item) => definitionOf(live, item))
      .filter((definition) => definition !== undefined);
  return {
    live,
    listing: {
      tools: pick('tool'),
      resources: pick('resource'),
      templates: pick('resourceTemplate'),
    },
  };
}

function show(
  items: readonly BundleItem[],
  list: keyof Listing,
  own: readonly JsonObject[],
): readonly JsonObject[] {
  return items.flatMap((item) => {
    const { list: itsList, key } = bundleLists[item.kind];
    if (itsList !== list) return [];
    const found = own.find((one) => stringMember(one, key) === item.name);
    if (found === undefined) return [];
    const { as: name, title, description } = item;
    return [
      {
        ...found,
        ...(name === undefined ? {} : { name }),
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
      },
    ];
  });
}

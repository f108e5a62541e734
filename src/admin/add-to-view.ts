import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { NamedTarget, TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Visibility } from '../catalog/visibility.ts';
import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { AdminTool } from './compile-tools.ts';

/**
 * The view with a service more, of which it shows these tools as far as the rules that the view was
 * made by show them; the view itself when that leaves none.
 */
export function addToView(
  view: TenantSnapshot,
  live: ServiceRuntime,
  seen: ReadonlyMap<string, AdminTool>,
): TenantSnapshot {
  const isSeen = (item: JsonObject): boolean => seen.has(stringMember(item, 'name') ?? '');
  const visibility: Visibility = {
    // It is a part of itself for everybody, so that nothing is passed on to it unlooked at.
    isWhole: (one) => one !== live && view.visibility.isWhole(one),
    shows: (one, list, item) =>
      view.visibility.shows(one, list, item) &&
      (one !== live || (list === 'tools' && isSeen(item))),
    reaches: (one, uri) => one !== live && view.visibility.reaches(one, uri),
  };
  const shown = [...seen.values()].filter(({ definition }) =>
    visibility.shows(live, 'tools', definition),
  );
  if (shown.length === 0) return view;
  const { slug } = live.service;
  const own = shown.map(({ name, definition }): [string, NamedTarget] => [
    view.publicName(live, 'tool', name),
    { live, name, definition },
  ]);
  return {
    ...view,
    services: [...view.services, live].toSorted((a, b) =>
      a.service.slug < b.service.slug ? -1 : 1,
    ),
    bySlug: new Map([...view.bySlug, [slug, live]]),
    tools: new Map([...view.tools, ...own]),
    visibility,
    published: (one, list, items) =>
      view.published(
        one,
        list,
        one === live ? items.filter((item) => visibility.shows(live, list, item)) : items,
      ),
  };
}

import type { JsonObject } from '../kernel/json.ts';
import type { Listing } from './lists/listing.ts';
import type { ServiceRuntime } from './service-runtime.ts';

/** What of a tenant's services somebody may see and use. */
export interface Visibility {
  /** True when nothing of the service is hidden, whatever it comes to list. */
  isWhole(live: ServiceRuntime): boolean;
  /** True when this item of a list may be seen: a tool, prompt, resource or URI template. */
  shows(live: ServiceRuntime, list: keyof Listing, item: JsonObject): boolean;
  /** True when a resource may be read by its URI, listed or not. */
  reaches(live: ServiceRuntime, uri: string): boolean;
}

/** Hides nothing. */
export const fullVisibility: Visibility = {
  isWhole: () => true,
  shows: () => true,
  reaches: () => true,
};

/** What tells who a service is; whatever else it says of itself may name what is hidden. */
const IDENTITY_MEMBERS = ['name', 'title', 'version'] as const;

/** What a service says of itself, to somebody who sees this much of it. */
export function visibleServerInfo(
  live: ServiceRuntime,
  visibility: Visibility,
): JsonObject | undefined {
  const info = live.discovery?.serverInfo;
  if (info === undefined || visibility.isWhole(live)) return info;
  return Object.fromEntries(
    IDENTITY_MEMBERS.flatMap((member) => (member in info ? [[member, info[member]]] : [])),
  ) as JsonObject;
}

/** What a service lists, as far as it may be seen. */
export interface VisibleClaim {
  readonly live: ServiceRuntime;
  readonly listing: Listing;
}

/** The part of a service's lists that may be seen. */
export function visibleClaim(live: ServiceRuntime, visibility: Visibility): VisibleClaim {
  if (visibility === fullVisibility) return { live, listing: live.listing };
  const of = (list: keyof Listing): readonly JsonObject[] =>
    live.listing[list].filter((item) => visibility.shows(live, list, item));
  return {
    live,
    listing: {
      tools: of('tools'),
      prompts: of('prompts'),
      resources: of('resources'),
      templates: of('templates'),
    },
  };
}

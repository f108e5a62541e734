import { stringMember, type JsonObject } from '../kernel/json.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import type { ServiceOutline, ServiceView } from './service-view.ts';
import type { TenantSnapshot } from './tenant-snapshot.ts';
import { visibleClaim, visibleServerInfo, type Visibility } from './visibility.ts';

/** A service as its owner sees it, or as far as a view shows it. */
export function describeService(
  live: ServiceRuntime,
  view: TenantSnapshot,
  secretNames: readonly string[],
): ServiceView {
  const { listing } = visibleClaim(live, view.visibility);
  return {
    ...settingsOf(live, view.visibility, secretNames),
    tools: listing.tools.map((tool) => {
      const name = stringMember(tool, 'name') ?? '';
      return {
        name,
        publicName: view.publicName(live, 'tool', name),
        title: stringMember(tool, 'title') ?? null,
        description: stringMember(tool, 'description') ?? null,
      };
    }),
    promptNames: namesIn(listing.prompts, 'name'),
    resourceUris: namesIn(listing.resources, 'uri'),
  };
}

/** A service as a list shows it: nothing is looked up for it. */
export function outlineService(live: ServiceRuntime, view: TenantSnapshot): ServiceOutline {
  const { tools, prompts, resources } = visibleClaim(live, view.visibility).listing;
  const { service, health } = settingsOf(live, view.visibility, []);
  const counts = { tools: tools.length, prompts: prompts.length, resources: resources.length };
  return { service, health, counts };
}

type Settings = Pick<ServiceView, 'service' | 'health' | 'diagnostics' | 'changes' | 'secretNames'>;

/** What is told of a service as a whole; for who sees a part of it, without what names the rest. */
function settingsOf(
  live: ServiceRuntime,
  visibility: Visibility,
  secretNames: readonly string[],
): Settings {
  const { service, health, diagnostics, changes } = live;
  if (visibility.isWhole(live)) {
    return { service, health, diagnostics, changes, secretNames };
  }
  const serverInfo = visibleServerInfo(live, visibility) ?? null;
  return {
    service: { ...service, config: {} },
    health: { ...health, lastError: null, serverInfo, origins: [] },
    diagnostics: [],
    changes: null,
    secretNames: [],
  };
}

function namesIn(list: readonly JsonObject[], key: string): string[] {
  return list.flatMap((item) => stringMember(item, key) ?? []);
}

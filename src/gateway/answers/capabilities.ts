import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { TASKS_EXTENSION } from '../../mcp/tasks-extension.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { visibleClaim } from '../../catalog/visibility.ts';
import {
  isJsonObject,
  objectMember,
  withoutMembers,
  type Json,
  type JsonObject,
} from '../../kernel/json.ts';
import type { GatewayTarget } from '../exchange.ts';

const UI_EXTENSION = 'io.modelcontextprotocol/ui';
const SKILLS_EXTENSION = 'io.modelcontextprotocol/skills';

/** Extensions the gateway can route on `/mcp`; the identity endpoint passes any. */
const ROUTED_EXTENSIONS: ReadonlySet<string> = new Set([UI_EXTENSION, SKILLS_EXTENSION]);

/** True when the service may have resources. */
export function offersResources(live: ServiceRuntime): boolean {
  return 'resources' in (live.discovery?.capabilities ?? {});
}

/** True when the service has skills to list and directories to read. */
export function offersSkills(live: ServiceRuntime): boolean {
  const extensions = objectMember(live.discovery?.capabilities, 'extensions');
  return isJsonObject(extensions?.[SKILLS_EXTENSION]);
}

/** True when the service has skills and all of it is seen: skills have no names to judge. */
export function showsSkills({ visibility }: TenantSnapshot, live: ServiceRuntime): boolean {
  return offersSkills(live) && visibility.isWhole(live);
}

/**
 * The capabilities of several services as one server: the union per feature. The gateway hears of
 * changes itself, so it can always announce them.
 */
export function unionCapabilities({ snapshot, services }: GatewayTarget): JsonObject {
  const union: Record<string, Json> = {};
  const extensions: Record<string, Json> = {};
  for (const live of services) {
    const declared = visibleCapabilities(snapshot, live);
    if ('tools' in declared) union['tools'] = { listChanged: true };
    if ('prompts' in declared) union['prompts'] = { listChanged: true };
    if ('resources' in declared) union['resources'] = { subscribe: true, listChanged: true };
    for (const feature of ['completions', 'logging']) {
      if (isJsonObject(declared[feature])) union[feature] = declared[feature];
    }
    for (const [name, settings] of Object.entries(objectMember(declared, 'extensions') ?? {})) {
      if (services.length === 1 || ROUTED_EXTENSIONS.has(name)) extensions[name] ??= settings;
    }
  }
  // A task of a service is routed to it; where a service makes none, the gateway does.
  if ('tools' in union) extensions[TASKS_EXTENSION] ??= {};
  if (Object.keys(extensions).length > 0) union['extensions'] = extensions;
  return union;
}

/** What a service declares, without the features of which its caller sees nothing. */
function visibleCapabilities({ visibility }: TenantSnapshot, live: ServiceRuntime): JsonObject {
  const declared = live.discovery?.capabilities ?? {};
  if (visibility.isWhole(live)) return declared;
  const { tools, prompts, resources, templates } = visibleClaim(live, visibility).listing;
  const hidden = [
    ...(tools.length === 0 ? ['tools'] : []),
    ...(prompts.length === 0 ? ['prompts'] : []),
    ...(resources.length + templates.length === 0 ? ['resources'] : []),
    ...(prompts.length + templates.length === 0 ? ['completions'] : []),
  ];
  const extensions = objectMember(declared, 'extensions') ?? {};
  const ui = extensions[UI_EXTENSION];
  const kept = ui === undefined || tools.length === 0 ? {} : { [UI_EXTENSION]: ui };
  return { ...withoutMembers(declared, hidden), extensions: kept };
}

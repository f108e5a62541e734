import type { LiveService } from '../../catalog/live-service.ts';
import { TASKS_EXTENSION } from '../../mcp/tasks-extension.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../kernel/json.ts';

const SKILLS_EXTENSION = 'io.modelcontextprotocol/skills';

/** Extensions the gateway can route on `/mcp`; the identity endpoint passes any. */
const ROUTED_EXTENSIONS: ReadonlySet<string> = new Set([
  'io.modelcontextprotocol/ui',
  SKILLS_EXTENSION,
]);

/** True when the service may have resources. */
export function offersResources(live: LiveService): boolean {
  return 'resources' in (live.discovery?.capabilities ?? {});
}

/** True when the service has skills to list and directories to read. */
export function offersSkills(live: LiveService): boolean {
  const extensions = objectMember(live.discovery?.capabilities, 'extensions');
  return isJsonObject(extensions?.[SKILLS_EXTENSION]);
}

/**
 * The capabilities of several services as one server: the union per feature. The gateway hears of
 * changes itself, so it can always announce them.
 */
export function unionCapabilities(services: readonly LiveService[]): JsonObject {
  const union: Record<string, Json> = {};
  const extensions: Record<string, Json> = {};
  for (const live of services) {
    const declared = live.discovery?.capabilities ?? {};
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

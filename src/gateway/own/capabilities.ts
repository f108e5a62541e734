import type { LiveService } from '../../catalog/live-service.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../kernel/json.ts';

/** Extensions the gateway can route on `/mcp`; the identity endpoint passes any. */
const ROUTED_EXTENSIONS: ReadonlySet<string> = new Set(['io.modelcontextprotocol/ui']);

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
  if (Object.keys(extensions).length > 0) union['extensions'] = extensions;
  return union;
}

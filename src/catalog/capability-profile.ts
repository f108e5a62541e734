import { isJsonObject, objectMember, type Json, type JsonObject } from '../kernel/json.ts';
import type { ClientProfile } from '../mcp/message.ts';
import { MODERN_VERSION, implementation } from '../mcp/protocol.ts';

/** Capabilities that can change what a server lists. */
const RELEVANT = ['elicitation', 'sampling', 'roots', 'extensions'] as const;

/** A client that can do everything: with it a server shows all it has. */
export const fullClient: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: implementation,
  capabilities: {
    elicitation: { form: {}, url: {} },
    sampling: { tools: {}, context: {} },
    roots: {},
  },
};

/** A text that is equal for clients to whom a server lists the same. */
export function capabilityProfileKey(capabilities: JsonObject): string {
  const relevant: Record<string, Json> = {};
  for (const name of RELEVANT) {
    const value = objectMember(capabilities, name);
    if (value !== undefined) relevant[name] = value;
  }
  return JSON.stringify(sorted(relevant));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}

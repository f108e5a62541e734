import { isJsonObject, withoutMembers, type JsonObject } from '../../../../kernel/json.ts';
import type { ServerFacts } from './legacy-session.ts';

/** What a legacy server is, in the modern shape. */
export interface ModernFacts {
  readonly era: 'legacy';
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  readonly listsVaryByCapabilities: true;
}

/** Legacy tasks are another protocol than the modern extension and stay hidden. */
const HIDDEN = ['tasks'];

/** The server's words about itself as `server/discover` would have them. */
export function toModernFacts(facts: ServerFacts): ModernFacts {
  const { protocolVersion, serverInfo, instructions } = facts;
  const capabilities = { ...withoutMembers(facts.capabilities, HIDDEN) };
  // Servers of 2024-11-05 complete arguments without saying so: the capability came later.
  const completes =
    isJsonObject(capabilities['prompts']) || isJsonObject(capabilities['resources']);
  if (protocolVersion === '2024-11-05' && completes) capabilities['completions'] ??= {};
  const said = { era: 'legacy', protocolVersion, serverInfo, capabilities } as const;
  const rest = { listsVaryByCapabilities: true } as const;
  return instructions === undefined ? { ...said, ...rest } : { ...said, instructions, ...rest };
}

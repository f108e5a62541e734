import { isJsonObject, withoutMembers } from '../../../kernel/json.ts';
import type { DiscoveredServer } from '../era-client.ts';
import type { ServerFacts } from './legacy-client-session.ts';

/** Legacy tasks are another protocol than the modern extension and stay hidden. */
const HIDDEN = ['tasks'];

/** What a legacy server said of itself when its session opened, in the modern shape. */
export function toDiscoveredServer(facts: ServerFacts): DiscoveredServer {
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

import type { JsonObject } from '../../kernel/json.ts';
import { capabilityProfile, fullCapabilities } from '../../mcp/client/legacy/capability-profile.ts';
import type { ClientProfile } from '../../mcp/message.ts';
import { MODERN_VERSION, implementation } from '../../mcp/protocol.ts';

/** A client that can do everything: with it a server shows all it has. */
export const fullClient: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: implementation,
  // The same as discovery declares, so that listing uses discovery's child or session.
  capabilities: fullCapabilities,
};

/** A text that is equal for clients to whom a server lists the same: those that share a session. */
export function capabilityProfileKey(capabilities: JsonObject): string {
  return capabilityProfile(capabilities).key;
}

import { objectMember, stringMember, type JsonObject } from '../../../kernel/json.ts';
import type { DiscoveredServer } from '../era-client.ts';
import { meta, modernVersions } from '../../protocol.ts';

/** Reads a `server/discover` result; undefined when it is none, or no revision is in common. */
export function readDiscovered(result: JsonObject): DiscoveredServer | undefined {
  const capabilities = objectMember(result, 'capabilities');
  const protocolVersion = commonVersion(result['supportedVersions']);
  if (capabilities === undefined || protocolVersion === undefined) return undefined;
  const serverInfo = objectMember(objectMember(result, '_meta'), meta.serverInfo) ?? {};
  const instructions = stringMember(result, 'instructions');
  const said = { era: 'modern', protocolVersion, serverInfo, capabilities } as const;
  const rest = { listsVaryByCapabilities: false } as const;
  return instructions === undefined ? { ...said, ...rest } : { ...said, instructions, ...rest };
}

/** The newest modern revision in a server's list, or undefined when there is none. */
export function commonVersion(supported: unknown): string | undefined {
  if (!Array.isArray(supported)) return undefined;
  return modernVersions.find((version) => supported.includes(version));
}

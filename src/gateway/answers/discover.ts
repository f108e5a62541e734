import { ownName, type ServiceRuntime } from '../../catalog/service-runtime.ts';
import { visibleServerInfo } from '../../catalog/visibility.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { implementation, meta, modernVersions } from '../../mcp/protocol.ts';
import type { GatewayTarget, Permitted } from '../exchange.ts';
import { unionCapabilities } from './capabilities.ts';

const INSTRUCTIONS_LENGTH_MAX = 16_000;
/** Changes are announced, so a client need not ask often. */
const DISCOVER_TTL_MS = 60_000;

/** Answers `server/discover` for the services of the endpoint. */
export function discover({ endpoint }: Permitted, target: GatewayTarget): McpOutcome {
  const { snapshot } = target;
  const ready = target.services.filter((live) => live.discovery !== undefined);
  const { bundle, visibility } = snapshot;
  // The words of a service may name what this caller does not see of it.
  const speaking = ready.filter((live) => visibility.isWhole(live));
  const text =
    bundle === null ? instructions(speaking, endpoint.kind !== 'service') : bundle.description;
  const [only] = endpoint.kind === 'service' ? ready : [];
  const identity = only === undefined ? undefined : visibleServerInfo(only, visibility);
  const own = bundle === null ? implementation : { ...implementation, title: bundle.title };
  return {
    resultType: 'complete',
    result: JsonBytes.fromValue({
      supportedVersions: [...modernVersions],
      capabilities: unionCapabilities({ ...target, services: ready }),
      ...(text === undefined || text === '' ? {} : { instructions: text }),
      ttlMs: DISCOVER_TTL_MS,
      cacheScope: 'private',
      _meta: { [meta.serverInfo]: identity ?? own },
    }),
  };
}

function instructions(services: readonly ServiceRuntime[], headed: boolean): string | undefined {
  const parts = services.flatMap((live) => {
    const text = live.discovery?.instructions;
    if (text === undefined || text === '') return [];
    const name = live.service.title || ownName(live.discovery?.serverInfo ?? {}) || '';
    return headed ? [`## ${name} (tools named ${live.service.slug}__…)\n\n${text}`] : [text];
  });
  if (parts.length === 0) return undefined;
  return parts.join('\n\n').slice(0, INSTRUCTIONS_LENGTH_MAX);
}

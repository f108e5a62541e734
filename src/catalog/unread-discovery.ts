import { MODERN_VERSION } from '../mcp/protocol.ts';
import type { Discovery } from '../upstream/contract.ts';
import type { Service } from './store.ts';

/** What is said of a service that tells nobody about itself who has no account there. */
export function unreadDiscovery({ slug, kind }: Service): Discovery {
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    serverInfo: { name: slug === '' ? kind : slug, version: '0' },
    capabilities: { tools: { listChanged: true } },
    listsVaryByCapabilities: false,
  };
}

import type { TenantSnapshot } from '../../src/catalog/tenant-snapshot.ts';
import { fullVisibility } from '../../src/catalog/visibility.ts';

export const toolWords = ['invoice', 'customer', 'weather', 'ticket', 'branch', 'parcel', 'ledger'];

/** A view of so many tools of one service. */
export function manyTools(size: number, version = 1, prefix = 'tool'): TenantSnapshot {
  const service = { id: 'svc_a', slug: 'a', title: 'A' };
  const live = { service, discovery: undefined, isSuspicious: () => false };
  const tools = Array.from({ length: size }, (_, at): [string, unknown] => {
    const about = `${toolWords[at % 7] ?? ''} ${toolWords[(at >> 3) % 7] ?? ''} number${at}`;
    const properties = { query: { type: 'string', description: `Text about ${about}` } };
    const definition = {
      name: `${prefix}_${at}`,
      description: `Does something with ${about}, for example when it has changed.`.repeat(3),
      inputSchema: { type: 'object', properties },
    };
    return [`a__${prefix}_${at}`, { live, name: definition.name, definition }];
  });
  const view = { version, tools: new Map(tools), services: [live], visibility: fullVisibility };
  return view as unknown as TenantSnapshot;
}

import type { TenantSnapshot } from '../../../src/catalog/tenant-snapshot.ts';
import type { Principal } from '../../../src/kernel/principal.ts';
import type { ServiceTool, ToolShelf } from '../../../src/chat/tools/offered-tools.ts';

/** Shows every tool of the caller's view: right for few of them. */
export function wholeShelf(viewOf: (principal: Principal) => TenantSnapshot): ToolShelf {
  return {
    offer: ({ principal }) => {
      const found = [...viewOf(principal).tools];
      const tools = found.map(([publicName, target]): ServiceTool => {
        return { kind: 'service', publicName, ...target };
      });
      return Promise.resolve({ tools });
    },
    find: ({ principal }, publicName) => {
      const target = viewOf(principal).tools.get(publicName);
      return target && { kind: 'service', publicName, ...target };
    },
  };
}

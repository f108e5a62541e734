import type { UserConnections } from '../../gateway/connect-user.ts';
import type { ConnectedService } from '../../identity/vault/connected-service.ts';
import type { Connections } from '../../identity/vault/connections.ts';
import type { UserTokens } from '../../identity/vault/user-tokens.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';

/** How often a waiting request looks. */
const LOOK_MS = 250;
/** Time kept back so that the question still reaches the client. */
const MARGIN_MS = 2_000;

/** Lets the data plane send users to connect accounts, and wait for them. */
export function createUserConnections(
  find: (tenant: TenantId, serviceId: string) => ConnectedService | undefined,
  connections: Pick<Connections, 'begin'>,
  tokens: Pick<UserTokens, 'account'>,
): UserConnections {
  const account = async ({ tenant, subject }: Principal, serviceId: string): Promise<string> => {
    const service = find(tenant, serviceId);
    return service === undefined ? '' : await tokens.account(service, subject.id);
  };
  return {
    account,
    begin: async (principal, serviceId, need) => {
      const service = find(principal.tenant, serviceId);
      if (service === undefined) throw need;
      return await connections.begin(principal, service, need);
    },
    waitForChange: async (principal, serviceId, before, { cancellation, deadlineMs }) => {
      const endMs = Math.min(Date.now() + limits.connectWaitMs, deadlineMs - MARGIN_MS);
      const waiting = new Cancellation();
      const undo = cancellation.onCancel((reason) => waiting.cancel(reason));
      try {
        while (Date.now() < endMs && waiting.reason === undefined) {
          if ((await account(principal, serviceId)) !== before) return;
          await pause(LOOK_MS, waiting);
        }
      } finally {
        undo();
      }
    },
  };
}

import type { ConnectorContext, Upstream } from '../contract.ts';
import { authorizedEgress, originOf } from './authorized-egress.ts';
import { createAuthorizer } from './authorizer.ts';
import { CallerUpstreams } from './caller-upstreams.ts';
import { isPersonalCredential, type ServiceCredential } from './service-credential.ts';

/** Opens what a connector connects to, over the way out that the context has. */
export type Open = (context: ConnectorContext) => Upstream | Promise<Upstream>;

/**
 * Opens an upstream whose requests carry a credential: one upstream for everybody when the
 * credential is the service's own, one for each caller when each has their own. Credentials go to
 * the origins of `addresses` alone.
 */
export async function openAuthorized(
  credential: ServiceCredential | undefined,
  addresses: readonly string[],
  context: ConnectorContext,
  open: Open,
): Promise<Upstream> {
  if (credential === undefined) return await open(context);
  const origins = new Set(addresses.map((address) => originOf(address)));
  const { egress, caller: own } = context;
  if (!isPersonalCredential(credential)) {
    const authorizer = createAuthorizer(credential, context, own);
    return await open({ ...context, egress: authorizedEgress(egress, origins, authorizer) });
  }
  return new CallerUpstreams({
    own,
    signal: context.signal,
    open: async (caller, signal) => {
      const authorizer = createAuthorizer(credential, context, caller);
      const authorized = authorizedEgress(egress, origins, authorizer);
      const isOwn = caller === own;
      const mine = { ...context, signal, caller, egress: authorized };
      return await open(isOwn ? mine : { ...mine, ...quiet });
    },
  });
}

/** What happens to one user's upstream is no news of the service. */
const quiet: Pick<ConnectorContext, 'changed' | 'repeat'> = {
  changed: () => {},
  repeat: () => ({ [Symbol.dispose]: () => {} }),
};

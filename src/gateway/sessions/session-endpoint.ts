import type { Endpoint } from '../exchange.ts';
import type { ManagedSession } from '../store.ts';

/**
 * What a session's requests are routed to. One service is served under its own names, as a proxy
 * in front of it would; several, and all, under their public names.
 */
export function sessionEndpoint({ services }: Pick<ManagedSession, 'services'>): Endpoint {
  if (services === null) return { kind: 'all' };
  const [slug] = services;
  if (services.length === 1 && slug !== undefined) return { kind: 'service', slug };
  return { kind: 'some', slugs: services };
}

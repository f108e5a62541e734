import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Principal } from '../kernel/principal.ts';
import type { McpOutcome } from '../mcp/message.ts';
import type { Endpoint, Permitted, UpstreamTarget } from './exchange.ts';

/**
 * A service that is the gateway itself: nobody registered it, it is in every tenant, and what its
 * tools do they do as the caller who was admitted.
 */
export interface OwnService extends AsyncDisposable {
  readonly slug: string;
  /**
   * Resolves when its tools are known, and never rejects; undefined when nothing has to be waited
   * for: they are known already, or the endpoint does not reach them.
   */
  waitFor(endpoint: Endpoint): Promise<void> | undefined;
  /** The caller's view with those of its tools that the caller may use. */
  addTo(view: TenantSnapshot, principal: Principal): TenantSnapshot;
  /** Whether it is this service. */
  is(live: ServiceRuntime): boolean;
  /** Answers a request that was routed to it. Throws GatewayError or RpcError. */
  answer(permitted: Permitted, target: UpstreamTarget): Promise<McpOutcome>;
}

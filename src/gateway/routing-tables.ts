import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Restriction } from '../policy/rules/restriction.ts';

/** What requests are routed by, and what the gateway itself answers from. */
export interface RoutingTables {
  /** What the caller may see and use of its tenant's services. */
  viewOf(principal: Principal): TenantSnapshot;
  /** The same of a bundle. Throws GatewayError `not_found`. */
  bundleViewOf(principal: Principal, slug: string): TenantSnapshot;
  /** What the rules of its tenant take away from the caller; undefined for nothing. */
  restrictionOf(principal: Principal): Restriction | undefined;
}

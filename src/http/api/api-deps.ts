import type { ServiceRegistry, ServiceState } from '../../catalog/service-view.ts';
import type { IssuedKey } from '../../identity/issue-key.ts';
import type { IdentityStore } from '../../identity/store.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { UsageStore } from '../../metering/store.ts';
import type { OriginGuard } from '../origin-guard.ts';

/** What the process says of itself to health checks. */
export interface ApiStatus {
  readonly phase: 'starting' | 'ready' | 'draining';
  readonly startedAtMs: number;
  readonly version: string;
  /** How many services of all tenants are in each state. */
  readonly services: Readonly<Record<ServiceState, number>>;
}

/** A key to be made. */
export interface KeyRequest {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly name: string;
  readonly expiresAtMs: number | null;
}

/** Everything the control plane needs from the rest of the gateway. */
export interface ApiDeps {
  readonly registry: ServiceRegistry;
  readonly usage: Pick<UsageStore, 'list' | 'totals'>;
  /** Moves usage that is durable but not yet listed into the store. */
  drainUsage(): Promise<void>;
  readonly identity: Pick<IdentityStore, 'users' | 'keys'>;
  /** The one door to a Principal. Throws GatewayError `unauthenticated` or `too_many`. */
  authenticate(token: string): Principal | Promise<Principal>;
  issueKey(request: KeyRequest): Promise<IssuedKey>;
  /** Ends a key at once, whatever caches know it; false when the tenant has no such key. */
  revokeKey(tenant: TenantId, keyId: string): Promise<boolean>;
  readonly originGuard: OriginGuard;
  status(): ApiStatus;
  readonly log: Log;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}

import type { ServiceRegistry, ServiceState } from '../../../catalog/service-view.ts';
import type { IssuedKey, KeyRequest } from '../../../identity/issue-key.ts';
import type { IdentityStore } from '../../../identity/store.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Admit, TenantId } from '../../../kernel/principal.ts';
import type { UsageStore } from '../../../metering/store.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';

/** What the process says of itself to health checks. */
export interface ApiStatus {
  readonly phase: 'starting' | 'ready' | 'draining';
  readonly startedAtMs: number;
  readonly version: string;
  /** How many services of all tenants are in each state. */
  readonly services: Readonly<Record<ServiceState, number>>;
}

/** Everything the control plane needs from the rest of the gateway. */
export interface ApiDeps {
  readonly registry: ServiceRegistry;
  readonly usage: Pick<UsageStore, 'list' | 'totals'>;
  /** Moves usage that is durable but not yet listed into the store. */
  drainUsage(): Promise<void>;
  readonly identity: Pick<IdentityStore, 'users' | 'keys'>;
  readonly admit: Admit;
  issueKey(tenant: TenantId, request: KeyRequest): Promise<IssuedKey>;
  /** Ends a key at once, whatever caches know it; false when the tenant has no such key. */
  revokeKey(tenant: TenantId, keyId: string): Promise<boolean>;
  readonly originGuard: OriginGuard;
  status(): ApiStatus;
  readonly log: Log;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}

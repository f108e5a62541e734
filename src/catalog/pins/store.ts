import type { TenantId } from '../../kernel/principal.ts';

/** A definition that is not trusted yet. */
export interface PendingDefinition {
  readonly hash: string;
  /** JSON text; null where only the hash is kept. */
  readonly definition: string | null;
  readonly sinceMs: number;
  /** `rejected`: somebody looked at it and refused it. */
  readonly state: 'waiting' | 'rejected';
  /** Who refused it. */
  readonly by: string | null;
}

/** What is trusted of one tool. */
export interface DefinitionPin {
  readonly tool: string;
  /** SHA-256 of the canonical definition; null for a tool that was never trusted. */
  readonly hash: string | null;
  /** JSON text; null where only the hash is kept. */
  readonly definition: string | null;
  readonly pinnedAtMs: number | null;
  /** Who approved it; null for what was trusted as it came. */
  readonly pinnedBy: string | null;
  /** The one that was trusted before. */
  readonly previousHash: string | null;
  readonly previousDefinition: string | null;
  readonly pending: PendingDefinition | null;
}

/** A definition as a service lists it now. */
export interface SeenDefinition {
  readonly tool: string;
  readonly hash: string;
  readonly definition: string | null;
  /** True when it is trusted as it comes; otherwise it waits for a review. */
  readonly accept: boolean;
}

/** What somebody says of a definition that waits. */
export interface DefinitionDecision {
  readonly tool: string;
  /** Of the pending definition: a later one was not looked at. */
  readonly hash: string;
  readonly verdict: 'approve' | 'reject';
  readonly by: string;
  readonly atMs: number;
}

/** The state of one pin, in short. */
export interface PinStamp {
  readonly serviceId: string;
  readonly tool: string;
  readonly hash: string | null;
  readonly pendingHash: string | null;
  readonly pendingState: string | null;
}

/** The definitions of tools that are trusted, and those that wait. */
export interface PinStore {
  /** A service's pins, by tool. */
  list(tenant: TenantId, serviceId: string): Promise<readonly DefinitionPin[]>;
  /** Every pin of the tenant, in short. */
  stamps(tenant: TenantId): Promise<readonly PinStamp[]>;
  /**
   * Keeps what is new of a service's tools. With `isFirst` only tools without a pin are kept. Does
   * nothing for a service that is not stored.
   */
  observe(
    tenant: TenantId,
    serviceId: string,
    seen: readonly SeenDefinition[],
    atMs: number,
    isFirst: boolean,
  ): Promise<void>;
  /** The pin as it is then; undefined when no such definition waits. */
  decide(
    tenant: TenantId,
    serviceId: string,
    decision: DefinitionDecision,
  ): Promise<DefinitionPin | undefined>;
}

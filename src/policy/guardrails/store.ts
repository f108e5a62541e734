import type { JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** What a rule is: a guardrail looks at contents, an approval rule has somebody asked. */
export type GuardRuleKind = 'guardrail' | 'approval';

/** A rule as it is kept. */
export interface StoredGuardRule {
  readonly id: string;
  readonly tenant: TenantId;
  readonly kind: GuardRuleKind;
  /** Unique among the tenant's rules of its kind. */
  readonly name: string;
  readonly enabled: boolean;
  /** What the rule says; its shape follows from its kind. */
  readonly rule: JsonObject;
  /** What signs its messages to another machine, sealed; null when it sends none. */
  readonly sealedSecret: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 at first, one more with every change. */
  readonly version: number;
}

/** What changes of a stored rule; the rest stays as it is stored. */
export interface GuardRuleUpdate {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly rule?: JsonObject | undefined;
  readonly sealedSecret?: string | undefined;
  readonly updatedAtMs: number;
  /** Absent: for whatever is stored. */
  readonly ifVersion?: number | undefined;
}

/** Guardrails and rules for approvals. */
export interface GuardRuleStore {
  /** All rules of the tenant, the oldest first. */
  list(tenant: TenantId): Promise<readonly StoredGuardRule[]>;
  /** Rejects with `conflict` when the tenant has a rule of that kind and name. */
  insert(tenant: TenantId, rule: StoredGuardRule): Promise<void>;
  /**
   * What the rule is then, or undefined when there is none. Rejects with `conflict` when the stored
   * version is not `ifVersion`, or the name is taken.
   */
  update(
    tenant: TenantId,
    kind: GuardRuleKind,
    id: string,
    update: GuardRuleUpdate,
  ): Promise<StoredGuardRule | undefined>;
  /** False when there is no such rule; `conflict` when the version is another. */
  delete(tenant: TenantId, kind: GuardRuleKind, id: string, ifVersion?: number): Promise<boolean>;
}

import type { TenantId } from '../kernel/principal.ts';
import type { TenantBounds } from './bounds.ts';

/** Whom a rule is about: everybody who is named in any of the lists. */
export interface PolicySubjects {
  /** Names of roles. */
  readonly roles?: readonly string[];
  /** Ids of groups. */
  readonly groups?: readonly string[];
  /** Ids of users. */
  readonly users?: readonly string[];
  readonly serviceAccounts?: readonly string[];
  /** Ids of keys and other grants. */
  readonly grants?: readonly string[];
  /** Permissions that the caller's credential carries. */
  readonly scopes?: readonly string[];
}

/** What a tool says of itself; a hint that is absent has the default of MCP. */
export interface ToolHints {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

/** A value that an argument is compared with; a string of digits may stand for a long number. */
export type ConditionValue = string | number | boolean | null;

/** What must hold of a value. */
export type ConditionTest =
  | { readonly is: 'eq' | 'ne'; readonly value: ConditionValue }
  | { readonly is: 'in'; readonly values: readonly ConditionValue[] }
  | { readonly is: 'lt' | 'lte' | 'gt' | 'gte'; readonly value: number | string }
  | { readonly is: 'prefix' | 'glob' | 'pattern'; readonly value: string }
  | { readonly is: 'length'; readonly min?: number; readonly max?: number }
  | { readonly is: 'exists'; readonly value: boolean }
  | { readonly is: 'host' | 'cidr'; readonly values: readonly string[] };

/** The same of one member of the arguments, which `pointer` (RFC 6901) leads to. */
export type ArgumentCondition = { readonly pointer: string } & ConditionTest;

/** When a rule holds; always where it says nothing. */
export interface PolicyWindow {
  /** Epoch milliseconds: from this moment, and until (not at) that one. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Every week on these days, 1 is Monday. */
  readonly days?: readonly number[];
  /** Every day from `start` until (not at) `end`, HH:MM; over midnight when `end` is earlier. */
  readonly start?: string;
  readonly end?: string;
  /** An IANA name; UTC when absent. */
  readonly timeZone?: string;
}

/** What a person says of a rule. */
export interface PolicyRuleInput {
  readonly name: string;
  readonly effect: 'allow' | 'deny';
  readonly enabled: boolean;
  /** Absent: everybody. */
  readonly subjects?: PolicySubjects;
  /** Who is left out of them. */
  readonly except?: PolicySubjects;
  /** Patterns, with the meaning that they have in an `AccessRule`. */
  readonly services?: readonly string[];
  readonly tools?: readonly string[];
  readonly prompts?: readonly string[];
  readonly resources?: readonly string[];
  /** Of tools alone: all of these must be so. */
  readonly annotations?: ToolHints;
  /** Of the arguments of tools and prompts: all must hold. */
  readonly conditions?: readonly ArgumentCondition[];
  readonly window?: PolicyWindow;
}

/** A rule of a tenant about who may use what. */
export interface PolicyRule extends PolicyRuleInput {
  readonly id: string;
  readonly tenant: TenantId;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 at first, one more with every change. */
  readonly version: number;
}

/** What a tenant has decided about all of its rules, and how much may be used. */
export interface PolicySettings {
  /**
   * `allow-by-default`: what roles and keys give may be used unless a rule denies it.
   * `deny-by-default`: only what a rule allows as well.
   */
  readonly mode: 'allow-by-default' | 'deny-by-default';
  readonly bounds: TenantBounds;
  readonly updatedAtMs: number;
  /** 0 while nothing was ever set. */
  readonly version: number;
}

/** Rules and settings of policy. */
export interface PolicyStore {
  /** In the order of their ids, those after `after` when it is given. */
  rules(
    tenant: TenantId,
    page?: { readonly after?: string; readonly rowsMax: number },
  ): Promise<readonly PolicyRule[]>;
  rule(tenant: TenantId, id: string): Promise<PolicyRule | undefined>;
  /** All or none; rejects with `conflict` when the tenant would have more than are allowed. */
  insertRules(tenant: TenantId, rules: readonly PolicyRule[]): Promise<void>;
  /**
   * Puts another input in the place of what the rule says; what it is then, or undefined when there
   * is none. Rejects with `conflict` when the stored version is not `ifVersion`.
   */
  updateRule(tenant: TenantId, id: string, update: RuleUpdate): Promise<PolicyRule | undefined>;
  /** False when there is none; rejects as `updateRule` does. */
  deleteRule(tenant: TenantId, id: string, ifVersion?: number): Promise<boolean>;
  settings(tenant: TenantId): Promise<PolicySettings>;
  /** Rejects with `conflict` when the stored version is not `ifVersion`. */
  putSettings(tenant: TenantId, update: SettingsUpdate): Promise<PolicySettings>;
}

/** A rule as it is to be, and for which version that was decided. */
export interface RuleUpdate {
  readonly input: PolicyRuleInput;
  readonly updatedAtMs: number;
  readonly ifVersion?: number | undefined;
}

/** What changes of the settings; the rest stays as it is stored. */
export interface SettingsUpdate {
  readonly mode?: PolicySettings['mode'] | undefined;
  readonly bounds?: TenantBounds | undefined;
  readonly updatedAtMs: number;
  readonly ifVersion?: number | undefined;
}

/** The settings of a tenant that never set any. */
export const firstSettings: PolicySettings = {
  mode: 'allow-by-default',
  bounds: {},
  updatedAtMs: 0,
  version: 0,
};

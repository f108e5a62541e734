/** How much may be used; a bound that is absent is none. */
export interface Bound {
  /** How many requests a minute, in the long run. */
  readonly requestsPerMinute?: number;
  /** How many at once after a pause; as many as a minute allows when absent. */
  readonly burst?: number;
  /** How many may run at the same time. */
  readonly concurrent?: number;
}

/** What is counted on its own. */
export const boundLevels = ['tenant', 'principal', 'grant', 'service', 'tool'] as const;

/**
 * What a bound is counted by: all of a tenant together, one subject with all its keys and logins,
 * one key or login, one service, one tool.
 */
export type BoundLevel = (typeof boundLevels)[number];

/** The bounds that hold for all tenants. */
export type CommonBounds = Readonly<Partial<Record<BoundLevel, Bound>>>;

/** The bounds of one tenant; they hold besides the common ones. */
export interface TenantBounds extends CommonBounds {
  /** Of every subject that has the role, instead of `principal`; of several the widest. */
  readonly roles?: Readonly<Record<string, Bound>>;
  /** By slug, instead of `service`. */
  readonly services?: Readonly<Record<string, Bound>>;
  /** By `{slug}__{tool}`, instead of `tool`. */
  readonly tools?: Readonly<Record<string, Bound>>;
}

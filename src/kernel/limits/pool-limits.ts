/** The bounds of credit, budgets and the leases of them; a part of `limits`. */
export const poolLimits = {
  /** Budgets of a tenant, and shares of a limit that a budget tells. */
  budgetsPerTenantMax: 500,
  budgetAlertsMax: 10,
  /** Credit that a tenant was granted and that is listed at once. */
  creditKeyLengthMax: 128,
  /** Rows of the list of alerts. */
  budgetAlertRowsMax: 1_000,
  /** The most calls that a budget may allow. */
  budgetCallsMax: 1_000_000_000_000n,
  /** How long a lease lasts, and how long it waits then for an owner that is away. */
  poolLeaseMs: 60_000,
  poolLeaseGraceMs: 300_000,
  /** An unused lease goes back after this long, and how often that is looked for. */
  poolLeaseIdleMs: 5_000,
  poolGiveBackMs: 2_000,
  /** What is spent within this time is asked of a pool at once. */
  poolRateWindowMs: 2_000,
  /** How long an answer waits at most until the last of a pool is given back. */
  poolReleaseWaitMs: 1_000,
  /** How often leases and credit whose time is over are looked for, and rows of one look. */
  poolSweepMs: 5_000,
  poolSweepRowsMax: 500,
  /** How long after its time a lease that is settled is kept, for records that come late. */
  poolLeaseKeptMs: 7 * 86_400_000,
} as const;

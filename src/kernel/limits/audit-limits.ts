/** The bounds of the audit log; a part of `limits`. */
export const auditLimits = {
  /** Audit events: read at once when a chain is checked, and waiting to be written. */
  auditPageMax: 1_000,
  auditQueueMax: 10_000,
  /** How often refused calls are written to the audit log; alike ones of that time are one. */
  auditFlushMs: 1_000,
  /** A name in an audit event; a longer one is cut. */
  auditTextCharactersMax: 512,
  /** How often it is looked for what is older than it is kept, and rows of one deletion. */
  retentionLookMs: 3_600_000,
  retentionRowsMax: 1_000,
  /** The longest time that can be set, a hundred years. */
  retentionDaysMax: 36_500,
} as const;

/** How an exchange ended, for billing. */
export type UsageOutcome =
  | 'ok'
  | 'tool_error'
  | 'upstream_error'
  | 'rejected'
  | 'timeout'
  | 'cancelled'
  | 'upstream_lost'
  | 'input_required'
  | 'cache_hit'
  | 'unknown_crash';

/** One exchange as a fact: immutable, never re-rated in place. Times are epoch milliseconds. */
export interface UsageRecord {
  /** The attempt's id, made by the gateway; the primary key. */
  readonly id: string;
  readonly tenant: string;
  /** What is charged at most once; the attempt's id unless the client gave a key. */
  readonly chargeKey: string;
  readonly nodeId: string;
  readonly credentialId: string;
  readonly userId: string;
  readonly sessionId: string | null;
  /** The service's id, or null for an exchange the gateway answered itself. */
  readonly serviceId: string | null;
  readonly method: string;
  /** The tool's, prompt's or resource's own name on its service. */
  readonly tool: string | null;
  readonly clientEra: 'modern' | 'legacy';
  readonly upstreamEra: 'modern' | 'legacy' | null;
  readonly outcome: UsageOutcome;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Measured on a monotonic clock. */
  readonly durationMs: number;
  readonly upstreamMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Notifications sent to the client during the exchange. */
  readonly events: number;
  readonly upstreamCalled: boolean;
}

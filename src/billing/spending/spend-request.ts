import type { TenantId } from '../../kernel/principal.ts';

/** A service that a call may go to. */
export interface SpendService {
  readonly id: string;
  readonly slug: string;
}

/** What is known of a call before it is made, as far as its price goes. */
export interface SpendRequest {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly grantId: string;
  /** One of them will answer; empty for what the gateway answers itself. */
  readonly services: readonly SpendService[];
  /** The tool's own name. */
  readonly tool: string | null;
  readonly method: string;
  readonly startedAtMs: number;
  readonly bytesIn: number;
  /** As its usage record has them. */
  readonly attributes: string | null;
}

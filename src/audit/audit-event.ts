import type { JsonObject } from '../kernel/json.ts';
import type { TenantId } from '../kernel/principal.ts';

/** What kinds of events there are; `calls` seals a batch of usage records. */
export const auditKinds = ['control', 'sign_in', 'refusal', 'calls'] as const;

/** How an act ended; `begun` when it has only been let begin. */
export const auditOutcomes = ['begun', 'ok', 'refused', 'failed'] as const;

/** Something that somebody did or tried. Times are epoch milliseconds. */
export interface AuditEvent {
  /** `aud_…`; an event is kept once however often it is given. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly atMs: number;
  /** The process that saw it. */
  readonly nodeId: string;
  readonly kind: (typeof auditKinds)[number];
  /** The operation of the API, or the method of MCP. */
  readonly action: string;
  readonly outcome: (typeof auditOutcomes)[number];
  /** `user:usr_…`, `service_account:sa_…`, `system:…`; null when nobody is known. */
  readonly subject: string | null;
  /** What acted for the subject, `chat:run_…`; null when it acted itself. */
  readonly actor: string | null;
  readonly grantId: string | null;
  readonly credentialId: string | null;
  /** What it was done to, `orders/create_order`; null when there is nothing to name. */
  readonly target: string | null;
  /** The rule that decided, or the error that was answered. */
  readonly rule: string | null;
  /** More facts: never content of a call, never a secret. */
  readonly detail: JsonObject;
}

/** An event in its place: `hash` covers the event, its number and the hash before it. */
export interface ChainedEvent extends AuditEvent {
  /** 1 for a tenant's first event, without gaps. */
  readonly seq: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** What a sealed batch of usage records is known by. */
export interface SealedCalls {
  /** The number that the records of the batch carry. */
  readonly block: number;
  readonly records: number;
  /** The smallest and the largest id among them. */
  readonly firstId: string;
  readonly lastId: string;
  /** SHA-256 of their lines in the order of their ids, hexadecimal. */
  readonly digest: string;
}

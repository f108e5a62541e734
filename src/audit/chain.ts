import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Json } from '../kernel/json.ts';
import type { AuditEvent, ChainedEvent } from './audit-event.ts';

/** Where a tenant's chain ends. */
export interface ChainHead {
  /** The number of the last event; 0 for an empty chain. */
  readonly seq: number;
  /** Its hash; empty for an empty chain. */
  readonly hash: string;
}

/** The head of a chain without events. */
export const emptyChain: ChainHead = { seq: 0, hash: '' };

/** The events in their places behind a head. */
export function chainOnto(head: ChainHead, events: readonly AuditEvent[]): readonly ChainedEvent[] {
  const chained: ChainedEvent[] = [];
  let { seq, hash } = head;
  for (const event of events) {
    seq++;
    hash = hashOf(hash, seq, event);
    chained.push({ ...event, seq, hash });
  }
  return chained;
}

/** SHA-256 over the hash before, the number and the event's members, hexadecimal. */
export function hashOf(hashBefore: string, seq: number, event: AuditEvent): string {
  // Member by member, in an order that is fixed here: what is stored beside them is not covered.
  const covered: readonly Json[] = [
    hashBefore,
    seq,
    event.id,
    event.tenant,
    event.atMs,
    event.nodeId,
    event.kind,
    event.action,
    event.outcome,
    event.subject,
    event.actor,
    event.grantId,
    event.credentialId,
    event.target,
    event.rule,
    event.detail,
  ];
  return createHash('sha256').update(canonicalJson(covered)).digest('hex');
}

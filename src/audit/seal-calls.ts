import { createHash } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';
import { tenantId } from '../kernel/principal.ts';
import type { AuditEvent, SealedCalls } from './audit-event.ts';

/** Usage lines that are new in the database, and the batch they came in. */
export interface NewCalls {
  readonly tenant: string;
  readonly block: number;
  readonly nodeId: string;
  readonly atMs: number;
  /** Without line ends, each beginning with its id: sorting them sorts by id. */
  readonly lines: readonly string[];
}

/** The event that seals a batch of usage records. Its id follows from the batch. */
export function sealCalls(calls: NewCalls): AuditEvent {
  const { tenant, block, nodeId, atMs, lines } = calls;
  const sorted = lines.toSorted();
  const sealed: SealedCalls = {
    block,
    records: lines.length,
    firstId: idOf(sorted[0] ?? ''),
    lastId: idOf(sorted.at(-1) ?? ''),
    digest: digestOfLines(sorted),
  };
  return {
    id: `aud_calls_${block}_${tenant}`,
    tenant: tenantId(tenant),
    atMs,
    nodeId,
    kind: 'calls',
    action: 'usage.recorded',
    outcome: 'ok',
    subject: null,
    actor: null,
    grantId: null,
    credentialId: null,
    target: null,
    rule: null,
    detail: { ...sealed } satisfies JsonObject,
  };
}

/** SHA-256 of lines that are in the order of their ids, hexadecimal. */
export function digestOfLines(sorted: readonly string[]): string {
  const digest = createHash('sha256');
  // Line by line: one text of them all costs four times as much to make and to hash.
  for (const line of sorted) digest.update(line).update('\n');
  return digest.digest('hex');
}

/** A usage line is a JSON array whose first value is the id, which needs no escapes. */
function idOf(line: string): string {
  return line.slice(2, line.indexOf('"', 2));
}

import { createHash } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';
import { tenantId } from '../kernel/principal.ts';
import type { AuditEvent, SealedCalls } from './audit-event.ts';

/** A usage record: its id, and its line without the line end. */
export interface CallLine {
  readonly id: string;
  readonly line: string;
}

/** Usage records that are new in the database, and the batch they came in. */
export interface NewCalls {
  readonly tenant: string;
  readonly block: number;
  readonly nodeId: string;
  readonly atMs: number;
  readonly calls: readonly CallLine[];
}

/** The event that seals a batch of usage records. Its id follows from the batch. */
export function sealCalls({ tenant, block, nodeId, atMs, calls }: NewCalls): AuditEvent {
  // By the ids, and not by the lines that begin with them: those are pieces of a long text, which
  // cost several times as much to compare.
  const sorted = calls.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const sealed: SealedCalls = {
    block,
    records: calls.length,
    firstId: sorted[0]?.id ?? '',
    lastId: sorted.at(-1)?.id ?? '',
    digest: digestOfLines(sorted.map(({ line }) => line)),
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

/** Lines that are hashed together: each trip into the hash costs as much as a line of it. */
const HASHED_BYTES = 32 * 1024;
/** The most bytes that one unit of a text takes in UTF-8. */
const BYTES_A_UNIT = 3;

/** SHA-256 of lines that are in the order of their ids, hexadecimal. */
export function digestOfLines(sorted: readonly string[]): string {
  const digest = createHash('sha256');
  const bytes = Buffer.allocUnsafe(HASHED_BYTES);
  let end = 0;
  for (const line of sorted) {
    const most = line.length * BYTES_A_UNIT + 1;
    if (end + most > HASHED_BYTES) {
      digest.update(bytes.subarray(0, end));
      end = 0;
    }
    if (most > HASHED_BYTES) {
      digest.update(line).update('\n');
      continue;
    }
    end += bytes.write(line, end);
    bytes[end++] = LINE_END;
  }
  return digest.update(bytes.subarray(0, end)).digest('hex');
}

const LINE_END = 10;

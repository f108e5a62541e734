import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { ChainedEvent, SealedCalls } from './audit-event.ts';
import { hashOf, type ChainHead } from './chain.ts';
import { cutActions, type UsageCut } from './retention.ts';
import { digestOfLines } from './seal-calls.ts';
import type { AuditStore } from './store.ts';

/** Something that is not as it was written. */
export interface AuditFault {
  /** The event it was noticed at; null for the chain as a whole. */
  readonly seq: number | null;
  readonly text: string;
}

/** What checking a tenant's chain came to. */
export interface AuditVerdict {
  readonly events: number;
  /** Usage records that the chain seals. */
  readonly calls: number;
  /** The last hash: who keeps a copy of it elsewhere notices a chain that was written anew. */
  readonly head: string;
  readonly faults: readonly AuditFault[];
}

/** What is checked: a chain as it stands at one moment. */
interface Extent {
  readonly begin: ChainHead;
  readonly usageCut: UsageCut;
  /** Usage records that claim to be sealed. */
  readonly records: number;
  readonly end: ChainHead;
}

/**
 * Recomputes a tenant's chain and the digests of the calls it seals; reads all of both, as far as
 * the chain reaches when it begins: what is added meanwhile is for the next time. Where something
 * is let go meanwhile, it begins anew.
 */
export async function verifyChain(
  store: Omit<AuditStore, 'append'>,
  tenant: TenantId,
): Promise<AuditVerdict> {
  for (;;) {
    const begin = await store.cut(tenant);
    const usageCut = await store.usageCut(tenant);
    // Before the end: each of them is sealed by an event that stands before it.
    const records = await store.sealedRecords(tenant, usageCut.block);
    const end = await store.head(tenant);
    const verdict = await verifyExtent(store, tenant, { begin, usageCut, records, end });
    const cut = await store.cut(tenant);
    const { block } = await store.usageCut(tenant);
    if (cut.seq === begin.seq && block === usageCut.block) return verdict;
  }
}

async function verifyExtent(
  store: Omit<AuditStore, 'append'>,
  tenant: TenantId,
  { begin, usageCut, records, end }: Extent,
): Promise<AuditVerdict> {
  const faults: AuditFault[] = [];
  const told = { audit: 0, usage: 0 };
  let head: ChainHead = begin;
  let calls = 0;
  for await (const event of eventsBetween(store, tenant, begin.seq, end.seq)) {
    const fault = faultOf(event, head);
    if (fault !== undefined) faults.push({ seq: event.seq, text: fault });
    // Goes on from what is stored, so that one changed event is one fault and not all after it.
    head = { seq: event.seq, hash: event.hash };
    if (event.action === cutActions.audit) told.audit = numberOf(event, 'seq');
    if (event.action === cutActions.usage) told.usage = numberOf(event, 'block');
    const sealed = sealedBy(event);
    // What was let go cannot be compared any more.
    if (sealed === undefined || sealed.block <= usageCut.block) continue;
    calls += sealed.records;
    const lost = faultOfCalls(sealed, await store.sealedLines(tenant, sealed));
    if (lost !== undefined) faults.push({ seq: event.seq, text: lost });
  }
  const whole = [
    faultOfEnd(head, end),
    faultOfRecords(calls, records),
    faultOfCut('audit events', begin.seq, told.audit),
    faultOfCut('usage records', usageCut.block, told.usage),
  ];
  faults.push(...whole.flatMap((text) => (text === undefined ? [] : [{ seq: null, text }])));
  return { events: head.seq - begin.seq, calls, head: head.hash, faults };
}

async function* eventsBetween(
  store: Pick<AuditStore, 'list'>,
  tenant: TenantId,
  begin: number,
  end: number,
): AsyncGenerator<ChainedEvent> {
  const rowsMax = limits.auditPageMax;
  for (let after = begin; after < end;) {
    const page = await store.list(tenant, { after, descending: false, rowsMax });
    for (const event of page) if (event.seq <= end) yield event;
    if (page.length < rowsMax) return;
    after = page.at(-1)?.seq ?? end;
  }
}

const numberOf = ({ detail }: ChainedEvent, name: string): number => Number(detail[name] ?? 0);

function faultOfEnd(head: ChainHead, kept: ChainHead): string | undefined {
  if (kept.seq === head.seq && kept.hash === head.hash) return undefined;
  return `The chain ends at event ${head.seq}, and should at ${kept.seq}.`;
}

function faultOfRecords(sealed: number, records: number): string | undefined {
  if (records <= sealed) return undefined;
  return `${records - sealed} usage records claim to be sealed and are not.`;
}

/** Whoever moves a cut to hide something has no event in the chain that tells of it. */
function faultOfCut(what: string, cut: number, told: number): string | undefined {
  if (cut === told) return undefined;
  return `No event of the chain tells that ${what} were let go up to ${cut}.`;
}

function faultOf(event: ChainedEvent, head: ChainHead): string | undefined {
  if (event.seq !== head.seq + 1) return textOfGap(head.seq + 1, event.seq - 1);
  if (event.hash !== hashOf(head.hash, event.seq, event)) return 'The event was changed.';
  return undefined;
}

function textOfGap(first: number, last: number): string {
  if (last < first) return `The event stands where event ${first} should.`;
  if (first === last) return `Event ${first} is missing before it.`;
  return `Events ${first} to ${last} are missing before it.`;
}

function sealedBy({ kind, detail }: ChainedEvent): SealedCalls | undefined {
  return kind === 'calls' ? (detail as JsonObject & SealedCalls) : undefined;
}

function faultOfCalls(sealed: SealedCalls, lines: readonly string[]): string | undefined {
  if (lines.length < sealed.records) {
    return `${sealed.records - lines.length} of ${sealed.records} usage records are missing.`;
  }
  if (lines.length > sealed.records || digestOfLines(lines) !== sealed.digest) {
    return `The ${sealed.records} usage records that were sealed were changed.`;
  }
  return undefined;
}

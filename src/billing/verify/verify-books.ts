import type { UsageRecord } from '../../metering/store.ts';
import type { BookedCharge, BookedSubscription, BooksSource } from './books-source.ts';
import { matchAgain } from './match-again.ts';
import { isSame, readRatio } from './ratio.ts';
import { verifyInvoices } from './verify-invoices.ts';
import { verifyLedger } from './verify-ledger.ts';
import { verifyMeters } from './verify-meters.ts';
import { verifyRecurring } from './verify-recurring.ts';

/** What checking a tenant's books came to. */
export interface BooksVerdict {
  readonly records: number;
  readonly charges: number;
  /** Charges for records that are not kept any more: their quantities were taken as they are. */
  readonly unchecked: number;
  /** Sums in billionths of the charges, by currency. */
  readonly sums: ReadonlyMap<string, bigint>;
  /** In sentences; empty when everything is as it must be. */
  readonly differences: readonly string[];
}

/** Differences that are told; the rest is only counted. */
const TOLD_MAX = 100;

/** A tenant's charges as they are checked. */
interface Ledgered {
  readonly all: BookedCharge[];
  /** Those for usage, by unit and gate. */
  readonly byGate: Map<string, BookedCharge>;
  /** The batch of each charged record that is there. */
  readonly blocks: Map<string, number>;
  readonly tell: (difference: string) => void;
}

/**
 * Works out again what every record must have been charged, and compares it with the books: each
 * charge key once, quantities, what each period of a rule comes to, transactions and balances. It
 * shares no code with what wrote them.
 */
export async function verifyBooks(source: BooksSource): Promise<BooksVerdict> {
  const differences: string[] = [];
  let untold = 0;
  const tell = (difference: string): void => {
    if (differences.length < TOLD_MAX) differences.push(difference);
    else untold++;
  };
  const books: Ledgered = { all: [], byGate: new Map(), blocks: new Map(), tell };
  for await (const charge of source.charges()) addCharge(charge, books);
  let records = 0;
  for await (const { record, block } of source.records()) {
    records++;
    if (!source.isWaiting(record.id, block)) checkRecord(record, block, source, books);
  }
  const unchecked = checkOrigins(source, books);
  verifyMeters(source, books.all, books.blocks, tell);
  verifyRecurring(source, books.all, tell);
  await verifyInvoices(source, books.all, tell);
  await verifyLedger(source, books.all, tell);
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of books.all) {
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  if (untold > 0) differences.push(`There are ${untold} more differences.`);
  return { records, charges: books.all.length, unchecked, sums, differences };
}

function addCharge(charge: BookedCharge, { all, byGate, tell }: Ledgered): void {
  all.push(charge);
  if (charge.usageId === null || charge.kind === 'void') return;
  const gate = `${charge.unit} ${charge.gateKey}`;
  const other = byGate.get(gate);
  if (other !== undefined) tell(`${nameOf(charge)} was charged twice: ${other.ruleId} too.`);
  byGate.set(gate, charge);
}

function checkRecord(
  record: UsageRecord,
  block: number,
  source: BooksSource,
  { byGate, blocks, tell }: Ledgered,
): void {
  const subscription = source.subscriptions.find(
    ({ startsAtMs, endsAtMs }) =>
      startsAtMs <= record.startedAtMs && (endsAtMs === null || record.startedAtMs < endsAtMs),
  );
  if (subscription === undefined) return;
  const terms = source.terms.get(subscription.planVersionId);
  if (terms === undefined || source.setAside.has(record.id)) return;
  const { serviceId } = record;
  const slug = serviceId === null ? null : (source.services.get(serviceId) ?? serviceId);
  for (const { rule, quantity } of matchAgain(record, slug, terms)) {
    const charge = byGate.get(`${rule.unit} ${gateOf(rule.unit, record)}`);
    if (charge === undefined) {
      if (!mayBeOlder(record, subscription)) {
        tell(`Record ${record.id} was not charged by rule ${rule.id}.`);
      }
      continue;
    }
    if (charge.usageId !== record.id) continue;
    blocks.set(record.id, block);
    const period = source.periods.find(
      ({ subscriptionId, startMs, endMs }) =>
        subscriptionId === subscription.id &&
        startMs <= record.startedAtMs &&
        record.startedAtMs < endMs,
    );
    const isRight =
      charge.ruleId === rule.id &&
      charge.subscriptionId === subscription.id &&
      charge.planVersionId === subscription.planVersionId &&
      charge.currency === terms.currency &&
      charge.servicePeriodStartMs === period?.startMs;
    const { trialEndsAtMs } = subscription;
    const isTrial = (trialEndsAtMs ?? 0) > record.startedAtMs;
    if (isTrial !== (charge.kind === 'trial') || (isTrial && charge.amount !== 0n)) {
      tell(`${nameOf(charge)} ${isTrial ? 'costs something' : 'is free'} and must not be.`);
    }
    if (!isRight) tell(`${nameOf(charge)} is not of rule ${rule.id} or not of its period.`);
    if (!isSame(readRatio(charge.quantity), quantity)) {
      tell(`${nameOf(charge)} counts ${charge.quantity}, not ${quantity.top}/${quantity.over}.`);
    }
  }
}

/** Under which key a unit of a record may be charged once. */
function gateOf(unit: string, { id, chargeKey }: UsageRecord): string {
  if (unit !== 'call' && unit !== 'success' && unit !== 'reported_price') return id;
  const isOurs = ['period:', 'key:', 'one-off:', 'invoice:'].some((own) =>
    chargeKey.startsWith(own),
  );
  return isOurs ? `key:${chargeKey}` : chargeKey;
}

/** A record may have been rated before somebody put its tenant on a plan from an earlier day on. */
function mayBeOlder(record: UsageRecord, { createdAtMs }: BookedSubscription): boolean {
  return record.startedAtMs < createdAtMs;
}

/** Every charge for usage is for a record that is there and meets its rule. */
function checkOrigins(
  { setAside, goneUpTo }: BooksSource,
  { byGate, blocks, tell }: Ledgered,
): number {
  let unchecked = 0;
  for (const charge of byGate.values()) {
    const { usageId } = charge;
    if (usageId !== null && blocks.has(usageId) && !setAside.has(usageId)) continue;
    if (usageId !== null && usageId <= goneUpTo) unchecked++;
    else tell(`${nameOf(charge)} is for no record that its rule is about.`);
  }
  return unchecked;
}

function nameOf({ gateKey, ruleId }: BookedCharge): string {
  return `Charge ${gateKey} of rule ${ruleId}`;
}

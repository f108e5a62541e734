import type { BillingRule, PlanTerms } from '../../src/billing/store.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { encodeUsageLine, type UsageRecord } from '../../src/metering/store.ts';
import { usageRecord } from '../../test/support/usage-record.ts';

/** Kinds of prices that are measured. */
export type PriceKind = 'unit' | 'graduated' | 'tokens';

/** Tools that take turns; each has a rule of its own where there are so many. */
const TOOLS = 30;

const unit = { model: 'unit', unitAmount: '0.0125' } as const;
const perByte = { model: 'unit', unitAmount: '0.000000333' } as const;
const graduated = {
  model: 'graduated',
  tiers: [
    { upTo: '1000', unitAmount: '0.01' },
    { upTo: '100000', unitAmount: '0.001', flatAmount: '5' },
    { upTo: null, unitAmount: '0.0001' },
  ],
} as const;

/**
 * Terms of so many rules. A single one is about all tools; of a thousand, some are about the tools
 * that are called, and every second of these tools costs by the byte, too.
 */
export function billedTerms(kind: PriceKind, count: number): PlanTerms {
  const price = kind === 'graduated' ? graduated : unit;
  const rules: BillingRule[] = [];
  const add = (id: string, tool: string, rest: Pick<BillingRule, 'unit' | 'price'>): void => {
    rules.push({ id, title: id, match: { tools: [tool] }, priority: 0, ...rest });
  };
  for (let index = 0; rules.length < count; index++) {
    const isCalled = index < TOOLS;
    const tool = count === 1 ? 'svc_1__*' : `svc_${isCalled ? 1 : index}__tool-${index}`;
    if (kind !== 'tokens') add(`call-${index}`, tool, { unit: 'call', price });
    else add(`in-${index}`, tool, { unit: 'token:input', price: perByte });
    if (rules.length === count || !isCalled || index % 2 === 0) continue;
    const second = kind === 'tokens' ? 'token:output' : 'byte_out';
    add(`more-${index}`, tool, { unit: second, price: perByte });
  }
  return {
    currency: 'USD',
    period: { unit: 'month', count: 1 },
    rules,
    recurring: [],
    rounding: { mode: 'half_even', at: 'line' },
  };
}

/** Calls that ended just now, as lines of the log, so many to a batch. */
export function billedLines(kind: PriceKind, records: number, together: number): Uint8Array[] {
  const ids = new IdSource();
  const batches: Uint8Array[] = [];
  for (let from = 0; from < records; from += together) {
    const count = Math.min(together, records - from);
    const lines = Array.from({ length: count }, (_, at) => encodeUsageLine(call(kind, ids, at)));
    batches.push(Buffer.from(lines.join('')));
  }
  return batches;
}

function call(kind: PriceKind, ids: IdSource, at: number): UsageRecord {
  const [id, nowMs] = [ids.next('use'), Date.now()];
  return usageRecord({
    id,
    chargeKey: id,
    tool: `tool-${at % TOOLS}`,
    startedAtMs: nowMs,
    endedAtMs: nowMs + 2,
    durationMs: 2.345,
    bytesOut: 100 + (at % 1000),
    ...(kind === 'tokens' && {
      quantities: JSON.stringify({ 'token:input': `${900 + at}`, 'token:output': `${at + 1}` }),
    }),
  });
}

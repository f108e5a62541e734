import { compileRules } from '../../src/billing/rules/compile-rules.ts';
import { askedFacts } from '../../src/billing/rules/asked-facts.ts';
import { billingFacts } from '../../src/billing/rules/billing-facts.ts';
import type { PlanTerms } from '../../src/billing/store.ts';
import { usageRecord } from '../../test/support/usage-record.ts';
import { median } from '../statistics.ts';
import type { BilledEngine, EngineMicros } from './billed-engine.ts';
import { billedLines, billedTerms, type PriceKind } from './billed-terms.ts';

/** What a record costs, in microseconds: medians of the rounds. */
export interface RecordCost {
  readonly name: string;
  /** Moving it from the log into the database, and rating it there. */
  readonly drainMicros: number;
  readonly rateMicros: number;
  /** The same of a database server beside the gateway; 0 without one. */
  readonly serverMicros: number;
  readonly chargesPerRecord: number;
  /** Both, one after the other, by the clock on the wall. */
  readonly recordsPerSecond: number;
}

/** How much is measured. */
export interface BillingDepth {
  readonly rounds: number;
  /** Records of one round. */
  readonly records: number;
}

/** What is measured on each engine: a kind of price, and how many rules the plan has. */
export const billedCases: readonly (readonly [kind: PriceKind, rules: number])[] = [
  ['unit', 1],
  ['unit', 1_000],
  ['graduated', 1_000],
  ['tokens', 1_000],
];

/** Records that a gateway under load drains as one batch. */
const TOGETHER = 2_000;

const LOOKUPS = 200_000;

/** Measures draining and rating records of one case on an engine that `open` opens. */
export async function measureRecords(
  [kind, rules]: (typeof billedCases)[number],
  { rounds, records }: BillingDepth,
  open: (terms: PlanTerms) => Promise<BilledEngine>,
): Promise<RecordCost> {
  await using engine = await open(billedTerms(kind, rules));
  const rated: Round[] = [];
  // The first round warms the code up and is not kept.
  for (let round = -1; round < rounds; round++) {
    const one = await measureRound(engine, billedLines(kind, records, TOGETHER), records);
    if (round >= 0) rated.push(one);
  }
  const of = (pick: (round: Round) => number): number => median(rated.map(pick));
  return {
    name: `${kind} price, ${rules} rule${rules === 1 ? '' : 's'}`,
    drainMicros: of(({ drain }) => drain.own) / records,
    rateMicros: of(({ rate }) => rate.own) / records,
    serverMicros: of(({ drain, rate }) => drain.server + rate.server) / records,
    chargesPerRecord: of(({ charges }) => charges) / records,
    recordsPerSecond: records / of(({ seconds }) => seconds),
  };
}

interface Round {
  readonly drain: EngineMicros;
  readonly rate: EngineMicros;
  readonly charges: number;
  readonly seconds: number;
}

async function measureRound(
  engine: BilledEngine,
  batches: readonly Uint8Array[],
  records: number,
): Promise<Round> {
  const startedMs = performance.now();
  const begun = engine.cpuMicros();
  for (const lines of batches) await engine.drain(lines);
  const drained = engine.cpuMicros();
  const charges = await engine.rateAll();
  const done = engine.cpuMicros();
  if (charges < records) throw new Error(`${records} records came to ${charges} charges`);
  const seconds = (performance.now() - startedMs) / 1000;
  return { drain: between(begun, drained), rate: between(drained, done), charges, seconds };
}

function between(before: EngineMicros, after: EngineMicros): EngineMicros {
  return { own: after.own - before.own, server: after.server - before.server };
}

/** What one look for the rules of a call costs, in microseconds: the median of the rounds. */
export interface LookupCost {
  readonly name: string;
  readonly micros: number;
}

/** Measures what asks a plan of a thousand rules for one call. */
export function measureLookups({ rounds, records }: BillingDepth): readonly LookupCost[] {
  const { rules, currency } = billedTerms('tokens', 1_000);
  const compiled = compileRules(rules, currency);
  const asked = askedFacts(rules);
  const quantities = '{"token:input":"900","token:output":"20"}';
  const facts = Array.from({ length: 30 }, (_, at) =>
    billingFacts(usageRecord({ tool: `tool-${at}`, quantities }), new Map()),
  );
  const lookups: readonly (readonly [string, (at: number) => boolean])[] = [
    [
      'the rules of a call, and how much of each',
      (at) => compiled.hits(facts[at % facts.length] as (typeof facts)[number]).length > 0,
    ],
    [
      'whether a rule counts what a tool reports',
      (at) => asked?.reports('svc_1', `tool-${at % facts.length}`) === true,
    ],
  ];
  const calls = Math.min(LOOKUPS, records * 10);
  return lookups.map(([name, look]) => {
    const all: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const { user, system } = process.threadCpuUsage();
      let found = 0;
      for (let at = 0; at < calls; at++) if (look(at)) found++;
      const after = process.threadCpuUsage();
      if (found !== calls) throw new Error(`${name}: ${calls - found} calls found none`);
      if (round >= 0) all.push((after.user + after.system - user - system) / calls);
    }
    return { name, micros: median(all) };
  });
}

import { booksOf } from '../../../src/app/commands/verify-billing.ts';
import { compareFigures, type Charge, type PlanTerms } from '../../../src/billing/store.ts';
import { verifyBooks } from '../../../src/billing/verify/verify-books.ts';
import type { TenantId } from '../../../src/kernel/principal.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { atLeast, atMost, type Finding } from '../finding.ts';
import type { Purchases } from './shoppers.ts';

/** What each purchase costs, in billionths. */
const PRICE = 10_000_000n;

const rule = { match: {}, priority: 0 };
const terms: PlanTerms = {
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [
    { ...rule, id: 'call', title: 'Calls', unit: 'call', price: priceOf('0.01') },
    { ...rule, id: 'bytes', title: 'Bytes', unit: 'byte_out', price: priceOf('0.000000333') },
    {
      ...rule,
      id: 'success',
      title: 'Successes, the first hundred dearer',
      unit: 'success',
      price: {
        model: 'graduated',
        tiers: [
          { upTo: '100', unitAmount: '0.1' },
          { upTo: null, unitAmount: '1/3' },
        ],
      },
    },
  ],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
};

function priceOf(unitAmount: string): PlanTerms['rules'][number]['price'] {
  return { model: 'unit', unitAmount };
}

/** Puts the gateway's own tenant on the plan. */
export async function subscribeShop(storage: Storage): Promise<void> {
  const tenant = await tenantOf(storage);
  const atMs = Date.now() - 60_000;
  const times = { createdAtMs: atMs, updatedAtMs: atMs };
  await storage.plans.insert({ id: 'pln_1', name: 'shop', description: '', ...times, version: 1 });
  await storage.plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: atMs });
  await storage.plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, atMs);
  await storage.subscriptions.insert(tenant, {
    tenant,
    id: 'sub_1',
    planVersionId: 'plv_1',
    startsAtMs: atMs,
    endsAtMs: null,
    anchorMs: atMs,
    timeZone: 'UTC',
    createdAtMs: atMs,
    version: 1,
  });
}

/**
 * Rates what is left, and compares what clients know with the books, one charge key after the
 * other: sums alone would hide what is missing here and doubled there.
 */
export async function checkShop(
  storage: Storage,
  { sent, acknowledged }: Purchases,
): Promise<readonly Finding[]> {
  const tenant = await tenantOf(storage);
  await rateRest(storage, tenant);
  const { toolOf, recorded } = await recordsOf(storage, tenant);
  const counts = new Map<string, number>();
  let wrongAmounts = 0;
  for (const charge of await chargesOf(storage, tenant)) {
    if (charge.ruleId !== 'call') continue;
    const tool = toolOf.get(charge.usageId ?? '') ?? '';
    counts.set(tool, (counts.get(tool) ?? 0) + 1);
    if (charge.amount !== PRICE) wrongAmounts++;
  }
  const count = (wanted: (name: string) => boolean, names: Iterable<string>): number =>
    [...names].filter(wanted).length;
  const figures = await storage.reconciliations.figures(tenant);
  const verdict = await verifyBooks(await booksOf(storage, tenant));
  const [sums] = figures.sums;
  return [
    atLeast('acknowledged purchases', acknowledged.size, 50),
    atMost(
      'acknowledged and not recorded',
      count((name) => !recorded.has(name), acknowledged),
      0,
    ),
    atMost(
      'acknowledged and not charged',
      count((name) => !counts.has(name), acknowledged),
      0,
    ),
    atMost(
      'charged more than once',
      count((name) => counts.get(name) !== 1, counts.keys()),
      0,
    ),
    atMost(
      'charged and never sent',
      count((name) => !sent.has(name), counts.keys()),
      0,
    ),
    atMost('charged at another price', wrongAmounts, 0),
    atMost('records that were not rated', figures.pending + figures.refused, 0),
    atMost('sums that differ', new Set(sums && Object.values(sums).slice(1)).size, 1),
    atLeast('charged, millionths', Number((sums?.charged ?? 0n) / 1_000n), 1),
    atMost('differences in the books', compareFigures(figures).length, 0),
    atMost('differences from the records', verdict.differences.length, 0),
  ];
}

async function tenantOf({ tenants }: Storage): Promise<TenantId> {
  const [first] = await tenants.list();
  if (first === undefined) throw new Error('There is no tenant');
  return first.id;
}

async function rateRest({ charges, leases }: Storage, tenant: TenantId): Promise<void> {
  const fence = await leases.acquire('shop.rate', 'the test', 60_000);
  if (fence === undefined) throw new Error('The lease is taken');
  for (;;) {
    const rated = await charges.rateUsage(tenant, Date.now(), fence);
    if (rated?.hasMore !== true) return;
  }
}

async function recordsOf({ usage }: Storage, tenant: TenantId) {
  const toolOf = new Map<string, string>();
  const recorded = new Set<string>();
  for (let after = ''; ;) {
    const page = await usage.list(tenant, { after, descending: false, rowsMax: 500 });
    for (const { id, tool, outcome } of page) {
      if (tool === null) continue;
      toolOf.set(id, tool);
      if (outcome === 'ok') recorded.add(tool);
    }
    const last = page.at(-1);
    if (last === undefined) return { toolOf, recorded };
    after = last.id;
  }
}

async function chargesOf({ charges }: Storage, tenant: TenantId): Promise<readonly Charge[]> {
  const all: Charge[] = [];
  for (;;) {
    const after = all.at(-1);
    const place = after === undefined ? {} : { after };
    const page = await charges.list(tenant, { descending: false, rowsMax: 500, ...place });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

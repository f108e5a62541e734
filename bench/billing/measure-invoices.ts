import type { PlanTerms } from '../../src/billing/store.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import { encodeUsageLine } from '../../src/metering/store.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { seller } from '../../test/support/invoice-world.ts';
import { newTenant } from '../../test/storage/contract/fixtures.ts';
import { usageRecord } from '../../test/support/usage-record.ts';

/** What a month's invoices of many tenants took. */
export interface InvoiceRun {
  readonly tenants: number;
  readonly charges: number;
  readonly invoices: number;
  readonly lines: number;
  readonly closeSeconds: number;
  readonly draftSeconds: number;
  readonly finalSeconds: number;
}

const START_MS = Date.UTC(2026, 0, 1);
const MONTH_MS = 31 * 86_400_000;
const CALLS = 40;
const RULES = 10;

const terms: PlanTerms = {
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: Array.from({ length: RULES }, (_, at) => ({
    id: `rule-${at}`,
    title: `Rule ${at}`,
    match: { tools: [`svc_1__tool-${at}`] },
    unit: 'call' as const,
    price: { model: 'unit' as const, unitAmount: `0.00${at + 1}` },
    priority: 0,
  })),
  recurring: [
    {
      id: 'base',
      title: 'Base fee',
      amount: '20',
      quantity: '1',
      due: 'in_advance',
      proration: 'by_day',
    },
    {
      id: 'seats',
      title: 'Seats',
      amount: '5',
      quantity: '3',
      due: 'in_arrears',
      proration: 'none',
    },
  ],
  rounding: { mode: 'half_even', at: 'total' },
};

/** Makes tenants with a month of usage, and invoices that month. */
export async function measureInvoices(
  storage: Storage,
  count: number,
  graceMs: number,
): Promise<InvoiceRun> {
  const tenants = Array.from({ length: count }, (_, at) => tenantId(`ten_${at}`));
  const fence = await storage.leases.acquire('billing.rate', 'bench', 3_600_000);
  if (fence === undefined) throw new Error('the lease is taken');
  await fill(storage, tenants);
  let charges = 0;
  for (const tenant of tenants) {
    await storage.charges.turnPeriods(tenant, START_MS, fence);
    const rated = await storage.charges.rateUsage(tenant, START_MS + 2_000, fence);
    charges += rated?.charges ?? 0;
    await storage.invoices.draft(tenant, { nowMs: START_MS, seller, fence: null });
  }
  const nowMs = START_MS + MONTH_MS + graceMs;
  const closeSeconds = await timeEach(tenants, (tenant) =>
    storage.charges.turnPeriods(tenant, nowMs, fence),
  );
  const draftSeconds = await timeEach(tenants, (tenant) =>
    storage.invoices.draft(tenant, { nowMs, seller, fence: null }),
  );
  let [invoices, lines] = [0, 0];
  const finalSeconds = await timeEach(tenants, async (tenant) => {
    for (const { id } of await storage.invoices.list(tenant, { status: 'draft', rowsMax: 10 })) {
      const made = await storage.invoices.finalise(tenant, { id, seller, nowMs });
      invoices++;
      lines += made?.document.lines.length ?? 0;
    }
  });
  return { tenants: count, charges, invoices, lines, closeSeconds, draftSeconds, finalSeconds };
}

async function fill(
  storage: Storage,
  tenants: readonly ReturnType<typeof tenantId>[],
): Promise<void> {
  const times = { createdAtMs: 1, updatedAtMs: 1 };
  const plan = { id: 'pln_1', name: 'Standard', description: '', ...times, version: 1 };
  await storage.plans.insert(plan);
  await storage.plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await storage.plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  const ids = new IdSource(() => START_MS);
  for (const [at, tenant] of tenants.entries()) {
    await storage.tenants.create(newTenant(tenant));
    await storage.subscriptions.insert(tenant, {
      tenant,
      id: `sub_${at}`,
      planVersionId: 'plv_1',
      startsAtMs: START_MS,
      endsAtMs: null,
      anchorMs: START_MS,
      timeZone: 'Europe/Zurich',
      createdAtMs: 1,
      version: 1,
    });
    const change = { taxRates: [{ name: 'VAT', percent: '8.1' }], atMs: 1, ifVersion: undefined };
    await storage.billingDetails.change(tenant, change);
    const lines = Array.from({ length: CALLS }, (_, call) => {
      const id = ids.next('use');
      const tool = `tool-${call % RULES}`;
      const when = { startedAtMs: START_MS + 1_000, id, chargeKey: id };
      return encodeUsageLine(usageRecord({ ...when, tenant, tool }));
    });
    await storage.usage.insert(Buffer.from(lines.join('')));
  }
}

async function timeEach(
  tenants: readonly ReturnType<typeof tenantId>[],
  work: (tenant: ReturnType<typeof tenantId>) => Promise<unknown>,
): Promise<number> {
  const before = performance.now();
  for (const tenant of tenants) await work(tenant);
  return (performance.now() - before) / 1_000;
}

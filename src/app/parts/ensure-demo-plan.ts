import type { BillingRule, PlanTerms } from '../../billing/plans/store.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import type { Storage } from '../../storage/storage.ts';

const NAME = 'Demo';

/**
 * Puts the first tenant on a small plan unless it is or was on one; true when it did. What another
 * instance did at the same moment counts as done.
 */
export async function ensureDemoPlan(
  { tenants, plans, subscriptions }: Pick<Storage, 'tenants' | 'plans' | 'subscriptions'>,
  now: () => number,
): Promise<boolean> {
  const [first] = await tenants.list();
  if (first === undefined || (await subscriptions.list(first.id)).length > 0) return false;
  const ids = new IdSource(now);
  const atMs = now();
  try {
    const planVersionId = await publishedDemo(plans, ids, atMs);
    if (planVersionId === undefined) return false;
    await subscriptions.insert(first.id, {
      tenant: first.id,
      id: ids.next('sub'),
      planVersionId,
      startsAtMs: atMs,
      endsAtMs: null,
      anchorMs: atMs,
      timeZone: 'UTC',
      createdAtMs: atMs,
      version: 1,
    });
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'conflict') return false;
    throw error;
  }
}

/** The version that is on sale; undefined when somebody has made another plan of this name. */
async function publishedDemo(
  plans: Storage['plans'],
  ids: IdSource,
  atMs: number,
): Promise<string | undefined> {
  const known = (await plans.list()).find(({ name }) => name === NAME);
  const planId = known?.id ?? ids.next('pln');
  if (known !== undefined) {
    const versions = await plans.versions(planId);
    return versions.find(({ status }) => status === 'published')?.id;
  }
  const description = 'A plan to see prices and costs by.';
  const times = { createdAtMs: atMs, updatedAtMs: atMs, version: 1 };
  await plans.insert({ id: planId, name: NAME, description, ...times });
  const id = ids.next('plv');
  await plans.insertVersion({ id, planId, terms: demoTerms, createdAtMs: atMs });
  await plans.publish({ planId, id, ifVersion: undefined }, atMs);
  return id;
}

/** A price for every call, another one for a tool, and one that falls with what is used. */
export const demoTerms: PlanTerms = {
  currency: 'USD',
  period: { unit: 'month', count: 1 },
  rules: [
    ruleOf('calls', 'Every call', {}, { model: 'unit', unitAmount: '0.001' }),
    ruleOf(
      'sums',
      'Sums',
      { tools: ['everything__get-sum'] },
      { model: 'unit', unitAmount: '0.0025' },
    ),
    ruleOf(
      'memory',
      'Memory',
      { services: ['memory'] },
      {
        model: 'graduated',
        tiers: [
          { upTo: '10000', unitAmount: '0.0005' },
          { upTo: null, unitAmount: '0.0002' },
        ],
      },
    ),
  ],
  recurring: [],
  rounding: { mode: 'half_even', at: 'line' },
  showPrices: true,
  showCost: true,
};

function ruleOf(
  id: string,
  title: string,
  match: BillingRule['match'],
  price: BillingRule['price'],
): BillingRule {
  return { id, title, match, unit: 'call', price, priority: 0 };
}

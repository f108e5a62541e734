import type { PlanBook } from '../../../billing/plan-book.ts';
import { LeaseBook } from '../../../billing/pools/lease-book.ts';
import { BudgetBook } from '../../../billing/spending/budget-book.ts';
import { SpendingDesk } from '../../../billing/spending/spending-desk.ts';
import type { Bus } from '../../../kernel/bus.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import { tenantId } from '../../../kernel/principal.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Config } from '../../config/config-schema.ts';

/** What credit and budgets are held with. */
export interface BuiltSpending {
  readonly budgetBook: BudgetBook;
  readonly leaseBook: LeaseBook;
  readonly spending: SpendingDesk;
  /** This life of the process, in whose name leases are taken. */
  readonly runId: string;
}

/** What it is built from. */
export interface SpendingParts {
  readonly storage: Pick<Storage, 'pools' | 'budgets'>;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly log: Log;
  readonly nodeId: string;
  readonly planBook: PlanBook;
}

/** The share of a lease's life that its owner counts on: clocks differ, and answers take time. */
const USABLE_SHARE = 0.5;

/** Builds what sets credit and budgets aside; the book of budgets follows what is changed here. */
export function buildSpending(
  { storage, bus, ids, log, nodeId, planBook }: SpendingParts,
  { leaseMs }: Config['billing'],
): BuiltSpending {
  const { pools, budgets } = storage;
  const runId = ids.next('run');
  const owner = { nodeId, runId, lifeMs: leaseMs };
  const leaseBook = new LeaseBook({
    port: {
      acquire: (request) => pools.acquire(owner, request),
      close: (tenant, leaseId, spent) => pools.close(tenant, leaseId, spent),
    },
    newLeaseId: () => ids.next('lse'),
    nowMs: () => performance.now(),
    usableMs: leaseMs * USABLE_SHARE,
    idleMs: limits.poolLeaseIdleMs,
    rateWindowMs: limits.poolRateWindowMs,
  });
  const budgetBook = new BudgetBook(budgets);
  bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain !== 'budgets') return;
    budgetBook.load(tenantId(tenant)).catch((error: unknown) => {
      // The look at what others changed reads them again.
      log.warn({ tenant, error: String(error) }, 'the budgets of a tenant could not be read');
    });
  });
  const spending = new SpendingDesk({ plans: planBook, budgets: budgetBook, leases: leaseBook });
  return { budgetBook, leaseBook, spending, runId };
}

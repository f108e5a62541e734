import type { PlanBook } from '../../../billing/plan-book.ts';
import type { LeaseBook } from '../../../billing/pools/lease-book.ts';
import type { LeaseRequest } from '../../../billing/pools/lease-port.ts';
import { BudgetBook } from '../../../billing/spending/budget-book.ts';
import { isBound, type BoundBy } from '../../../billing/spending/is-bound.ts';
import type { SpendingDesk } from '../../../billing/spending/spending-desk.ts';
import type { SpendControl } from '../../../gateway/spending/spend-control.ts';
import type { Bus } from '../../../kernel/bus.ts';
import type { IdSource } from '../../../kernel/ids.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import { tenantId, type TenantId } from '../../../kernel/principal.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Config } from '../../config/config-schema.ts';

/** What credit and budgets are held with. */
export interface BuiltSpending {
  readonly budgetBook: BudgetBook;
  readonly leaseBook: Pick<LeaseBook, 'giveBackIdle' | 'giveBackAll'>;
  readonly spending: SpendControl & Pick<SpendingDesk, 'balanceOf'>;
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

/** What holds, once something has to be held. */
interface Desk {
  readonly leases: LeaseBook;
  readonly spending: SpendingDesk;
}

/** Builds what sets credit and budgets aside; the book of budgets follows what is changed here. */
export function buildSpending(
  { storage, bus, ids, log, nodeId, planBook }: SpendingParts,
  { leaseMs }: Config['billing'],
): BuiltSpending {
  const { pools, budgets } = storage;
  const runId = ids.next('run');
  const owner = { nodeId, runId, lifeMs: leaseMs };
  const leasing = {
    port: {
      acquire: (request: LeaseRequest) => pools.acquire(owner, request),
      close: (tenant: TenantId, leaseId: string, spent: bigint) =>
        pools.close(tenant, leaseId, spent),
    },
    newLeaseId: () => ids.next('lse'),
    nowMs: () => performance.now(),
    usableMs: leaseMs * USABLE_SHARE,
    idleMs: limits.poolLeaseIdleMs,
    rateWindowMs: limits.poolRateWindowMs,
  };
  const budgetBook = new BudgetBook(budgets);
  bus.on('domain.changed', ({ domain, tenant }) => {
    if (domain !== 'budgets') return;
    budgetBook.load(tenantId(tenant)).catch((error: unknown) => {
      // The look at what others changed reads them again.
      log.warn({ tenant, error: String(error) }, 'the budgets of a tenant could not be read');
    });
  });
  const openDesk = async (): Promise<Desk> => {
    const [{ LeaseBook: Leases }, { SpendingDesk: Spending }] = await Promise.all([
      import('../../../billing/pools/lease-book.ts'),
      import('../../../billing/spending/spending-desk.ts'),
    ]);
    const leases = new Leases(leasing);
    return { leases, spending: new Spending({ plans: planBook, budgets: budgetBook, leases }) };
  };
  return { budgetBook, runId, ...lateDesk({ plans: planBook, budgets: budgetBook }, openDesk) };
}

/** A desk that is loaded with the first call of a tenant who pays ahead or has budgets. */
function lateDesk(
  books: BoundBy,
  openDesk: () => Promise<Desk>,
): Pick<BuiltSpending, 'leaseBook' | 'spending'> {
  let opening: Promise<Desk> | undefined;
  let desk: Desk | undefined;
  return {
    leaseBook: {
      giveBackIdle: async () => await desk?.leases.giveBackIdle(),
      giveBackAll: async () => await desk?.leases.giveBackAll(),
    },
    spending: {
      isBound: (tenant) => isBound(books, tenant),
      hold: (request) => {
        if (desk !== undefined) return desk.spending.hold(request);
        opening ??= openDesk().then((opened) => (desk = opened));
        return opening.then(({ spending }) => spending.hold(request));
      },
      balanceOf: (tenant) => desk?.spending.balanceOf(tenant),
    },
  };
}

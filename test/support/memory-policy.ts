import { buildTenantSnapshot, type TenantSnapshot } from '../../src/catalog/tenant-snapshot.ts';
import type { PolicyRouteDeps } from '../../src/http/api/framework/policy-deps.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { MemoryBus } from '../../src/kernel/memory-bus.ts';
import type { AccessLayer } from '../../src/kernel/permissions.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { CallerViews } from '../../src/policy/caller-views.ts';
import { PolicyBook } from '../../src/policy/rules/policy-book.ts';
import { PolicyRules } from '../../src/policy/rules/policy-rules.ts';
import { memoryPolicyStore } from './memory-policy-store.ts';

/** What policy under test stands on. */
export interface MemoryPolicyOptions {
  readonly now: () => number;
  /** Whom keys and users stand for. */
  readonly callers?: readonly Principal[];
  readonly snapshot?: TenantSnapshot;
  /** What the plan of every tenant includes; without it everything. */
  readonly includes?: AccessLayer;
}

/** Policy as the control plane sees it, kept in memory. */
export function memoryPolicy({
  now,
  callers = [],
  snapshot = buildTenantSnapshot([], [], 1).snapshot,
  includes,
}: MemoryPolicyOptions): PolicyRouteDeps['policy'] & Disposable {
  const store = memoryPolicyStore();
  const book = new PolicyBook({ store, bus: new MemoryBus(), now });
  const offer = includes && { digest: 'plv_1', includes, priceOf: undefined };
  // Of one moment, ids come in any order; here the order is that in which rules are made.
  let moment = 0;
  const ids = new IdSource(() => ++moment);
  const views = new CallerViews({ book, snapshotOf: () => snapshot, offerOf: () => offer });
  return {
    store,
    rules: new PolicyRules({ store, book, ids, now }),
    callerOf: (tenant, { key, user, serviceAccount }) => {
      const found = callers.find((one) => {
        return (
          one.tenant === tenant &&
          (key === one.grantId || (user ?? serviceAccount) === one.subject.id)
        );
      });
      return Promise.resolve(found);
    },
    explaining: (principal) => ({
      snapshot,
      view: views.viewOf(principal),
      restriction: views.restrictionOf(principal),
      includes,
    }),
    [Symbol.dispose]: () => book[Symbol.dispose](),
  };
}

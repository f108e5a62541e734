import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryPolicyStore } from '../../test/support/memory-policy-store.ts';
import { testPrincipal } from '../../test/support/test-principal.ts';
import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import { buildTenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import { tenantId } from '../kernel/principal.ts';
import { CallerViews } from './caller-views.ts';
import type { Offer } from './offer.ts';
import { PolicyBook } from './rules/policy-book.ts';
import type { PolicyRule } from './store.ts';

const tenant = tenantId('ten_a');
const rule: PolicyRule = {
  id: 'pol_1',
  tenant,
  name: 'No cancelling',
  effect: 'deny',
  enabled: true,
  tools: ['orders__cancel'],
  except: { roles: ['admin'] },
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
};

function snapshotWith(...names: readonly string[]) {
  const tools = names.map((name) => ({ name }));
  const listing = { tools, prompts: [], resources: [], templates: [] };
  const live = { service: { id: 'svc_1', slug: 'orders' }, listing } as unknown as ServiceRuntime;
  return buildTenantSnapshot([live], [], 1).snapshot;
}

function start() {
  const book = new PolicyBook({ store: memoryPolicyStore(), bus: new MemoryBus(), now: Date.now });
  const state = { snapshot: snapshotWith('get', 'cancel') };
  const views = new CallerViews({ book, snapshotOf: () => state.snapshot });
  return { book, state, views };
}

describe('what a caller sees', () => {
  const developer = testPrincipal({ role: 'developer' });

  it('is the snapshot itself for whom no rule takes anything away', () => {
    const { book, state, views } = start();
    assert.equal(views.viewOf(developer), state.snapshot);
    book.put(tenant, [rule]);
    const admin = testPrincipal({ role: 'admin', grant: 'key_2' });
    assert.equal(views.viewOf(admin), state.snapshot);
    assert.equal(views.restrictionOf(admin), undefined);
    assert.notEqual(views.viewOf(developer), state.snapshot);
  });

  it('follows the rules and the services, by a principal that is remembered', () => {
    const { book, state, views } = start();
    const names = () => [...views.viewOf(developer).tools.keys()];
    book.put(tenant, [rule]);
    assert.deepEqual(names(), ['orders__get']);
    assert.equal(views.viewOf(developer), views.viewOf(developer), 'made once');
    state.snapshot = snapshotWith('get', 'cancel', 'list');
    assert.deepEqual(names(), ['orders__get', 'orders__list']);
    book.put(tenant, [{ ...rule, tools: ['orders__list'], version: 2 }]);
    assert.deepEqual(names(), ['orders__get', 'orders__cancel']);
    book.remove(tenant, rule.id);
    assert.deepEqual(names(), ['orders__get', 'orders__cancel', 'orders__list']);
  });

  it('is one view for callers of the same rules and permissions', () => {
    const { book, views } = start();
    book.put(tenant, [rule]);
    const other = testPrincipal({ role: 'developer', grant: 'key_9', user: 'usr_9' });
    assert.equal(views.viewOf(developer), views.viewOf(other));
  });

  it('hides no service from who looks after services', () => {
    const { book, state, views } = start();
    book.put(tenant, [{ ...rule, except: { grants: ['none'] } }]);
    const admin = testPrincipal({ role: 'admin' });
    assert.notEqual(views.viewOf(admin), state.snapshot);
    assert.equal(views.managedViewOf(admin), state.snapshot);
    assert.equal(views.managedViewOf(developer), views.viewOf(developer));
  });

  it('is what the plan of now includes, beside the rules, and all for who keeps services', () => {
    const { book, state } = start();
    const asked: string[] = [];
    const plan: { offer: Offer | undefined } = { offer: undefined };
    const views = new CallerViews({
      book,
      snapshotOf: () => state.snapshot,
      offerOf: (name) => {
        asked.push(name);
        return plan.offer;
      },
      alwaysIncluded: [{ tools: ['orders__free'] }],
    });
    const admin = testPrincipal({ role: 'admin', grant: 'key_2' });
    const seen = (principal = developer): string[] => [...views.viewOf(principal).tools.keys()];
    assert.equal(views.viewOf(developer), state.snapshot, 'without a plan no view is made');
    assert.equal(asked.length, 1, 'and it is asked for once');
    const including = (digest: string, ...tools: string[]): Offer => {
      return { digest, includes: [{ tools }], priceOf: undefined };
    };
    state.snapshot = snapshotWith('get', 'cancel', 'free');
    for (const rules of [[], [rule]]) {
      book.put(tenant, rules);
      plan.offer = including('plv_1', 'orders__get');
      assert.deepEqual(seen(), ['orders__get', 'orders__free']);
      plan.offer = including('plv_2', 'orders__cancel');
      const denied = rules.length === 0 ? ['orders__cancel'] : [];
      assert.deepEqual(seen(), [...denied, 'orders__free']);
      assert.deepEqual(seen(admin), ['orders__cancel', 'orders__free']);
      plan.offer = undefined;
      assert.equal(seen().length, 2 + denied.length);
    }
    plan.offer = including('plv_1', 'orders__get');
    assert.equal(views.managedViewOf(admin).tools.size, 3);
    assert.equal(views.managedViewOf(developer).tools.size, 2);
    assert.equal(views.offerOf(tenant), plan.offer);
  });
});

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { memoryPolicyStore } from '../../../test/support/memory-policy-store.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { limits } from '../../kernel/limits.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { PolicyRule, PolicyRuleInput } from '../store.ts';
import { PolicyBook } from './policy-book.ts';
import { PolicyRules } from './policy-rules.ts';

const A = tenantId('ten_a');
const START_MS = Date.parse('2026-07-03T08:00:00Z');
const deny: PolicyRuleInput = { name: 'No', effect: 'deny', enabled: true, tools: ['a__*'] };

function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START_MS });
  const bus = new MemoryBus();
  const store = memoryPolicyStore();
  const book = new PolicyBook({ store, bus, now: Date.now });
  t.after(() => book[Symbol.dispose]());
  const changes: string[] = [];
  bus.on('policy.changed', ({ tenant }) => changes.push(tenant));
  const ids = { next: (prefix: string) => `${prefix}_${changes.length}` };
  const rules = new PolicyRules({ store, book, ids, now: Date.now });
  const denies = () => book.of(A)?.restrictionOf(testPrincipal()) !== undefined;
  return { store, book, rules, changes, denies, tick: (ms: number) => t.mock.timers.tick(ms) };
}

describe('the book of policies', () => {
  it('goes by what is changed here at once, and tells of it', async (t) => {
    const { rules, changes, denies, book } = start(t);
    assert.equal(book.of(A), undefined);
    const [rule] = await rules.create(A, [deny]);
    assert.ok(rule !== undefined);
    assert.equal(denies(), true);
    assert.equal(book.of(A), book.of(A), 'read once');
    await rules.update(A, rule.id, { ...deny, enabled: false }, 1);
    assert.equal(book.of(A), undefined, 'nothing is taken away from anybody');
    await rules.change(A, { mode: 'deny-by-default' }, undefined);
    assert.equal(denies(), true);
    await rules.change(A, { mode: 'allow-by-default' }, undefined);
    assert.equal(await rules.remove(A, rule.id, undefined), true);
    assert.equal(denies(), false);
    assert.equal(changes.length, 5);
    assert.equal(book.of(tenantId('ten_b')), undefined);
  });

  it('reads what another instance changed, and nothing older than what it knows', async (t) => {
    const { store, book, changes, denies } = start(t);
    const made = { id: 'pol_9', tenant: A, createdAtMs: 1, updatedAtMs: 1 };
    const rule: PolicyRule = { ...deny, ...made, version: 1 };
    await store.insertRules(A, [rule]);
    await book.load(A);
    assert.equal(denies(), true);
    await book.load(A);
    assert.equal(changes.length, 1, 'the same is no change');
    book.put(A, [{ ...rule, enabled: false, version: 3 }]);
    book.put(A, [{ ...rule, version: 2 }]);
    assert.equal(denies(), false);
    // What was read before a change made here is read again.
    const reading = book.load(A);
    await store.deleteRule(A, 'pol_9');
    book.remove(A, 'pol_9');
    await reading;
    assert.equal(denies(), false);
    await store.putSettings(A, { mode: 'deny-by-default', updatedAtMs: 2 });
    await book.load(A);
    assert.equal(denies(), true);
  });

  it('opens and closes windows without being asked', async (t) => {
    const { rules, denies, changes, tick } = start(t);
    const window = { fromMs: START_MS + 1_000, untilMs: START_MS + 2_000 };
    await rules.create(A, [{ ...deny, window }]);
    assert.equal(denies(), false);
    tick(1_000);
    assert.equal(denies(), true);
    tick(1_000);
    assert.equal(denies(), false);
    assert.equal(changes.length, 3);
  });

  it('looks again after policyWindowLookMs at the latest, for clocks are set', async (t) => {
    const { rules, denies, tick } = start(t);
    await rules.create(A, [{ ...deny, window: { fromMs: START_MS + 3_600_000 } }]);
    t.mock.timers.setTime(START_MS + 3_600_000);
    tick(limits.policyWindowLookMs);
    assert.equal(denies(), true);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { memoryPolicyStore } from '../../../test/support/memory-policy-store.ts';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { limits } from '../../kernel/limits.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { PolicyRule } from '../store.ts';
import { compileRule } from './compile-rule.ts';
import { PolicyBook } from './policy-book.ts';
import { planSegments, RuleSegment, SEGMENT_RULES } from './rule-segment.ts';

const A = tenantId('ten_a');

const ruleOf = (at: number, version = 1): PolicyRule => ({
  id: `pol_${at}`,
  tenant: A,
  name: 'No',
  effect: 'deny',
  enabled: true,
  services: [`service-${at}`],
  createdAtMs: 0,
  updatedAtMs: 0,
  version,
});
const rulesOf = (count: number): readonly PolicyRule[] =>
  Array.from({ length: count }, (_, at) => ruleOf(at));
const byId = (rules: readonly PolicyRule[]) => new Map(rules.map((rule) => [rule.id, rule]));
const made = (plan: ReturnType<typeof planSegments>): readonly RuleSegment[] =>
  plan.map((one) => (one instanceof RuleSegment ? one : new RuleSegment(one, compileRule)));

function start() {
  const store = memoryPolicyStore();
  const book = new PolicyBook({ store, bus: new MemoryBus(), now: Date.now });
  const compiled = () => new Set(book.of(A)?.segments.flatMap(({ index }) => index.rules) ?? []);
  return { store, book, compiled };
}

describe('segments of rules', () => {
  it('have SEGMENT_RULES rules and not one more', () => {
    assert.equal(planSegments([], byId(rulesOf(SEGMENT_RULES))).length, 1);
    assert.equal(planSegments([], byId(rulesOf(SEGMENT_RULES + 1))).length, 2);
  });

  it('hold every rule once and stay few, whatever comes and goes', () => {
    const step = fc.record({ from: fc.nat(1_400), count: fc.nat(700), isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const rules = new Map<string, PolicyRule>();
        let segments: readonly RuleSegment[] = [];
        for (const [number, { from, count, isAdded }] of steps.entries()) {
          for (let at = from; at < from + count; at++) {
            if (isAdded) rules.set(`pol_${at}`, ruleOf(at, number));
            else rules.delete(`pol_${at}`);
          }
          segments = made(planSegments(segments, rules));
          const held = segments.flatMap((segment) => segment.rules);
          assert.equal(held.length, rules.size);
          assert.ok(held.every((rule) => rules.get(rule.id) === rule));
          assert.ok(segments.every((one) => one.rules.length <= SEGMENT_RULES));
          assert.ok(segments.length <= (2 * rules.size) / SEGMENT_RULES + 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('let a change among policyRulesPerTenantMax rules compile one rule and index few', () => {
    const { book, compiled } = start();
    const count = limits.policyRulesPerTenantMax;
    book.put(A, rulesOf(count));
    const before = book.of(A)?.segments ?? [];
    const read = compiled();
    assert.equal(read.size, count);
    book.put(A, [ruleOf(7, 2)]);
    const after = book.of(A)?.segments ?? [];
    assert.equal(after.filter((one) => !before.includes(one)).length, 1);
    assert.equal([...compiled()].filter((one) => !read.has(one)).length, 1);
    book.remove(A, 'pol_7');
    book.put(A, [ruleOf(count)]);
    assert.equal(compiled().size, count);
    assert.equal([...compiled()].filter((one) => !read.has(one)).length, 1);
    book[Symbol.dispose]();
  });

  it('are read between other work when another instance changed thousands', async () => {
    const { store, book } = start();
    const count = 4 * SEGMENT_RULES;
    const denies = () => book.of(A)?.restrictionOf(testPrincipal()) !== undefined;
    await store.insertRules(A, rulesOf(count));
    let turns = 0;
    let isLoaded = false;
    const loading = book.load(A).then(() => (isLoaded = true));
    while (!isLoaded) {
      assert.equal(denies(), false, 'what was read before holds until all is read');
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await loading;
    assert.equal(denies(), true);
    assert.ok(turns >= 3, `${turns} turns`);
    const before = book.of(A)?.segments ?? [];
    await store.insertRules(A, [ruleOf(count)]);
    await book.load(A);
    const after = book.of(A)?.segments ?? [];
    assert.equal(after.filter((one) => !before.includes(one)).length, 1);
    book[Symbol.dispose]();
  });
});

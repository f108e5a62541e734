import type { ServiceRuntime } from '../src/catalog/service-runtime.ts';
import { buildTenantSnapshot } from '../src/catalog/tenant-snapshot.ts';
import { limits } from '../src/kernel/limits.ts';
import { MemoryBus } from '../src/kernel/memory-bus.ts';
import { tenantId, type Principal } from '../src/kernel/principal.ts';
import { CallerViews } from '../src/policy/caller-views.ts';
import { compilePermissions, holding } from '../src/policy/compile-permissions.ts';
import { refusal } from '../src/policy/rules/decide.ts';
import { PolicyBook } from '../src/policy/rules/policy-book.ts';
import { firstSettings, type PolicyRule } from '../src/policy/store.ts';
import { ruleOf } from './policy-rules.ts';

const CALLS = 200_000;
const ROUNDS = 7;
const NANOSECONDS_MAX = 1_000;
const tenant = tenantId('ten_a');

/** A tenant with so many rules, 20 services and 1,000 tools, and somebody who calls. */
function start(rules: number, more: readonly PolicyRule[] = []) {
  const lives = Array.from({ length: 20 }, (_, index) => {
    const slug = index === 0 ? 'echo' : `service-${index}`;
    const tools = Array.from({ length: 50 }, (__, at) => ({ name: at === 0 ? 'echo' : `t${at}` }));
    const listing = { tools, prompts: [], resources: [], templates: [] };
    return { service: { id: slug, slug }, listing } as unknown as ServiceRuntime;
  });
  const { snapshot } = buildTenantSnapshot(lives, [], 1);
  const store = { rules: async () => [], settings: async () => firstSettings };
  const book = new PolicyBook({ store, bus: new MemoryBus(), now: Date.now });
  const made = { tenant, createdAtMs: 0, updatedAtMs: 0, version: 1 };
  const many = Array.from({ length: rules }, (_, index) => ({
    ...ruleOf(index),
    ...made,
    id: `pol_${index}`,
  }));
  book.put(tenant, [...many, ...more]);
  const principal: Principal = {
    tenant,
    subject: { kind: 'user', id: 'usr_1' },
    grantId: 'key_1',
    credentialId: 'key_1',
    permissions: compilePermissions(holding('developer')),
  };
  return { views: new CallerViews({ book, snapshotOf: () => snapshot }), principal };
}

const args = { text: 'x'.repeat(300), amount: 5, to: { name: 'somebody' } };

/** What one call does: its view, its target, the rules about its arguments; true when it passes. */
function decideOne({ views, principal }: ReturnType<typeof start>): boolean {
  const target = views.viewOf(principal).tools.get('echo__echo');
  const restriction = views.restrictionOf(principal);
  if (target === undefined || restriction === undefined) return target !== undefined;
  const { conditions } = restriction.decisionOf(target.live, 'tools', target.name);
  return conditions === undefined || refusal(conditions, args) === undefined;
}

/** The median of some rounds, nanoseconds a call. */
function measure(world: ReturnType<typeof start>, calls: number): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    let passed = 0;
    for (let call = 0; call < calls; call++) if (decideOne(world)) passed++;
    if (passed !== calls) throw new Error(`${calls - passed} calls were refused`);
    return ((performance.now() - started) * 1e6) / calls;
  });
  return rounds.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

const ruled = limits.policyRulesPerTenantMax;
const plain = (index: number): number => (index % 100 === 0 ? index + 1 : index);
const quiet = Array.from({ length: ruled }, (_, index): PolicyRule => {
  const made = { tenant, createdAtMs: 0, updatedAtMs: 0, version: 1 };
  return { ...ruleOf(plain(index)), ...made, id: `pol_${index}` };
});
const first = start(0, quiet);
const compiling = performance.now();
decideOne(first);
const compileMs = performance.now() - compiling;
const few = quiet.map((rule, index): PolicyRule => {
  return index < 2 ? { ...ruleOf(0), ...rule, ...ruleOf(0) } : rule;
});
const cases: readonly (readonly [string, ReturnType<typeof start>, boolean])[] = [
  ['no rules', start(0), true],
  [`${ruled} rules`, first, true],
  [`${ruled} rules, 2 of them about the arguments`, start(0, few), true],
  [`${ruled} rules, 100 of them about the arguments`, start(ruled), false],
];
let isOver = false;
for (const [name, world, isJudged] of cases) {
  const calls = isJudged ? CALLS : CALLS / 20;
  measure(world, calls);
  const nanoseconds = measure(world, calls);
  isOver ||= isJudged && nanoseconds > NANOSECONDS_MAX;
  process.stdout.write(`${nanoseconds.toFixed(0).padStart(7)} ns a call: ${name}\n`);
}
process.stdout.write(`${compileMs.toFixed(0).padStart(7)} ms for the first call after a change\n`);
if (isOver) {
  process.stdout.write(`More than ${NANOSECONDS_MAX} ns a call.\n`);
  process.exitCode = 1;
}

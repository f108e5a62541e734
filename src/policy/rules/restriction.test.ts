import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { tenantId, type Principal } from '../../kernel/principal.ts';
import type { PolicyRule, PolicySettings, PolicySubjects } from '../store.ts';
import { compileRule } from './compile-rule.ts';
import { refusal } from './decide.ts';
import { RuleSegment } from './rule-segment.ts';
import { TenantPolicy } from './tenant-policy.ts';

const slugs = ['orders', 'orders-2', 'mail'] as const;
const names = ['get', 'get_all', 'cancel', 'send__now'] as const;
const hintSets: readonly JsonObject[] = [
  {},
  { readOnlyHint: true },
  { destructiveHint: false, openWorldHint: false },
  { readOnlyHint: true, destructiveHint: true },
  { readOnlyHint: 'yes' },
];

const lives = slugs.map((slug, at) => {
  const tools = names.map((name, index) => ({
    name,
    annotations: hintSets[(at + index) % hintSets.length] ?? {},
  }));
  const prompts = names.slice(0, 2).map((name) => ({ name }));
  const listing = { tools, prompts, resources: [], templates: [] };
  return { service: { id: `svc_${slug}`, slug }, listing } as unknown as ServiceRuntime;
});

const subjects: fc.Arbitrary<PolicySubjects> = fc.record(
  {
    roles: fc.subarray(['viewer', 'admin'], { minLength: 1 }),
    groups: fc.subarray(['grp_1', 'grp_2'], { minLength: 1 }),
    users: fc.subarray(['usr_1', 'usr_2'], { minLength: 1 }),
    grants: fc.subarray(['key_1', 'key_2'], { minLength: 1 }),
    scopes: fc.subarray(['mcp.use', 'services.read'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const patterns = fc.uniqueArray(
  fc.constantFrom(
    '*',
    'orders*',
    'orders__*',
    '*__get*',
    'mail__cancel',
    '*cancel',
    'o*__*e*',
    'x',
  ),
  { minLength: 1, maxLength: 3 },
);
const things = fc.record(
  {
    services: fc.uniqueArray(fc.constantFrom('orders', '*-2', 'm*', '*'), { minLength: 1 }),
    tools: patterns,
    prompts: patterns,
    resources: fc.constant(['orders://*']),
    annotations: fc.record(
      { readOnlyHint: fc.boolean(), destructiveHint: fc.boolean(), openWorldHint: fc.boolean() },
      { requiredKeys: [] },
    ),
    conditions: fc.constant([{ pointer: '/n', is: 'gt', value: 5 } as const]),
  },
  { requiredKeys: [] },
);
/** What no rule can say: hints are those of tools, and nobody gives arguments to a resource. */
const isSound = ({ prompts, resources, annotations, conditions }: Partial<PolicyRule>): boolean =>
  (annotations === undefined || (prompts ?? resources) === undefined) &&
  (conditions === undefined || resources === undefined);
const rule: fc.Arbitrary<PolicyRule> = fc
  .tuple(
    things.filter(isSound),
    fc.record({ effect: fc.constantFrom('allow' as const, 'deny' as const) }),
    fc.record({ subjects, except: subjects }, { requiredKeys: [] }),
  )
  .map(([what, how, who]) => ({
    id: 'pol_1',
    tenant: tenantId('ten_a'),
    name: 'rule',
    enabled: true,
    createdAtMs: 0,
    updatedAtMs: 0,
    version: 1,
    ...what,
    ...how,
    ...who,
  }));
const caller: fc.Arbitrary<Principal> = fc
  .record({
    user: fc.constantFrom('usr_1', 'usr_2', 'usr_3'),
    grant: fc.constantFrom('key_1', 'key_2', 'key_3'),
    roles: fc.subarray(['viewer', 'admin']),
    groups: fc.subarray(['grp_1', 'grp_2']),
    actions: fc.subarray(['mcp.use', 'services.read'] as const),
  })
  .map(({ user, grant, roles, groups, actions }) => ({
    tenant: tenantId('ten_a'),
    subject: { kind: 'user', id: user },
    grantId: grant,
    credentialId: grant,
    permissions: { ...testPrincipal().permissions, actions: new Set(actions), roles, groups },
  }));
const mode = fc.constantFrom('allow-by-default' as const, 'deny-by-default' as const);

/** In segments of seven, so that what is decided by one and by another has to come together. */
function policyOf(rules: readonly PolicyRule[], how: PolicySettings['mode'], serial: number) {
  const segments: RuleSegment[] = [];
  for (let at = 0; at < rules.length; at += 7) {
    segments.push(new RuleSegment(rules.slice(at, at + 7), compileRule));
  }
  return new TenantPolicy(segments, how, serial);
}

/** What rules mean, said once more and without any index, cache or shared code. */
const naive = {
  matches: (list: readonly string[] | undefined, text: string): boolean =>
    list === undefined ||
    list.some((pattern) =>
      new RegExp(
        `^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`,
      ).test(text),
    ),

  isAbout: (
    { subjects: about, except }: PolicyRule,
    { subject, grantId, permissions }: Principal,
  ) => {
    const within = (named: PolicySubjects): boolean =>
      named.roles?.some((one) => permissions.roles.includes(one)) === true ||
      named.groups?.some((one) => permissions.groups.includes(one)) === true ||
      named.users?.includes(subject.id) === true ||
      named.grants?.includes(grantId) === true ||
      named.scopes?.some((one) => permissions.actions.has(one as never)) === true;
    return (about === undefined || within(about)) && (except === undefined || !within(except));
  },

  covers: (one: PolicyRule, kind: 'tools' | 'prompts', slug: string, name: string): boolean => {
    if (!naive.matches(one.services, slug)) return false;
    const lists = one.tools ?? one.prompts ?? one.resources;
    if (lists === undefined) return kind === 'tools' || one.annotations === undefined;
    return one[kind] !== undefined && naive.matches(one[kind], `${slug}__${name}`);
  },

  fits: ({ annotations = {} }: PolicyRule, hints: JsonObject): boolean => {
    const reads = hints['readOnlyHint'] === true;
    const own = { readOnlyHint: false, destructiveHint: !reads, openWorldHint: true };
    for (const [hint, said] of Object.entries(hints)) {
      if (typeof said === 'boolean') Object.assign(own, { [hint]: said });
    }
    return Object.entries(annotations).every(([hint, wanted]) => {
      return own[hint as keyof typeof own] === wanted;
    });
  },

  /** True when the call may go ahead; `amount` is undefined when it cannot be compared. */
  allows: (
    rules: readonly PolicyRule[],
    how: PolicySettings['mode'],
    who: Principal,
    call: { kind: 'tools' | 'prompts'; slug: string; name: string; hints: JsonObject },
    amount: number | undefined,
  ): boolean => {
    const { kind, slug, name, hints } = call;
    const mine = rules.filter(
      (one) =>
        naive.isAbout(one, who) &&
        naive.covers(one, kind, slug, name) &&
        (kind === 'prompts' || naive.fits(one, hints)),
    );
    const holds = (one: PolicyRule, unknown: boolean): boolean =>
      one.conditions === undefined || (amount === undefined ? unknown : amount > 5);
    if (mine.some((one) => one.effect === 'deny' && holds(one, true))) return false;
    if (how === 'allow-by-default') return true;
    return mine.some((one) => one.effect === 'allow' && holds(one, false));
  },
};

describe('the rules of a tenant', () => {
  it('decide as a plain reading of them does, whoever calls what with which arguments', () => {
    const call = fc.record({
      at: fc.nat(lives.length - 1),
      kind: fc.constantFrom('tools' as const, 'prompts' as const),
      item: fc.nat(1),
      amount: fc.constantFrom(3, 9, undefined),
    });
    let allowed = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 16 }),
        mode,
        caller,
        fc.array(call, { minLength: 1, maxLength: 12 }),
        (rules, how, who, calls) => {
          const restriction = policyOf(rules, how, 1).restrictionOf(who);
          for (const { at, kind, item, amount } of calls) {
            const live = lives[at] as ServiceRuntime;
            const listed = live.listing[kind][item] as JsonObject;
            const name = listed['name'] as string;
            const hints = (listed['annotations'] ?? {}) as JsonObject;
            const { slug } = live.service;
            const expected = naive.allows(rules, how, who, { kind, slug, name, hints }, amount);
            const decision = restriction?.decisionOf(live, kind, name);
            const args = amount === undefined ? {} : { n: amount };
            const goesAhead =
              decision === undefined ||
              (!decision.isHidden &&
                (decision.conditions === undefined ||
                  refusal(decision.conditions, args) === undefined));
            assert.equal(goesAhead, expected, `${how} ${slug} ${kind} ${name} ${amount}`);
            if (expected) allowed++;
            else refused++;
          }
        },
      ),
      { numRuns: 800 },
    );
    assert.ok(Math.min(allowed, refused) > 500, `${allowed} allowed, ${refused} refused`);
  });

  it('call a service whole only when no tool or prompt it may come to list would be hidden', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), mode, caller, (rules, how, who) => {
        const restriction = policyOf(rules, how, 1).restrictionOf(who);
        for (const live of lives.filter((one) => restriction?.isWhole(one) === true)) {
          for (const name of ['get', 'cancel', 'never_seen', 'x']) {
            for (const kind of ['tools', 'prompts'] as const) {
              assert.equal(restriction?.decisionOf(live, kind, name).isHidden, false);
            }
          }
          assert.equal(restriction?.decisionOfUri(live, 'orders://1').isDenied, false);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('hide a tool that nobody lists when a rule about hints may be about it', () => {
    const [live] = lives as [ServiceRuntime];
    const who = fc.sample(caller, 1)[0] as Principal;
    const base = fc.sample(rule, 1)[0] as PolicyRule;
    const { id, tenant, name, enabled, createdAtMs, updatedAtMs, version } = base;
    const plain = { id, tenant, name, enabled, createdAtMs, updatedAtMs, version };
    const denying = { ...plain, effect: 'deny' as const, annotations: { destructiveHint: true } };
    const allowing = { ...plain, effect: 'allow' as const, annotations: { readOnlyHint: true } };
    const deny = policyOf([denying], 'allow-by-default', 1).restrictionOf(who);
    assert.equal(deny?.decisionOf(live, 'tools', 'unlisted').isHidden, true);
    assert.equal(deny?.decisionOf(live, 'tools', 'get_all').isHidden, false);
    assert.equal(deny?.decisionOf(live, 'tools', 'get').isHidden, true);
    const allow = policyOf([allowing], 'deny-by-default', 1).restrictionOf(who);
    assert.equal(allow?.decisionOf(live, 'tools', 'unlisted').isHidden, true);
    assert.equal(allow?.decisionOf(live, 'tools', 'get_all').isHidden, false);
  });

  it('need all conditions of one rule, and know when one fails however little is known', () => {
    const [live] = lives as [ServiceRuntime];
    const who = fc.sample(caller, 1)[0] as Principal;
    const { id, tenant, createdAtMs, updatedAtMs, version } = fc.sample(rule, 1)[0] as PolicyRule;
    const kept = { id, tenant, createdAtMs, updatedAtMs, version, enabled: true };
    const conditions = [
      { pointer: '/amount', is: 'exists', value: true },
      { pointer: '/amount', is: 'gt', value: 100 },
    ] as const;
    const refuses = (effect: 'allow' | 'deny', how: PolicySettings['mode'], args: object) => {
      const one: PolicyRule = { ...kept, name: 'amounts', effect, tools: ['*'], conditions };
      const restriction = policyOf([one], how, 1).restrictionOf(who);
      const decision = restriction?.decisionOf(live, 'tools', 'get');
      assert.ok(decision?.conditions !== undefined);
      return refusal(decision.conditions, args) !== undefined;
    };
    assert.equal(refuses('deny', 'allow-by-default', {}), false, 'there is no amount');
    assert.equal(refuses('deny', 'allow-by-default', { amount: 100 }), false);
    assert.equal(refuses('deny', 'allow-by-default', { amount: 101 }), true);
    assert.equal(refuses('deny', 'allow-by-default', { amount: '5' }), true, 'who knows');
    assert.equal(refuses('allow', 'deny-by-default', { amount: 101 }), false);
    assert.equal(refuses('allow', 'deny-by-default', { amount: 99 }), true);
    assert.equal(refuses('allow', 'deny-by-default', { amount: '500' }), true, 'who knows');
    assert.equal(refuses('allow', 'deny-by-default', {}), true);
  });

  it('are nothing to whom no denial is about', () => {
    const who = { ...(fc.sample(caller, 1)[0] as Principal), grantId: 'key_9' };
    const base = fc.sample(rule, 1)[0] as PolicyRule;
    const { subjects: _, except: __, ...rest } = base;
    const rules: PolicyRule[] = [
      { ...rest, effect: 'deny', subjects: { grants: ['key_1'] } },
      { ...rest, effect: 'allow' },
      { ...rest, effect: 'deny', except: { grants: ['key_9'] } },
    ];
    assert.equal(policyOf(rules, 'allow-by-default', 1).restrictionOf(who), undefined);
    assert.notEqual(policyOf(rules, 'deny-by-default', 1).restrictionOf(who), undefined);
  });
});

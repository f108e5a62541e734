import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { Seal } from '../../kernel/seal.ts';
import { GuardRules, readScope } from './guard-rules.ts';
import type { GuardRuleStore, StoredGuardRule } from './store.ts';

const TENANT = tenantId('ten_1');
const rule = { where: 'results', detector: { kind: 'secrets' }, action: 'block' } as const;

function rulesOf() {
  const kept: StoredGuardRule[] = [];
  const store = {
    list: () => Promise.resolve([...kept]),
    insert: (_: unknown, one: StoredGuardRule) => {
      kept.push(one);
      return Promise.resolve();
    },
  } as unknown as GuardRuleStore;
  const seal = new Seal([{ id: 'k', secret: Buffer.alloc(32) }], 'guard rule');
  return { kept, rules: new GuardRules({ store, seal, ids: new IdSource(), now: () => 1 }) };
}

test('a tenant has a bounded number of rules of a kind', async () => {
  const { rules } = rulesOf();
  const make = (name: string) => rules.create(TENANT, 'guardrail', { name, enabled: true, rule });
  for (let at = 0; at < limits.guardRulesPerTenantMax; at++) await make(`rule ${at}`);
  await assert.rejects(make('one more'), { code: 'conflict' });
  await rules.create(TENANT, 'approval', { name: 'another kind', enabled: true, rule: {} });
});

test('rules are in force once they are made, and their secrets are sealed', async () => {
  const { rules, kept } = rulesOf();
  const secret = 'a-secret-of-the-webhook';
  await rules.create(TENANT, 'guardrail', { name: 'off', enabled: false, rule });
  assert.equal(rules.of(TENANT).results.length, 0);
  const made = await rules.create(TENANT, 'guardrail', { name: 'on', enabled: true, rule, secret });
  assert.deepEqual(
    rules.of(TENANT).results.map(({ name }) => name),
    ['on'],
  );
  assert.equal(rules.of(tenantId('ten_2')).results.length, 0);
  assert.ok(!JSON.stringify(kept).includes(secret));
  assert.equal(rules.secretOf(TENANT, made), secret);
  const elsewhere = rules.secretOf(TENANT, { ...made, id: 'grd_other' });
  assert.equal(elsewhere, undefined, 'a sealed secret serves its own rule alone');
});

test('a scope names services, tools, or everything', () => {
  assert.equal(readScope({})('one', null), true);
  assert.equal(readScope({ services: ['o*'] })('one', null), true);
  assert.equal(readScope({ services: ['o*'] })('two', 'read'), false);
  assert.equal(readScope({ tools: ['one__r*'] })('one', 'read'), true);
  assert.equal(readScope({ tools: ['one__r*'] })('one', null), false);
  assert.equal(readScope({ services: ['two'], tools: ['*'] })('one', 'read'), false);
});

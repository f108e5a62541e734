import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { firstSettings, type PolicyRule } from '../../../src/policy/store.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const rule: PolicyRule = {
  id: 'pol_1',
  tenant: A,
  name: 'No "large" refunds 🎉',
  effect: 'deny',
  enabled: true,
  subjects: { roles: ['viewer'], groups: ['grp_1'] },
  except: { users: ['usr_1'] },
  services: ['orders'],
  tools: ['orders__refund'],
  annotations: { destructiveHint: true },
  conditions: [
    { pointer: '/amount', is: 'gt', value: '9007199254740993' },
    { pointer: '/to', is: 'in', values: ['a', null, 3] },
  ],
  window: { days: [6, 7], start: '08:00', timeZone: 'Europe/Zurich' },
  createdAtMs: 5,
  updatedAtMs: 6,
  version: 1,
};

/** What rules and settings of policy must do on every engine. */
export function policyContract(open: OpenEmpty): void {
  test('rules are kept per tenant, page by page, and changed in place', async (t) => {
    const { policy } = await openWithTenants(open, t);
    const { id: _, tenant: __, createdAtMs: ___, ...said } = rule;
    await policy.insertRules(A, [rule]);
    await policy.insertRules(B, [{ ...rule, tenant: B }]);
    const second = { ...rule, id: 'pol_2' };
    await policy.insertRules(A, [second]);
    await assert.rejects(policy.insertRules(A, [rule]), { code: 'conflict' });
    assert.deepEqual(await policy.rules(A), [rule, second]);
    assert.deepEqual(await policy.rules(A, { rowsMax: 1 }), [rule]);
    assert.deepEqual(await policy.rules(A, { rowsMax: 9, after: 'pol_1' }), [second]);
    assert.deepEqual(await policy.rule(B, 'pol_1'), { ...rule, tenant: B });
    assert.equal(await policy.rule(B, 'pol_2'), undefined);
    const { subjects: ____, ...input } = { ...said, name: 'New', enabled: false };
    const changed = await policy.updateRule(A, 'pol_1', { input, updatedAtMs: 9 });
    const { subjects: _____, ...kept } = rule;
    const expected = { ...kept, name: 'New', enabled: false, updatedAtMs: 9, version: 2 };
    assert.deepEqual(changed, expected);
    assert.deepEqual(await policy.rule(A, 'pol_1'), expected);
    const late = { input, updatedAtMs: 9, ifVersion: 1 };
    await assert.rejects(policy.updateRule(A, 'pol_1', late), { code: 'conflict' });
    await assert.rejects(policy.deleteRule(A, 'pol_1', 1), { code: 'conflict' });
    assert.equal(await policy.updateRule(B, 'pol_2', late), undefined);
    assert.equal(await policy.deleteRule(B, 'pol_2'), false);
    assert.equal(await policy.deleteRule(A, 'pol_1', 2), true);
    assert.deepEqual(await policy.rules(A), [second]);
    assert.equal((await policy.rules(B)).length, 1);
  });

  test('a tenant has policyRulesPerTenantMax rules and not one more', async (t) => {
    const { policy } = await openWithTenants(open, t);
    const small = { id: '', tenant: A, name: 'r', effect: 'deny', enabled: true } as const;
    const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
    const ruleOf = (number: number) => ({ ...small, ...times, id: `pol_${number}` });
    const insert = (number: number) => policy.insertRules(A, [ruleOf(number)]);
    const most = limits.policyRulesPerTenantMax - 1;
    const all = Array.from({ length: most }, (_, number) => ruleOf(number));
    await policy.insertRules(A, all);
    // Of several that come at once as many are taken as there is room for.
    const last = await Promise.allSettled([insert(-1), insert(-2), insert(-3)]);
    assert.equal(last.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(insert(-4), { code: 'conflict', message: /at most 10000 rules/ });
    assert.equal((await policy.rules(A)).length, limits.policyRulesPerTenantMax);
    await policy.insertRules(B, [{ ...ruleOf(0), tenant: B }]);
  });

  settingsContract(open);
}

function settingsContract(open: OpenEmpty): void {
  test('settings are those of a tenant that set none until they are changed', async (t) => {
    const { policy } = await openWithTenants(open, t);
    assert.deepEqual(await policy.settings(A), firstSettings);
    const mode = 'deny-by-default' as const;
    const first = { mode, bounds: {}, updatedAtMs: 7, version: 1 };
    assert.deepEqual(await policy.putSettings(A, { mode, updatedAtMs: 7 }), first);
    const bounds = { tools: { orders__get: { requestsPerMinute: 5 } } };
    const late = { bounds, updatedAtMs: 8, ifVersion: 2 };
    await assert.rejects(policy.putSettings(A, late), { code: 'conflict' });
    const second = { mode, bounds, updatedAtMs: 8, version: 2 };
    assert.deepEqual(await policy.putSettings(A, { ...late, ifVersion: 1 }), second);
    assert.deepEqual(await policy.settings(A), second);
    assert.deepEqual(await policy.settings(B), firstSettings);
  });

  test('every change of rules or settings is counted for other instances', async (t) => {
    const { policy, versions } = await openWithTenants(open, t);
    const counted = async () => {
      const rows = await versions.list();
      return rows.find(({ domain, tenant }) => domain === 'policy' && tenant === A)?.version ?? 0;
    };
    const counts = [await counted()];
    const changes = [
      () => policy.insertRules(A, [rule]),
      () => policy.updateRule(A, 'pol_1', { input: rule, updatedAtMs: 9 }),
      () => policy.putSettings(A, { mode: 'deny-by-default', updatedAtMs: 9 }),
      () => policy.deleteRule(A, 'pol_1'),
    ];
    for (const change of changes) {
      await change();
      counts.push(await counted());
    }
    assert.deepEqual(counts, [0, 1, 2, 3, 4]);
  });
}

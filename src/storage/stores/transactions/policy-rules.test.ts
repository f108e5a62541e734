import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { tenantId } from '../../../kernel/principal.ts';
import type { StatementResult } from '../transaction.ts';
import { insertPolicyRules } from './policy-rules.ts';

const tenant = tenantId('ten_a');

/** Adds so many rules to so many; how many statements came after the counting. */
function insert(stored: number, added: number): number {
  const rules = Array.from({ length: added }, (_, number) => ({
    id: `pol_${number}`,
    tenant,
    name: 'rule',
    effect: 'deny' as const,
    enabled: true,
    createdAtMs: 1,
    updatedAtMs: 1,
    version: 1,
  }));
  const steps = insertPolicyRules({ tenant, rules });
  const counted: StatementResult = { rows: [{ count: stored }], changes: 1 };
  let statements = 0;
  while (steps.next(counted).done !== true) statements++;
  // The version, the counting, and what adds.
  return statements - 2;
}

test('a tenant has policyRulesPerTenantMax rules and not one more', () => {
  assert.equal(insert(limits.policyRulesPerTenantMax - 1, 1), 1);
  assert.equal(insert(0, limits.policyRulesPerTenantMax), 20);
  const said = { code: 'conflict', message: /at most 10000 rules/ };
  assert.throws(() => insert(limits.policyRulesPerTenantMax, 1), said);
  assert.throws(() => insert(1, limits.policyRulesPerTenantMax), said);
});

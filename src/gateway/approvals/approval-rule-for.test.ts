import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { ApprovalRule, ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { Permitted } from '../exchange.ts';
import { createApprovalFilter, type ApprovalFilterContext } from './approval-filter.ts';
import { approvalRuleFor } from './approval-rule-for.ts';

const tools = [
  { name: 'read', annotations: { readOnlyHint: true } },
  { name: 'write', annotations: { destructiveHint: false } },
  { name: 'erase' },
];
const live = { service: { slug: 'db' }, listing: { tools } } as unknown as ServiceRuntime;
const read = (rule: ApprovalRule): ReadRule<'approval'> => ({
  id: 'arl_1',
  name: 'one',
  rule,
  sealedSecret: null,
  concerns: (slug) => slug === 'db',
});

test('a rule is about the tools whose annotations it means', () => {
  const about = (annotations: NonNullable<ApprovalRule['annotations']>): readonly boolean[] =>
    [...tools.map(({ name }) => name), 'unlisted'].map(
      (name) => approvalRuleFor([read({ annotations })], live, name) !== undefined,
    );
  assert.deepEqual(about('any'), [true, true, true, true]);
  assert.deepEqual(about('not-read-only'), [false, true, true, true]);
  assert.deepEqual(about('destructive'), [false, false, true, true]);
});

test('the first rule decides, and one that asks nobody holds nothing back', () => {
  const concerns = (...rules: readonly ApprovalRule[]): boolean => {
    const context = { rules: { of: () => ({ approvals: rules.map(read) }) } };
    const filter = createApprovalFilter(context as unknown as ApprovalFilterContext);
    const request = { method: 'tools/call', params: {} };
    const target = { kind: 'upstream', live, name: 'erase', params: {} };
    const exchange = { principal: { tenant: 'ten_a' }, request, target, resumed: undefined };
    return filter.concerns?.(exchange as unknown as Permitted) ?? true;
  };
  assert.equal(concerns({ ask: 'caller' }), true);
  assert.equal(concerns({ ask: 'nobody' }), false);
  assert.equal(concerns({ ask: 'nobody' }, { ask: 'approvers' }), false);
  assert.equal(concerns({ ask: 'approvers' }, { ask: 'nobody' }), true);
});

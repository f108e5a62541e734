import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { GuardrailRule, ReadRule } from '../../policy/guardrails/guard-rule.ts';
import { guardContent, type GuardContentContext, type GuardReport } from './guard-content.ts';

const ruleOf = (rule: Partial<GuardrailRule>): ReadRule<'guardrail'> => ({
  id: 'grd_1',
  name: 'one',
  rule: { where: 'results', detector: { kind: 'secrets' }, action: 'redact', ...rule },
  sealedSecret: null,
  concerns: () => true,
});

function guard(rule: Partial<GuardrailRule>, content: Json, change: Partial<GuardContentContext>) {
  const reports: GuardReport[] = [];
  const context: GuardContentContext = {
    inspector: { inspect: () => Promise.resolve([[{ start: 0, end: 1, type: 'x' }]]) },
    ask: () => Promise.reject(new Error('away')),
    report: (found) => reports.push(found),
    ...change,
  };
  return { reports, result: guardContent([ruleOf(rule)], 'results', content, context) };
}

test('a content is redacted, refused or reported', async () => {
  assert.equal(await guard({}, 'abc', {}).result, '[redacted:x]bc');
  await assert.rejects(guard({ action: 'block' }, 'abc', {}).result, { code: 'guardrail_blocked' });
  const { reports, result } = guard({ action: 'report' }, 'abc', {});
  assert.equal(await result, 'abc');
  assert.deepEqual(
    reports.map(({ action, types }) => [action, types]),
    [['report', ['x']]],
  );
});

test('what is larger than is looked through is refused, unless it is only reported', async () => {
  // Each text is followed by two characters.
  const fits = 'a'.repeat(limits.guardrailTextCharactersMax / 2 - 2);
  const half = limits.guardrailTextCharactersMax / 2;
  const whole = [`${fits} `.slice(0, half - 2).replace(/a$/, '.'), `${fits.slice(1)}.`];
  assert.deepEqual(await guard({ action: 'report' }, whole, {}).result, whole);
  assert.notDeepEqual(await guard({}, whole, {}).result, whole);
  const more = [...whole.slice(1), `.${whole[0] ?? ''}`];
  await assert.rejects(guard({}, more, {}).result, { code: 'guardrail_blocked' });
  const { reports, result } = guard({ action: 'report' }, more, {});
  assert.equal(await result, more);
  assert.deepEqual(
    reports.map(({ action }) => action),
    ['not_inspected'],
  );
});

test('a guardrail that cannot look stands in the way, unless it may let pass', async () => {
  const inspector = { inspect: () => Promise.reject(new GatewayError('guardrail_unavailable')) };
  await assert.rejects(guard({}, 'a', { inspector }).result, { code: 'guardrail_unavailable' });
  assert.equal(await guard({ action: 'report' }, 'a', { inspector }).result, 'a');
  const detector = { kind: 'webhook', url: 'https://example.com/' } as const;
  await assert.rejects(guard({ detector }, 'a', {}).result, { code: 'guardrail_unavailable' });
  const open = { ...detector, onFailure: 'pass' } as const;
  assert.equal(await guard({ detector: open }, 'a', {}).result, 'a');
});

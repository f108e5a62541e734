import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPrincipal } from '../../test/support/test-principal.ts';
import type { AuditAct } from '../audit/audit-act.ts';
import { GatewayError, RpcError, toRpcErrorObject } from '../kernel/errors.ts';
import { createAuditObserver } from './audit-observer.ts';
import type { Ending } from './ending.ts';
import type { ObservedExchange } from './observer.ts';

function observe(change: object, error: unknown, outcome: Ending['outcome'] = 'refused') {
  const acts: AuditAct[] = [];
  const exchange = {
    principal: testPrincipal(),
    endpoint: { kind: 'all' },
    request: { method: 'tools/call', params: { name: 'echo', arguments: { card: '4242' } } },
    ...change,
  } as unknown as ObservedExchange;
  const ending = { outcome, error } as Ending;
  createAuditObserver({ note: (act) => void acts.push(act) }).observe(exchange, ending);
  return acts;
}

test('a refused call is noted: who, what, on what, by which rule; nothing that it carried', () => {
  const principal = testPrincipal();
  assert.deepEqual(observe({}, new GatewayError('forbidden')), [
    {
      tenant: principal.tenant,
      subject: `${principal.subject.kind}:${principal.subject.id}`,
      actor: null,
      grantId: principal.grantId,
      credentialId: principal.credentialId,
      kind: 'refusal',
      action: 'tools/call',
      outcome: 'refused',
      target: 'echo',
      rule: 'forbidden',
      detail: {},
    },
  ]);
});

test('the target is the service and the name that was asked for, as far as they are known', () => {
  const targetOf = (change: object): unknown => observe(change, undefined)[0]?.target;
  const live = { service: { slug: 'orders' } };
  assert.equal(targetOf({ target: { kind: 'upstream', live } }), 'orders/echo');
  assert.equal(targetOf({ endpoint: { kind: 'service', slug: 'pets' } }), 'pets/echo');
  const read = { method: 'resources/read', params: { uri: 'file:///a' } };
  assert.equal(targetOf({ request: read }), 'file:///a');
  assert.equal(targetOf({ request: { method: 'tools/list', params: { name: 5 } } }), null);
});

test('a rule that an error names is noted, and no client sees it', () => {
  const ruleOf = (error: unknown): unknown => observe({}, error)[0]?.rule;
  const denied = new GatewayError('forbidden', undefined, { rule: 'no-deletes' });
  const unknown = new RpcError(-32602, 'Unknown tool', undefined, 'no-deletes');
  for (const error of [denied, unknown]) {
    assert.equal(ruleOf(error), 'no-deletes');
    assert.doesNotMatch(JSON.stringify(toRpcErrorObject(error)), /no-deletes/);
  }
  assert.equal(ruleOf(new RpcError(-32602, 'Unknown tool')), '-32602');
  assert.equal(ruleOf(new Error('a bug')), 'internal');
});

test('what was let through has a usage record and no event', () => {
  for (const outcome of ['ok', 'upstream_error', 'task'] as const) {
    assert.deepEqual(observe({}, undefined, outcome), []);
  }
});

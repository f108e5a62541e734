import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf } from '../../../test/support/control-plane.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { StoredGuardRule } from '../../policy/guardrails/store.ts';
import { guardRoutes, type GuardRouteDeps } from './guard-routes.ts';

function start() {
  const nothing = () => Promise.reject(new GatewayError('not_found', 'There is nothing.'));
  const made = (tenant: string, kind: string, given: object) =>
    Promise.resolve({
      id: 'grd_1',
      tenant,
      kind,
      sealedSecret: null,
      version: 1,
      createdAtMs: 1,
      updatedAtMs: 1,
      ...given,
    } as StoredGuardRule);
  const none = () => Promise.resolve([]);
  const guardRules = { list: none, get: nothing, create: made, update: nothing };
  const deps = {
    guardRules: { ...guardRules, remove: nothing },
    definitions: { list: nothing, decide: nothing },
    approvals: { list: none, show: nothing, decide: nothing },
    basePath: '',
  } as unknown as GuardRouteDeps;
  const routes = guardRoutes(deps);
  return { plane: new ControlPlane({}, routes), routes };
}

describe('the routes of guardrails, approvals and definitions', () => {
  test('need a key that may, and developers may only read rules', async () => {
    const { plane, routes } = start();
    assert.equal(routes.length, 17);
    for (const { method: verb, paths, body, permission } of routes) {
      const [method, path] = [verb.toUpperCase(), (paths[0] ?? '').replaceAll(/\{\w+\}/g, 'none')];
      const sent = body === undefined ? {} : { body: body.example };
      problemOf(await plane.send(method, path, sent), 'unauthenticated');
      problemOf(await plane.send(method, path, { ...sent, as: 'viewerA' }), 'forbidden');
      const { status } = await plane.send(method, path, { ...sent, as: 'memberA' });
      assert.equal(status === 403, permission !== 'policy.read', `${method} ${path}`);
      const allowed = await plane.send(method, path, { ...sent, as: 'adminA' });
      assert.ok([200, 201, 404].includes(allowed.status), `${method} ${path} ${allowed.text}`);
    }
  });

  test('hold rules to their bounds', async () => {
    const { plane } = start();
    const statusOf = async (path: string, rule: object): Promise<number> => {
      const sent = { as: 'adminA', body: { name: 'one', rule } } as const;
      return (await plane.send('POST', path, sent)).status;
    };
    for (const [member, most] of [
      ['lifeMs', limits.approvalLifeMsMax],
      ['waitMs', limits.approvalWaitMsMax],
    ] as const) {
      assert.equal(await statusOf('/api/v1/approval-rules', { [member]: most }), 201);
      assert.equal(await statusOf('/api/v1/approval-rules', { [member]: most + 1 }), 400);
    }
    const guardrail = (timeoutMs: number, url = 'https://example.com/') => ({
      where: 'results',
      detector: { kind: 'webhook', url, timeoutMs },
      action: 'block',
    });
    const most = limits.guardrailWebhookMsMax;
    assert.equal(await statusOf('/api/v1/guardrails', guardrail(most)), 201);
    assert.equal(await statusOf('/api/v1/guardrails', guardrail(most + 1)), 400);
    assert.equal(await statusOf('/api/v1/guardrails', guardrail(most, 'file:///etc')), 400);
  });
});

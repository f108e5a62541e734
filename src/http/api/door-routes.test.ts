import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers, ControlPlane, problemOf } from '../../../test/support/control-plane.ts';
import { memoryBundleStore } from '../../../test/support/memory-bundle-store.ts';
import { memorySessionStore } from '../../../test/support/memory-session-store.ts';
import { BundleCatalog } from '../../catalog/bundle-catalog.ts';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { buildTenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { ManagedSessions } from '../../gateway/sessions/managed-sessions.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { doorRoutes } from './door-routes.ts';

const listing = { tools: [{ name: 'echo' }], prompts: [], resources: [], templates: [] };
const live = { service: { id: 'svc_1', slug: 'weather' }, listing } as unknown as ServiceRuntime;
const { snapshot } = buildTenantSnapshot([live], [], 1);

function start() {
  const sessions = new ManagedSessions({
    store: memorySessionStore(),
    hasService: (_, slug) => slug === 'weather',
  });
  sessions[Symbol.dispose]();
  const bundles = new BundleCatalog({
    store: memoryBundleStore(),
    bus: new MemoryBus(),
    ids: new IdSource(),
    snapshotOf: () => snapshot,
  });
  const deps = { sessions, bundles, viewOf: () => snapshot, basePath: '/gw' };
  const routes = doorRoutes(deps);
  const requests = routes.flatMap((route) =>
    route.paths.map((path) => ({
      route,
      method: route.method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'nothing-here'),
      sent: route.body === undefined ? {} : { body: route.body.example },
    })),
  );
  return { plane: new ControlPlane({}, routes), requests, sessions, bundles };
}

describe('the routes of sessions and bundles', () => {
  test('need a key, and those that change a bundle an administrator', async () => {
    const { plane, requests } = start();
    assert.equal(requests.length, 15);
    for (const { route, method, path, sent } of requests) {
      problemOf(await plane.send(method, path, sent), 'unauthenticated');
      const as = await plane.send(method, path, { ...sent, as: 'memberA' });
      if (route.permission === 'bundles.write') problemOf(as, 'forbidden');
      else assert.notEqual(as.status, 403, `${method} ${path}`);
    }
    const admin = requests.filter(({ route }) => route.permission === 'bundles.write');
    assert.deepEqual(
      admin.map(({ method, path }) => `${method} ${path}`),
      [
        'POST /api/v1/bundles',
        'PATCH /api/v1/bundles/nothing-here',
        'DELETE /api/v1/bundles/nothing-here',
      ],
    );
  });

  test('answer what they declare, and are described with the rest', async () => {
    const { plane } = start();
    const as = 'adminA';
    const made = await plane.send('POST', '/sessions', { as, body: { services: ['weather'] } });
    assert.equal(made.status, 201);
    const { id, endpoints } = made.json as { id: string; endpoints: { mcp: string } };
    assert.equal(endpoints.mcp, `/gw/sessions/${id}/mcp`);
    assert.equal(made.headers.get('location'), `/gw/sessions/${id}`);
    for (const path of ['/sessions', '/api/v1/sessions', `/api/v1/sessions/${id}`]) {
      assert.equal((await plane.send('GET', path, { as })).status, 200);
    }
    const elsewhere = await plane.send('GET', `/sessions/${id}`, { as: 'adminB' });
    problemOf(elsewhere, 'session_not_found');
    problemOf(await plane.send('DELETE', '/sessions/ses_0', { as }), 'session_not_found');
    problemOf(await plane.send('GET', '/sessions/x!', { as }), 'not_found');
    const unknown = { services: ['nowhere'] };
    problemOf(await plane.send('POST', '/sessions', { as, body: unknown }), 'not_found');
    for (let count = 1; count < limits.sessionsPerCredentialMax; count++) {
      await plane.send('POST', '/sessions', { as, body: {} });
    }
    problemOf(await plane.send('POST', '/sessions', { as, body: {} }), 'conflict');
    assert.equal((await plane.send('DELETE', `/sessions/${id}`, { as })).status, 204);

    const items = [{ kind: 'tool', service: 'weather', name: 'echo', as: 'say' }];
    const body = { slug: 'desk', title: 'Desk', items };
    assert.equal((await plane.send('POST', '/api/v1/bundles', { as, body })).status, 201);
    problemOf(await plane.send('POST', '/api/v1/bundles', { as, body }), 'conflict');
    assert.equal((await plane.send('GET', '/api/v1/bundles', { as })).status, 200);
    const path = '/api/v1/bundles/desk';
    assert.equal((await plane.send('PATCH', path, { as, body: { title: 'D' } })).status, 200);
    assert.equal((await plane.send('GET', '/bundles/desk/openapi.json', { as })).status, 200);
    const twice = { items: [...items, ...items] };
    problemOf(await plane.send('PATCH', path, { as, body: twice }), 'invalid_params');
    assert.equal((await plane.send('DELETE', path, { as })).status, 204);
    problemOf(await plane.send('GET', path, { as }), 'not_found');

    const { json } = await plane.send('GET', '/openapi.json');
    const { paths } = json as { paths: Record<string, unknown> };
    assert.ok('/sessions/{session}' in paths && '/api/v1/bundles/{bundle}' in paths);
    const changes = plane.logged.filter(({ message }) => message === 'control plane change');
    assert.ok(changes.some(({ operation }) => operation === 'createSession'));
    assert.equal(changes[0]?.['credentialId'], callers.adminA.credentialId);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Caller,
  callers,
  ControlPlane,
  problemOf,
} from '../../../test/support/control-plane.ts';
import { permissionNames } from '../../kernel/permissions.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ApiRoute } from './framework/define-route.ts';

/** Every route with every path, parameters filled in. */
function requests(plane: ControlPlane, fill = 'nothing-here') {
  return plane.api.routes.flatMap((route) =>
    route.paths.map((path) => ({
      route,
      method: route.method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, fill),
    })),
  );
}

function bodyFor(route: ApiRoute): { body?: unknown } {
  return route.body === undefined ? {} : { body: route.body.example };
}

function isOpenTo(caller: Caller, { permission }: ApiRoute): boolean {
  if (permission === 'public' || permission === 'admitted') return true;
  return permission !== 'self' && callers[caller].permissions.actions.has(permission);
}

describe('the route table', () => {
  const plane = new ControlPlane();

  test('every route declares the permission it needs', () => {
    const { routes } = plane.api;
    assert.ok(routes.length >= 18, `only ${routes.length} routes seen`);
    for (const { permission, operationIds, paths } of routes) {
      const known: readonly string[] = ['public', 'admitted', 'self', ...permissionNames];
      const isKnown = known.includes(permission);
      assert.ok(isKnown, operationIds[0]);
      assert.equal(operationIds.length, paths.length, operationIds[0]);
    }
  });

  test('exactly these routes are public', () => {
    const open = requests(plane, '{}').filter(({ route }) => route.permission === 'public');
    assert.deepEqual(open.map(({ path }) => path).toSorted(), [
      '/.well-known/jwks.json',
      '/auth/authenticate',
      '/auth/invitations/accept',
      '/auth/invitations/show',
      '/auth/logout',
      '/auth/password/forgotten',
      '/auth/password/reset',
      '/auth/refresh',
      '/auth/sessions',
      '/auth/sso/backchannel-logout',
      '/auth/sso/callback',
      '/auth/sso/discover',
      '/auth/sso/{}/start',
      '/docs',
      '/docs/assets/{}',
      '/docs/errors',
      '/health',
      '/health/live',
      '/health/ready',
      '/openapi.json',
    ]);
  });

  test('every operation of the description is a route with the same permission', async () => {
    const { json } = await plane.send('GET', '/openapi.json');
    const paths = (json as { paths: Record<string, Record<string, JsonObject>> }).paths;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
    );
    const table = requests(plane).filter(({ route }) => route.documented !== false);
    assert.equal(described.length, table.length);
    assert.ok(described.length >= 24, `only ${described.length} operations seen`);
    for (const { method, path, operation } of described) {
      const route = plane.routeOf(method.toUpperCase(), path.replaceAll(/[{}]/g, ''));
      assert.equal(operation['x-required-permission'], route?.permission, `${method} ${path}`);
      const open = JSON.stringify(operation['security']) === '[]';
      assert.equal(open, route?.permission === 'public', `${method} ${path}`);
    }
  });

  test('without a key every route that is not public answers 401', async () => {
    const closed = requests(plane).filter(({ route }) => route.permission !== 'public');
    assert.ok(closed.length >= 21, `only ${closed.length} closed paths seen`);
    for (const { route, method, path } of closed) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { 'x-api-key': 'wrong' }]) {
        const came = await plane.send(method, path, { ...bodyFor(route), headers });
        problemOf(came, 'unauthenticated');
        const challenge = came.headers.get('www-authenticate') ?? '';
        if (route.permission === 'self') {
          assert.equal(challenge, 'Bearer');
          continue;
        }
        assert.match(challenge, /^Bearer resource_metadata="[^"]+-protected-resource\/api", /);
        // The client learns at once which scope the operation needs.
        const scope = route.permission === 'mcp.use' ? 'mcp' : route.permission;
        assert.ok(challenge.endsWith(`scope="${scope}"`), challenge);
      }
    }
  });

  test('a member is refused where its role lacks the permission', async () => {
    const closed = requests(plane).filter(({ route }) => !isOpenTo('memberA', route));
    assert.ok(closed.length >= 8, `only ${closed.length} paths closed to members seen`);
    for (const { route, method, path } of closed) {
      const came = await plane.send(method, path, { as: 'memberA', ...bodyFor(route) });
      problemOf(came, 'forbidden');
      // Where only a login of one's own will do, no scope helps.
      if (route.permission === 'self') continue;
      const challenge = came.headers.get('www-authenticate') ?? '';
      assert.match(challenge, /^Bearer error="insufficient_scope", scope="[a-z.-]+", /);
    }
  });

  test('what another tenant has answers exactly like what nobody has', async () => {
    const owner = new ControlPlane();
    const theirs = owner.registry.add(callers.adminB, { kind: 'openapi', config: {} }).service;
    const named: [string, string][] = [
      ['{service}', theirs.id],
      ['{service}', theirs.slug],
      ['{key}', 'key_b_admin'],
    ];
    let compared = 0;
    for (const [parameter, value] of named) {
      for (const route of owner.api.routes.filter(({ paths }) => paths[0].includes(parameter))) {
        for (const as of ['adminA', 'memberA'] as Caller[]) {
          if (!isOpenTo(as, route)) continue;
          const [path] = route.paths;
          const method = route.method.toUpperCase();
          const sent = { as, ...bodyFor(route) };
          const other = await owner.send(method, path.replace(parameter, value), sent);
          const nobody = await owner.send(method, path.replace(parameter, 'svc_nobody'), sent);
          problemOf(other, 'not_found');
          assert.equal(other.text, nobody.text);
          compared += 1;
        }
      }
    }
    assert.ok(compared >= 16, `only ${compared} answers compared`);
    assert.equal(owner.registry.views.length, 1);
    const keys = await owner.identity.apiKeys.list(callers.adminB.tenant);
    assert.ok(keys.length === 2 && keys.every((key) => key.revokedAtMs === null));
  });

  test('another method on a known path answers 405 with what is allowed', async () => {
    const came = await plane.send('PUT', '/services', { as: 'adminA' });
    problemOf(came, 'method_not_allowed');
    assert.equal(came.headers.get('allow'), 'GET');
    const both = await plane.send('PATCH', '/api/v1/services', { as: 'adminA' });
    assert.equal(both.headers.get('allow'), 'GET, POST');
    for (const path of ['/docs', '/openapi.json', '/health']) {
      problemOf(await plane.send('POST', path), 'method_not_allowed');
    }
  });

  test('a path that only looks like a known one answers 404', async () => {
    for (const path of ['//services', '/services/', '/SERVICES', '/services;x', '/services%00']) {
      problemOf(await plane.send('GET', path, { as: 'adminA' }), 'not_found');
    }
    for (const name of ['a%2fb', '%2e%2e', 'a'.repeat(65), 'a%20', '%00', '%ff']) {
      problemOf(await plane.send('GET', `/services/${name}`, { as: 'adminA' }), 'not_found');
    }
  });

  test('a parameter that is not known is named', async () => {
    const closed = requests(plane).filter(
      ({ route, method }) =>
        method === 'GET' && route.permission !== 'public' && isOpenTo('adminA', route),
    );
    assert.ok(closed.length >= 6);
    for (const { path } of closed) {
      const came = await plane.send('GET', `${path}?tenantId[]=ten_b`, { as: 'ownerA' });
      const [first] = problemOf(came, 'invalid_params').errors ?? [];
      assert.equal(first?.field, 'tenantId[]');
    }
  });

  test('the description is whole: every reference leads somewhere', async () => {
    const { json } = await plane.send('GET', '/openapi.json');
    assert.ok(isJsonObject(json));
    assert.equal(json['openapi'], '3.1.0');
    const text = JSON.stringify(json);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const { schemas } = json['components'] as { schemas: JsonObject };
    assert.ok(references.length >= 50, `only ${references.length} references seen`);
    for (const [, name] of references) assert.ok(schemas[name ?? ''] !== undefined, name);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.doesNotMatch(text, /"pattern":"[^"]*\/[a-z]+"/, 'a pattern with flags is no pattern');
  });
});

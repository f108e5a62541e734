import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Came, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { A, B, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';

interface Current {
  readonly sessionId: string;
  readonly csrfToken: string;
  readonly tenantId: string;
  readonly secondFactor: string;
  readonly tenants: readonly { readonly id: string }[];
}

/** A browser that is signed in, and what its page knows. */
interface Browser {
  readonly cookie: string;
  readonly current: Current;
}

function setUp(tenants: readonly string[] = [A, B]): ControlPlane {
  const plane = new ControlPlane();
  plane.world.people.add('ada', { passwordHash: quickHash(PASSWORD) }, tenants);
  return plane;
}

const signIn = (plane: ControlPlane, headers: Record<string, string> = {}, change: object = {}) =>
  plane.send('POST', '/auth/sessions', {
    body: { login: 'ada', password: PASSWORD, ...change },
    headers,
    from: '192.0.2.1',
  });

async function begin(plane: ControlPlane): Promise<Browser> {
  return browserOf(await signIn(plane));
}

function browserOf(came: Came): Browser {
  assert.equal(came.status, 201, came.text);
  const [cookie = ''] = (came.headers.get('set-cookie') ?? '').split(';');
  return { cookie, current: came.json as Current };
}

/** Sends as a page of the gateway does. */
const by =
  (plane: ControlPlane, { cookie, current }: Browser) =>
  (method: string, path: string, sent: { body?: unknown; headers?: Record<string, string> } = {}) =>
    plane.send(method, path, {
      ...sent,
      headers: {
        cookie,
        origin: 'http://127.0.0.1',
        host: '127.0.0.1',
        'sec-fetch-site': 'same-origin',
        'x-csrf-token': current.csrfToken,
        ...sent.headers,
      },
    });

describe('a browser', () => {
  test('signs in and gets a cookie that no page can read', async () => {
    const plane = setUp();
    const came = await signIn(plane);
    assert.match(
      came.headers.get('set-cookie') ?? '',
      /^mgw_session=[0-9A-Za-z]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    const { cookie, current } = browserOf(came);
    assert.ok(!came.text.includes(cookie.split('=')[1] ?? ''));
    assert.deepEqual(
      current.tenants.map(({ id }) => id),
      [A, B],
    );
    const call = by(plane, { cookie, current });
    assert.equal((await call('GET', '/api/v1/services')).status, 200);
    const shown = await call('GET', '/auth/sessions/current');
    assert.deepEqual(shown.json, current, 'a page that was loaded again learns it again');
  });

  test('over https gets a cookie of this host alone', async () => {
    const baseUrl = 'https://gateway.example';
    const plane = new ControlPlane({ originGuard: () => true }, [], baseUrl);
    plane.world.people.add('ada', { passwordHash: quickHash(PASSWORD) });
    const came = await signIn(plane, { host: 'gateway.example', origin: baseUrl });
    assert.match(
      came.headers.get('set-cookie') ?? '',
      /^__Host-mgw_session=\w{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/,
    );
    const { cookie } = browserOf(came);
    const headers = { host: 'gateway.example', cookie };
    assert.equal((await plane.send('GET', '/api/v1/services', { headers })).status, 200);
    const renamed = { ...headers, cookie: cookie.replace('__Host-', '') };
    problemOf(await plane.send('GET', '/api/v1/services', { headers: renamed }), 'unauthenticated');
    const open = await signIn(plane, { host: 'other.example' });
    assert.match(problemOf(open, 'forbidden').detail, /https/);
  });

  test('gets another cookie at each login, and the one before ends', async () => {
    const plane = setUp();
    const planted = `mgw_session=${'a'.repeat(43)}`;
    const first = browserOf(await signIn(plane, { cookie: planted }));
    assert.notEqual(first.cookie, planted);
    const second = browserOf(await signIn(plane, { cookie: first.cookie }));
    assert.notEqual(second.cookie, first.cookie);
    problemOf(await by(plane, first)('GET', '/api/v1/services'), 'unauthenticated');
    assert.equal((await by(plane, second)('GET', '/api/v1/services')).status, 200);
  });

  test('changes nothing for a foreign page', async () => {
    const plane = setUp();
    const browser = await begin(plane);
    const call = by(plane, browser);
    const path = '/api/v1/services';
    const body = plane.routeOf('POST', path)?.body?.example;
    const { views } = plane.registry;
    const foreign: [Record<string, string>, 'origin_refused' | 'forbidden'][] = [
      [{ origin: 'https://evil.example' }, 'origin_refused'],
      [{ origin: 'null' }, 'origin_refused'],
      // A page that may call with a key of its own may not use the browser's session.
      [{ origin: 'https://console.example' }, 'origin_refused'],
      [{ origin: 'http://127.0.0.1:81' }, 'origin_refused'],
      [{ 'sec-fetch-site': 'cross-site' }, 'origin_refused'],
      [{ 'sec-fetch-site': 'same-site' }, 'origin_refused'],
      [{ 'x-csrf-token': '' }, 'forbidden'],
      [{ 'x-csrf-token': `${browser.current.csrfToken}x` }, 'forbidden'],
      [{ 'x-csrf-token': (await begin(plane)).current.csrfToken }, 'forbidden'],
    ];
    for (const [headers, code] of foreign) {
      problemOf(await call('POST', path, { body, headers }), code);
    }
    const simple = { body: JSON.stringify(body), headers: { 'content-type': 'text/plain' } };
    problemOf(await call('POST', path, simple), 'unsupported_media_type');
    problemOf(await call('GET', `${path}?_method=POST`), 'invalid_params');
    const override = { headers: { 'x-http-method-override': 'DELETE' } };
    assert.equal((await call('GET', path, override)).status, 200);
    assert.equal(views.length, 0);
    assert.equal((await call('POST', path, { body })).status, 201);
    assert.equal(views.length, 1);
  });

  test('is not signed in or out by a foreign page', async () => {
    const plane = setUp();
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://console.example' },
    ]) {
      const came = await signIn(plane, { host: '127.0.0.1', ...headers });
      problemOf(came, 'origin_refused');
      assert.equal(came.headers.get('set-cookie'), null);
    }
    const call = by(plane, await begin(plane));
    const headers = { 'sec-fetch-site': 'cross-site' };
    problemOf(await call('DELETE', '/auth/sessions/current', { headers }), 'origin_refused');
    assert.equal((await call('GET', '/auth/sessions/current')).status, 200);
  });

  test('with a wrong key is refused, whatever its cookie', async () => {
    const plane = setUp();
    const call = by(plane, await begin(plane));
    for (const headers of [{ authorization: 'Bearer wrong' }, { 'x-api-key': '' }]) {
      problemOf(await call('GET', '/api/v1/services', { headers }), 'unauthenticated');
    }
  });

  test('with two cookies of the name is nobody', async () => {
    const plane = setUp();
    const { cookie, current } = await begin(plane);
    const both = { cookie: `${cookie}; mgw_session=${'a'.repeat(43)}`, current };
    problemOf(await by(plane, both)('GET', '/api/v1/services'), 'unauthenticated');
    const among = { cookie: `theme=dark; ${cookie}; x=y`, current };
    assert.equal((await by(plane, among)('GET', '/api/v1/services')).status, 200);
  });

  test('signs out on the server', async () => {
    const plane = setUp();
    const browser = await begin(plane);
    const call = by(plane, browser);
    const came = await call('DELETE', '/auth/sessions/current');
    assert.equal(came.status, 204);
    assert.match(came.headers.get('set-cookie') ?? '', /^mgw_session=; Path=\/; Max-Age=0;/);
    problemOf(await call('GET', '/api/v1/services'), 'unauthenticated');
  });

  test('sees its other sessions and ends them, one or all', async () => {
    const plane = setUp();
    const [here, there, third] = [await begin(plane), await begin(plane), await begin(plane)];
    const call = by(plane, here);
    const { sessions } = (await call('GET', '/auth/sessions')).json as {
      sessions: { id: string; isCurrent: boolean }[];
    };
    assert.equal(sessions.length, 3);
    assert.deepEqual(
      sessions.filter(({ isCurrent }) => isCurrent).map(({ id }) => id),
      [here.current.sessionId],
    );
    const one = await call('DELETE', `/auth/sessions/${there.current.sessionId}`);
    assert.deepEqual([one.status, one.headers.get('set-cookie')], [204, null]);
    problemOf(await by(plane, there)('GET', '/api/v1/services'), 'unauthenticated');
    problemOf(await call('DELETE', `/auth/sessions/lgn_${'0'.repeat(32)}`), 'not_found');
    assert.equal((await call('DELETE', '/auth/sessions')).status, 204);
    for (const browser of [here, third]) {
      problemOf(await by(plane, browser)('GET', '/api/v1/services'), 'unauthenticated');
    }
  });

  test('acts in the tenant in use, in its other ones by request, in no foreign one', async () => {
    const plane = setUp();
    const browser = await begin(plane);
    const call = by(plane, browser);
    const body = plane.routeOf('POST', '/api/v1/services')?.body?.example;
    const tenantOfNew = async (headers: Record<string, string> = {}) => {
      const came = await call('POST', '/api/v1/services', { body, headers });
      assert.equal(came.status, 201, came.text);
      return plane.registry.views.at(-1)?.service.tenant;
    };
    assert.equal(await tenantOfNew(), A);
    assert.equal(await tenantOfNew({ 'mcp-gateway-tenant': B }), B);
    assert.equal(await tenantOfNew({ 'mcp-gateway-tenant': 'name of ten_b' }), B);
    assert.equal(await tenantOfNew(), A);
    for (const foreign of ['ten_c', 'TEN_B', ' ten_b x', '*']) {
      const headers = { 'mcp-gateway-tenant': foreign };
      problemOf(await call('GET', '/api/v1/services', { headers }), 'forbidden');
    }
    const switched = await call('POST', '/auth/sessions/current/tenant', { body: { tenant: B } });
    assert.equal((switched.json as Current).tenantId, B);
    assert.equal(await tenantOfNew(), B);
    const wrong = await call('POST', '/auth/sessions/current/tenant', {
      body: { tenant: 'ten_c' },
    });
    problemOf(wrong, 'not_found');
  });

  test('of a tenant that demands a second factor is told so', async () => {
    const plane = setUp([A]);
    const [member] = plane.world.people.members.get('ada') ?? [];
    assert.ok(member !== undefined);
    plane.world.people.members.set('ada', [{ ...member, requiresSecondFactor: true }]);
    assert.equal((await begin(plane)).current.secondFactor, 'demanded');
  });
});

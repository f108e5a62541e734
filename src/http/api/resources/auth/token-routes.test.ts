import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { type Came, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { A, B, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';
import { limits } from '../../../../kernel/limits.ts';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly [name: string]: unknown;
}

function setUp(): ControlPlane {
  const plane = new ControlPlane();
  plane.world.people.add('ada', { passwordHash: quickHash(PASSWORD) });
  return plane;
}

const authenticate = (plane: ControlPlane, change: object = {}, address = '192.0.2.1') =>
  plane.send('POST', '/auth/authenticate', {
    body: { login: 'ada', password: PASSWORD, ...change },
    from: address,
  });

const tokensOf = (came: Came): Tokens => {
  assert.equal(came.status, 200, came.text);
  return came.json as Tokens;
};

const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('POST /auth/authenticate', () => {
  test('answers login and password with tokens that work', async () => {
    const plane = setUp();
    const tokens = tokensOf(await authenticate(plane));
    assert.deepEqual(
      { ...tokens, accessToken: '', refreshToken: '', token: '' },
      {
        accessToken: '',
        refreshToken: '',
        token: '',
        tokenType: 'Bearer',
        expiresInSeconds: limits.accessTokenMs / 1000,
        userId: 'ada',
        tenantId: A,
      },
    );
    assert.equal(tokens['token'], tokens.accessToken);
    const came = await plane.send('GET', '/api/v1/services', withToken(tokens.accessToken));
    assert.equal(came.status, 200);
  });

  test('is one answer for everything that is wrong, and logs no secret', async () => {
    const plane = setUp();
    const wrong = [
      { password: 'wrong password' },
      { login: 'nobody' },
      { login: 'nobody', password: 'wrong' },
    ];
    const texts = [];
    for (const change of wrong) {
      const came = await authenticate(plane, change);
      problemOf(came, 'unauthenticated');
      assert.equal(came.headers.get('www-authenticate'), 'Bearer');
      texts.push(came.text);
    }
    assert.equal(new Set(texts).size, 1);
    tokensOf(await authenticate(plane));
    const log = JSON.stringify(plane.logged);
    assert.match(log, /"message":"signed in"/);
    for (const secret of [PASSWORD, 'wrong password', 'mgr_', 'eyJ']) {
      assert.ok(!log.includes(secret), secret);
    }
  });

  test('asks twenty wrong attempts to wait, and says how long', async () => {
    const plane = setUp();
    const statuses = [];
    for (let tried = 0; tried < 20; tried++) {
      const came = await authenticate(plane, { password: 'wrong password' });
      statuses.push(came.status);
      if (came.status !== 429) continue;
      assert.equal(came.headers.get('retry-after'), String(limits.signInWaitMsMin / 1000));
      assert.match(problemOf(came, 'too_many').detail, /for this account; wait 30 s/);
    }
    assert.deepEqual(statuses, [
      ...Array.from({ length: limits.signInFailuresMax }, () => 401),
      ...Array.from({ length: 20 - limits.signInFailuresMax }, () => 429),
    ]);
  });

  test('refuses an address that asks too often before it looks at anything', async () => {
    const plane = setUp();
    const send = () => plane.send('POST', '/auth/refresh', { body: '{', from: '192.0.2.9' });
    for (let asked = 0; asked < limits.signInRequestsPerMinuteMax; asked++) {
      problemOf(await send(), 'parse_error');
    }
    const came = await send();
    assert.match(problemOf(came, 'too_many').detail, /from this address/);
    assert.ok(Number(came.headers.get('retry-after')) >= 1);
    tokensOf(await authenticate(plane, {}, '192.0.2.10'));
  });

  test('takes known fields of known shapes only, and repeats no value', async () => {
    const plane = setUp();
    const bodies = [
      {},
      { login: 'ada' },
      { login: 'ada', password: PASSWORD, role: 'owner' },
      { login: 'ada', password: { $ne: '' } },
      { login: ['ada'], password: PASSWORD },
      { login: 'a'.repeat(limits.signInNameLengthMax + 1), password: PASSWORD },
      { login: 'ada', password: 'x'.repeat(limits.passwordBytesMax + 1) },
    ];
    for (const body of bodies) {
      const came = await plane.send('POST', '/auth/authenticate', { body });
      problemOf(came, 'invalid_params');
      assert.ok(!came.text.includes(PASSWORD));
    }
    const longest = 'a'.repeat(limits.signInNameLengthMax);
    problemOf(await authenticate(plane, { login: longest }), 'unauthenticated');
    const padded = (bytes: number) => {
      const body = JSON.stringify({ login: 'ada', password: 'x' });
      return { body: body + ' '.repeat(bytes - body.length) };
    };
    const most = limits.signInBodyBytesMax;
    const longestBody = await plane.send('POST', '/auth/authenticate', padded(most));
    problemOf(longestBody, 'unauthenticated');
    const tooLong = await plane.send('POST', '/auth/authenticate', padded(most + 1));
    problemOf(tooLong, 'payload_too_large');
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' };
    problemOf(await plane.send('POST', '/auth/authenticate', form), 'unsupported_media_type');
  });

  test('needs the tenant of who has several, a second factor where it is demanded', async () => {
    const plane = setUp();
    const { people } = plane.world;
    people.add('bob', { passwordHash: quickHash(PASSWORD) }, [A, B]);
    const which = await authenticate(plane, { login: 'bob' });
    assert.match(which.text, /One of name of ten_a, name of ten_b\./);
    problemOf(which, 'invalid_params');
    const there = tokensOf(await authenticate(plane, { login: 'bob', tenant: 'name of ten_b' }));
    assert.equal(there['tenantId'], B);
    const [first] = people.members.get('ada') ?? [];
    assert.ok(first !== undefined);
    people.members.set('ada', [{ ...first, requiresSecondFactor: true }]);
    assert.match(problemOf(await authenticate(plane), 'forbidden').detail, /second factor/);
  });
});

describe('a login', () => {
  test('goes on by refreshing and ends by logging out', async () => {
    const plane = setUp();
    const first = tokensOf(await authenticate(plane));
    const refresh = (refreshToken: string) =>
      plane.send('POST', '/auth/refresh', { body: { refreshToken } });
    const second = tokensOf(await refresh(first.refreshToken));
    const again = tokensOf(await refresh(first.refreshToken));
    assert.equal(again.refreshToken, second.refreshToken);
    const call = (token: string) => plane.send('GET', '/api/v1/services', withToken(token));
    for (const { accessToken } of [first, second, again]) {
      assert.equal((await call(accessToken)).status, 200);
    }
    const body = { refreshToken: second.refreshToken };
    const out = await plane.send('POST', '/auth/logout', { body });
    assert.equal(out.status, 204);
    problemOf(await refresh(second.refreshToken), 'unauthenticated');
    for (const { accessToken } of [first, second]) {
      problemOf(await call(accessToken), 'unauthenticated');
    }
    assert.equal((await plane.send('POST', '/auth/logout', { body })).status, 204, 'tells nothing');
  });

  test('may look after itself; a key may not', async () => {
    const plane = setUp();
    const { accessToken } = tokensOf(await authenticate(plane));
    const own = await plane.send('GET', '/auth/second-factor', withToken(accessToken));
    assert.deepEqual(own.json, { isOn: false, recoveryCodesLeft: 0 });
    problemOf(await plane.send('GET', '/auth/second-factor', { as: 'adminA' }), 'forbidden');
    problemOf(
      await plane.send('GET', '/auth/sessions/current', withToken(accessToken)),
      'not_found',
    );
  });

  test('is never taken from the URL', async () => {
    const plane = setUp();
    const { accessToken } = tokensOf(await authenticate(plane));
    for (const name of ['access_token', 'token', 'key']) {
      const came = await plane.send('GET', `/api/v1/services?${name}=${accessToken}`);
      problemOf(came, 'unauthenticated');
      assert.ok(!JSON.stringify(plane.logged).includes(accessToken));
    }
  });

  test('is taken from one header that says one thing', async () => {
    const plane = setUp();
    const { accessToken: token } = tokensOf(await authenticate(plane));
    const cases: [Record<string, string>, number][] = [
      [{ authorization: `bearer ${token}` }, 200],
      [{ authorization: `Bearer  ${token}` }, 200],
      [{ 'x-api-key': token }, 200],
      [{ authorization: `Bearer ${token}, Bearer ${token}` }, 401],
      [{ authorization: `Bearer ${token}`, 'x-api-key': 'adminA' }, 401],
      [{ authorization: `Bearer\t${token}` }, 401],
      [{ authorization: `Basic ${token}` }, 401],
      [{ authorization: token }, 401],
      [{ authorization: `Bearer ${token}${'x'.repeat(9_000)}` }, 401],
      [{ authorization: '' }, 401],
    ];
    for (const [headers, status] of cases) {
      const came = await plane.send('GET', '/api/v1/services', { headers });
      assert.equal(came.status, status, JSON.stringify(headers).slice(0, 80));
    }
  });
});

test('GET /.well-known/jwks.json verifies what is signed here', async () => {
  const plane = setUp();
  const { accessToken } = tokensOf(await authenticate(plane));
  const came = await plane.send('GET', '/.well-known/jwks.json');
  assert.match(came.headers.get('cache-control') ?? '', /max-age/);
  assert.ok(!came.text.includes('"d"'));
  const keys = createLocalJWKSet(came.json as JSONWebKeySet);
  const currentDate = new Date(plane.world.clock.ms);
  const { payload, protectedHeader } = await jwtVerify(accessToken, keys, { currentDate });
  assert.deepEqual([payload.iss, payload.aud], ['http://127.0.0.1', 'http://127.0.0.1']);
  assert.deepEqual([payload.sub, payload['tid']], ['ada', A]);
  assert.deepEqual([protectedHeader.alg, protectedHeader.typ], ['EdDSA', 'at+jwt']);
});

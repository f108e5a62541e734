import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { startInstance, type Instance } from './support/instance.ts';
import { within } from './support/within.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'PostgreSQL is not installed' : false;

/** Several gateways have one public URL, so their tokens have one issuer. */
const PUBLIC_URL = 'https://gateway.example';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Posts JSON, or gets; the answer with its body. */
async function call(
  { url }: Instance,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: object },
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const tokensOf = ({ status, body }: Answer): Tokens => {
  assert.equal(status, 200, JSON.stringify(body));
  return body as Tokens;
};

describe('signing in to two gateways on one PostgreSQL', { skip }, () => {
  let server: PostgresServer | undefined;
  let one: Instance;
  let other: Instance;
  before(async () => {
    server = await startPostgres(programs ?? '');
    const settings = ['keys=database', `server.publicUrl=${PUBLIC_URL}`];
    const options = { databaseUrl: server.url, settings };
    one = await startInstance(options);
    other = await startInstance(options);
  });
  after(async () => {
    await other?.[Symbol.asyncDispose]();
    await one?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const signIn = async (instance: Instance): Promise<Tokens> => {
    const body = { login: 'admin', password: one.password };
    return tokensOf(await call(instance, '/auth/authenticate', { body }));
  };
  const refresh = (instance: Instance, refreshToken: string) =>
    call(instance, '/auth/refresh', { body: { refreshToken } });
  const isServed = async (instance: Instance, token: string) =>
    (await call(instance, '/api/v1/services', { token })).status === 200;

  test('a token of one is good at the other, and its key is known there', async () => {
    const { accessToken } = await signIn(one);
    for (const instance of [one, other]) assert.equal(await isServed(instance, accessToken), true);
    const keys = await Promise.all(
      [one, other].map((instance) => call(instance, '/.well-known/jwks.json', {})),
    );
    assert.deepEqual(keys[0]?.body, keys[1]?.body);
    const shown = keys[0]?.body as { readonly keys: readonly unknown[] } | undefined;
    assert.equal(shown?.keys.length, 1);
  });

  test('both refreshing at once get the same next token, and nobody is logged out', async () => {
    for (let round = 0; round < 10; round++) {
      const { refreshToken } = await signIn(one);
      const asked = [one, other, one, other].map((instance) => refresh(instance, refreshToken));
      const all = (await Promise.all(asked)).map(tokensOf);
      assert.equal(new Set(all.map((tokens) => tokens.refreshToken)).size, 1);
      for (const [index, { accessToken }] of all.entries()) {
        assert.equal(await isServed(index % 2 === 0 ? other : one, accessToken), true);
      }
      tokensOf(await refresh(other, all[0]?.refreshToken ?? ''));
    }
  });

  test('logging out on one ends the tokens on the other within a second', async () => {
    const { accessToken, refreshToken } = await signIn(one);
    assert.equal(await isServed(other, accessToken), true);
    const out = await call(one, '/auth/logout', { body: { refreshToken } });
    assert.equal(out.status, 204);
    await within(1_000, 'logged out on one, refused by the other', async () => {
      return !(await isServed(other, accessToken));
    });
    assert.equal((await refresh(other, refreshToken)).status, 401);
  });

  test('wrong attempts on both count together', async () => {
    const body = { login: 'nobody', password: 'wrong password' };
    const statuses: number[] = [];
    for (let tried = 0; tried < 8; tried++) {
      const instance = tried % 2 === 0 ? one : other;
      statuses.push((await call(instance, '/auth/authenticate', { body })).status);
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
  });
});

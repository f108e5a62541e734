import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { tenantId } from '../../../kernel/principal.ts';
import { tenantOfMethods } from './login-tenant.ts';
import type { LoginWay, ProviderLogin } from './ports.ts';
import { backFromProvider, offerWays, type ProviderLoginAsked } from './provider-login.ts';

const tenant = tenantId('ten_a');

function world() {
  const state: { only?: LoginWay; login?: ProviderLogin; nowMs: number } = { nowMs: 1_000 };
  const options = {
    people: {
      get: async (userId: string) => (userId === 'usr_a' ? { userId, login: 'ada' } : undefined),
    },
    logins: {
      only: async () => state.only,
      discover: async (email: string): Promise<LoginWay | undefined> => {
        const id = /^[^@]+@(\w+)\.example$/.exec(email)?.[1];
        return id === undefined ? undefined : { id, name: id };
      },
      loggedIn: async () => state.login,
    },
    now: () => state.nowMs,
  };
  const details = { uid: 'q1', result: undefined, persist: async () => {} };
  const asked = (form?: Readonly<Record<string, string>>): ProviderLoginAsked => ({
    details: details as unknown as ProviderLoginAsked['details'],
    cookies: undefined,
    baseUrl: 'https://gw.example',
    address: '192.0.2.1',
    form: form === undefined ? undefined : new URLSearchParams(form),
  });
  const offer = (email?: string) =>
    offerWays(
      options,
      asked(email === undefined ? undefined : { decision: 'find-provider', email }),
    );
  const back = (form?: Readonly<Record<string, string>>) => backFromProvider(options, asked(form));
  const login = (connectionId: string, change: Partial<ProviderLogin> = {}): void => {
    state.login = { userId: 'usr_a', tenant, connectionId, createdAtMs: state.nowMs, ...change };
  };
  return { state, offer, back, login };
}

test('a way leads back to the very question it was offered for', async () => {
  const { state, offer } = world();
  assert.deepEqual(await offer(), { ways: [] });
  assert.match((await offer('ada@nowhere.test')).problem ?? '', /no provider/);
  state.only = { id: 'sso_1', name: 'Acme' };
  const url = 'https://gw.example/auth/sso/sso_1/start?next=%2Foauth%2Finteraction%2Fq1';
  assert.deepEqual(await offer(), { ways: [{ name: 'Acme', url }] });
  // The same way is shown once.
  state.only = { id: 'acme', name: 'acme' };
  assert.equal((await offer('ada@acme.example')).ways.length, 1);
});

test('only a login by an offered way, begun since, is taken, for its tenant alone', async () => {
  const { state, offer, back, login } = world();
  login('acme');
  assert.equal(await back(), undefined, 'nothing was offered');
  await offer('ada@acme.example');
  assert.deepEqual(await back(), { accountId: 'usr_a', amr: ['tenant:ten_a'] });
  assert.equal(tenantOfMethods((await back())?.amr), tenant);
  assert.equal(await back({ login: 'x' }), undefined, 'a form is an answer of its own');
  state.nowMs += 10;
  await offer();
  assert.notEqual(await back(), undefined, 'looking again changes nothing');
  login('acme', { createdAtMs: 999 });
  assert.equal(await back(), undefined, 'older than the offer');
  login('other');
  assert.equal(await back(), undefined, 'another way');
  login('acme', { userId: 'usr_gone' });
  assert.equal(await back(), undefined, 'nobody who may sign in');
  for (const methods of [undefined, 'tenant:ten_a', ['pwd'], [5]]) {
    assert.equal(tenantOfMethods(methods), undefined);
  }
});

test('a question remembers ssoWaysOfferedMax ways and not one more', async () => {
  const { offer, back, login } = world();
  for (let at = 0; at < limits.ssoWaysOfferedMax; at++) await offer(`a@w${at}.example`);
  login('w0');
  assert.notEqual(await back(), undefined);
  await offer(`a@w${limits.ssoWaysOfferedMax}.example`);
  assert.equal(await back(), undefined, 'the oldest is forgotten');
  login('w1');
  assert.notEqual(await back(), undefined);
});

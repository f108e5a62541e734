import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  callers,
  ControlPlane,
  problemOf,
  usageRecord,
} from '../../../../../test/support/control-plane.ts';
import { A, PASSWORD, quickHash } from '../../../../../test/support/sign-in-world.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';
import { limits } from '../../../../kernel/limits.ts';

const MEMBER = callers.memberA.subject.id;
const path = (user: string) => `/api/v1/privacy/people/${user}/export`;

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
const kindsOf = (text: string) => [...new Set(linesOf(text).map(({ kind }) => kind))];

test('an owner exports what the tenant keeps of a user, without secrets', async () => {
  const plane = new ControlPlane();
  await plane.identity.accounts.update(MEMBER, { passwordHash: 'a hash' });
  plane.usage.push(usageRecord(1, { userId: MEMBER }), usageRecord(2), usageRecord(3));
  const came = await plane.send('GET', path(MEMBER), { as: 'ownerA' });
  assert.equal(came.status, 200);
  assert.equal(came.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
  assert.deepEqual(kindsOf(came.text), ['account', 'membership', 'role', 'key', 'usage']);
  const [account] = linesOf(came.text);
  assert.deepEqual([account?.['id'], account?.['hasPassword']], [MEMBER, true]);
  const usage = linesOf(came.text).filter(({ kind }) => kind === 'usage');
  assert.deepEqual(
    usage.map(({ userId }) => userId),
    [MEMBER],
  );
  for (const secret of ['a hash', 'passwordHash', 'hash"']) assert.ok(!came.text.includes(secret));
  await turn();
  const told = plane.acts.map(({ action, outcome, target }) => [action, outcome, target]);
  assert.deepEqual(told, [
    ['exportPerson', 'begun', MEMBER],
    ['exportPerson', 'ok', MEMBER],
  ]);
});

test('of another tenant there is nothing, and admins export nobody', async () => {
  const plane = new ControlPlane();
  problemOf(await plane.send('GET', path('usr_b_admin'), { as: 'ownerA' }), 'not_found');
  problemOf(await plane.send('GET', path(MEMBER), { as: 'adminA' }), 'forbidden');
});

test('a person exports itself, by a login', async () => {
  const plane = new ControlPlane();
  plane.addUser(testPrincipal({ tenant: 'ten_a', user: 'usr_ada', grant: 'grt_ada' }));
  plane.world.people.add('usr_ada', { passwordHash: quickHash(PASSWORD) });
  const { accessToken } = await plane.world.authentication.loginTokens.issue(A, 'usr_ada');
  const headers = { authorization: `Bearer ${accessToken}` };
  const came = await plane.send('GET', '/api/v1/me/export', { headers });
  assert.deepEqual(kindsOf(came.text), ['account', 'membership', 'role', 'grant']);
  assert.ok(!came.text.includes(accessToken));
  problemOf(await plane.send('GET', '/api/v1/me/export', { as: 'memberA' }), 'forbidden');
});

test('exportsPerTenantMax run at once, one more is refused, and an end makes room', async () => {
  const plane = new ControlPlane();
  const begin = () => plane.api.fetch(request(MEMBER));
  const open: Response[] = [];
  for (let n = 0; n < limits.exportsPerTenantMax; n++) open.push(await begin());
  assert.ok(open.every(({ status }) => status === 200));
  const refused = await begin();
  assert.equal(refused.status, 429);
  // Who goes before it has read anything makes room as well, and did not get the data.
  await open[0]?.body?.cancel();
  await turn();
  assert.equal((await begin()).status, 200);
  assert.equal(plane.acts.at(-2)?.outcome, 'failed');
});

test('a long history is read in windows of exportWindowRows', async () => {
  const plane = new ControlPlane();
  const count = limits.exportWindowRows + 1;
  for (let n = 0; n < count; n++) plane.usage.push(usageRecord(n, { userId: MEMBER }));
  const before = plane.calls.filter((call) => call === 'list').length;
  const came = await plane.send('GET', path(MEMBER), { as: 'ownerA' });
  assert.equal(linesOf(came.text).filter(({ kind }) => kind === 'usage').length, count);
  assert.equal(plane.calls.filter((call) => call === 'list').length - before, 2);
});

function request(user: string): Request {
  const headers = { authorization: 'Bearer ownerA' };
  return new Request(`http://127.0.0.1${path(user)}`, { headers });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErasureRequest } from '../../../src/identity/privacy/store.ts';
import { started } from './chat-fixtures.ts';
import type { Capture } from '../../../src/gateway/captures/store.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { callOf, eventOf, linesOf } from './audit-fixtures.ts';
import { A, accountOf, B, keyOf, memberOf, openWithTenants, type OpenEmpty } from './fixtures.ts';
import { grantOf } from './token-contract.ts';

const ADA = 'usr_ada';
const FAR_MS = 9_000_000_000_000;

const captureOf = (id: string, change: Partial<Capture> = {}): Capture => ({
  id,
  tenant: A,
  atMs: 10,
  expiresAtMs: 1_000,
  userId: ADA,
  grantId: 'key_ada',
  serviceId: 'svc_1',
  serviceSlug: 'one',
  method: 'tools/call',
  tool: 'say',
  outcome: 'complete',
  workId: 'use_1',
  bytes: 100,
  ...change,
});

/** What erasing people, finding their records and keeping captures must do on every engine. */
export function privacyContract(open: OpenEmpty): void {
  erasureContract(open);
  boundaryContract(open);
  recordContract(open);
  captureContract(open);
}

/** Ada, with a row of everything in A, and a member of B as well. */
async function withAda(storage: Storage): Promise<void> {
  const account = { ...accountOf(ADA), login: 'ada', email: 'ada_l@mail.example' };
  await storage.members.add(A, memberOf(A, ADA, 'developer'), account);
  await storage.members.add(B, memberOf(B, ADA, 'viewer'));
  const group = { tenant: A, id: 'grp_1', name: 'team', roles: [], externalId: null, version: 1 };
  await storage.groups.insert(A, { ...group, source: 'local', createdAtMs: 1 }, [ADA]);
  for (const tenant of [A, B]) {
    await storage.apiKeys.create(tenant, keyOf(tenant, ADA, `key_${tenant}`, `hash ${tenant}`));
    const grant = grantOf(`grt_${tenant}`, { tenant, userId: ADA, expiresAtMs: FAR_MS });
    await storage.grants.insert(tenant, grant);
    const at = { tenant, createdAtMs: 1, seenAtMs: 1, expiresAtMs: FAR_MS };
    const login = { hash: `cookie ${tenant}`, id: `lgn_${tenant}`, userId: ADA };
    await storage.loginSessions.insert({ ...at, ...login, grantId: grant.id });
    const link = { userId: null, createdAtMs: 1, expiresAtMs: FAR_MS, kind: 'invitation' } as const;
    for (const email of ['ada_l@mail.example', 'adaXl@mail.example']) {
      const id = `${tenant} ${email}`;
      await storage.oneTimeTokens.insert({ ...link, hash: id, id, tenant, data: { email } });
    }
  }
  await storage.secondFactors.enrol({
    userId: ADA,
    secretSealed: 'sealed',
    lastStep: 0,
    confirmedAtMs: 1,
    recoveryHashes: [],
  });
  await storage.captures.insert(A, captureOf('cap_1'), 'v1.1.said', 1_000);
  await started(storage, { number: 1, owner: ADA });
}

const whole = (change: Partial<ErasureRequest> = {}): ErasureRequest => ({
  userId: ADA,
  tenant: null,
  isOrphanMeant: false,
  isDryRun: false,
  ...change,
});

function erasureContract(open: OpenEmpty): void {
  test('a user is erased in one tenant, and whole with the last membership', async (t) => {
    const storage = await openWithTenants(open, t);
    const { privacy, accounts, apiKeys, loginSessions, oneTimeTokens, vault } = storage;
    await withAda(storage);
    assert.equal(await privacy.erase(whole({ userId: 'usr_nobody', tenant: A })), undefined);
    const counted = await privacy.erase(whole({ tenant: A, isDryRun: true }));
    assert.equal((await accounts.memberships(ADA)).length, 2, 'nothing went');
    const here = await privacy.erase(whole({ tenant: A }));
    assert.deepEqual(counted, here, 'a dry run tells what goes');
    assert.equal(here?.isAccountErased, false);
    assert.deepEqual(here.ended, [
      { tenant: A, id: `key_${A}` },
      { tenant: A, id: `grt_${A}` },
    ]);
    const rows = here.tenants[0]?.rows ?? assert.fail();
    const { memberships, groupMemberships, keys, captures, invitations } = rows;
    assert.equal(rows.conversations, 1);
    assert.equal(await storage.chats.runs.get(A, 'chr_1'), undefined, 'what was said is gone');
    assert.deepEqual(await storage.chats.conversations.messages(A, 'cnv_1'), []);
    assert.deepEqual([memberships, groupMemberships, keys, captures], [1, 1, 1, 1]);
    assert.equal(invitations, 1, 'an underscore stands for itself');
    assert.deepEqual(
      (await loginSessions.list(ADA)).map(({ id }) => id),
      [`lgn_${B}`],
    );
    const item = { tenant: A, owner: 'capture', serviceId: 'svc_1', name: 'cap_1' };
    assert.equal(await vault.get(item), undefined, 'what was captured is gone with it');
    assert.equal(await apiKeys.find(`hash ${A}`), undefined);
    assert.equal((await apiKeys.find(`hash ${B}`))?.key.id, `key_${B}`);
    assert.equal((await accounts.get(ADA))?.login, 'ada');

    const rest = await privacy.erase(whole({ tenant: B }));
    assert.equal(rest?.isAccountErased, true);
    assert.deepEqual(rest.accountRows, {
      account: 1,
      secondFactors: 1,
      providerLogins: 0,
      mailCounts: 0,
    });
    assert.equal(await accounts.get(ADA), undefined);
    assert.equal(await accounts.findByEmail('ada_l@mail.example'), undefined);
    for (const tenant of [A, B]) {
      assert.equal((await oneTimeTokens.list(tenant, 'invitation', 2)).length, 1);
    }
    await privacy.scrub();
  });

  test('of all tenants at once, with what one left of it that it is in no more', async (t) => {
    const storage = await openWithTenants(open, t);
    await withAda(storage);
    await storage.members.remove(B, ADA, { atMs: 5 });
    const counted = await storage.privacy.erase(whole({ isDryRun: true }));
    const erased = await storage.privacy.erase(whole());
    assert.deepEqual(counted, erased);
    assert.deepEqual([erased?.leftovers.keys, erased?.leftovers.loginSessions], [1, 1]);
    assert.equal(erased?.ended.length, 4);
    const domains = (await storage.versions.list()).filter(({ tenant }) => tenant === A);
    const names = new Set(domains.map(({ domain }) => domain));
    for (const domain of ['keys', 'connections', 'sessions'] as const) {
      assert.ok(names.has(domain), `${domain} is read again elsewhere`);
    }
  });
}

function boundaryContract(open: OpenEmpty): void {
  test('an account in no tenant is erased only where it is meant', async (t) => {
    const storage = await openWithTenants(open, t);
    await withAda(storage);
    for (const tenant of [A, B]) await storage.members.remove(tenant, ADA, { atMs: 5 });
    assert.equal(await storage.privacy.erase(whole({ tenant: A })), undefined);
    const erased = await storage.privacy.erase(whole({ tenant: A, isOrphanMeant: true }));
    assert.equal(erased?.isAccountErased, true);
    assert.equal(await storage.accounts.get(ADA), undefined);
  });

  test('the last active owner of a tenant stays, whoever asks', async (t) => {
    const storage = await openWithTenants(open, t);
    const owner = `usr_owner_${A}`;
    for (const isDryRun of [true, false]) {
      const request = whole({ userId: owner, tenant: A, isDryRun });
      await assert.rejects(storage.privacy.erase(request), { code: 'conflict' });
    }
    assert.notEqual(await storage.members.get(A, owner), undefined);
    await storage.members.add(A, memberOf(A, ADA, 'owner'), accountOf(ADA));
    assert.notEqual(await storage.privacy.erase(whole({ userId: owner, tenant: A })), undefined);
  });
}

function recordContract(open: OpenEmpty): void {
  test('records of a user are found a window at a time, however many others have', async (t) => {
    const { usage, audit } = await openWithTenants(open, t);
    const calls = Array.from({ length: 10 }, (_, at) => ({
      ...callOf(A, `tool ${at}`),
      userId: at % 4 === 0 ? ADA : 'usr_other',
    }));
    await usage.insert(linesOf([...calls, { ...callOf(B, 'theirs'), userId: ADA }]));
    const tools: (string | null)[] = [];
    let windows = 0;
    for (let after: string | null = ''; after !== null; windows++) {
      const { records, next } = await usage.ofUser(A, ADA, after, 3);
      tools.push(...records.map(({ tool }) => tool));
      after = next;
    }
    assert.deepEqual(new Set(tools), new Set(['tool 0', 'tool 4', 'tool 8']));
    assert.equal(windows, 4);

    await audit.append(A, [
      eventOf(A, { subject: `user:${ADA}`, target: 'first' }),
      eventOf(A, { target: `grp_1/${ADA}` }),
      eventOf(A, { target: `${ADA}x` }),
      eventOf(A, { target: ADA }),
    ]);
    const { seq: last } = await audit.head(A);
    const found = [];
    for (let after = 0; after < last; after += 2) found.push(await audit.about(A, ADA, after, 2));
    const targets = found.flat().map(({ target }) => target);
    assert.deepEqual(targets, ['first', `grp_1/${ADA}`, ADA]);
    assert.deepEqual(await audit.about(B, ADA, 0, 100), []);
  });
}

function captureContract(open: OpenEmpty): void {
  test('what a tenant captures is set, counted as a change, and ended', async (t) => {
    const { captures, versions } = await openWithTenants(open, t);
    assert.equal(await captures.setting(A), undefined);
    const set = { services: ['one'], tools: null, sampleRate: 0.25, untilMs: 9, keepHours: 2 };
    assert.deepEqual(await captures.putSetting(A, set), { ...set, version: 1 });
    assert.deepEqual(await captures.putSetting(A, set), { ...set, version: 2 });
    assert.deepEqual(await captures.setting(A), { ...set, version: 2 });
    assert.equal(await captures.setting(B), undefined);
    const counted = (await versions.list()).filter(({ domain }) => domain === 'captures');
    assert.deepEqual(
      counted.map(({ tenant }) => tenant),
      [A],
    );
    assert.deepEqual(
      [await captures.deleteSetting(A), await captures.deleteSetting(A)],
      [true, false],
    );
  });

  test('captures fill the room of their tenant, expire, and are deleted with theirs', async (t) => {
    const storage = await openWithTenants(open, t);
    const { captures, leases, vault } = storage;
    const keep = (id: string, change: Partial<Capture> = {}) =>
      captures.insert(A, captureOf(id, change), `v1.1.${id}`, 250);
    assert.equal(await keep('cap_1'), true);
    assert.equal(await keep('cap_2', { expiresAtMs: 500, userId: 'usr_other' }), true);
    assert.equal(await keep('cap_3', { bytes: 51 }), false, 'there is no room');
    assert.equal(await keep('cap_3', { bytes: 50 }), true);
    assert.deepEqual(await captures.totals(A), { captures: 3, bytes: 250 });
    assert.deepEqual(await captures.totals(B), { captures: 0, bytes: 0 });
    const ids = async (query: object = {}) =>
      (await captures.list(A, { nowMs: 499, rowsMax: 9, ...query })).map(({ id }) => id);
    assert.deepEqual(await ids(), ['cap_3', 'cap_2', 'cap_1']);
    assert.deepEqual(await ids({ nowMs: 500 }), ['cap_3', 'cap_1'], 'expired is not there');
    assert.deepEqual(await ids({ before: 'cap_3', userId: ADA }), ['cap_1']);
    assert.deepEqual(await captures.get(A, 'cap_1', 1), captureOf('cap_1'));
    assert.equal(await captures.get(B, 'cap_1', 1), undefined);

    const fence = (await leases.acquire('retention.keep', 'node-1', 60_000)) ?? assert.fail();
    const row = (name: string) => ({ tenant: A, owner: 'capture', serviceId: 'svc_1', name });
    const lost = { ...fence, number: fence.number - 1 };
    assert.equal(await captures.deleteExpired(500, lost), false);
    assert.equal((await captures.totals(A)).captures, 3, 'another holds the job');
    assert.equal(await captures.deleteExpired(500, fence), false);
    assert.deepEqual([await ids(), await vault.get(row('cap_2'))], [['cap_3', 'cap_1'], undefined]);
    assert.equal(await vault.get(row('cap_1')), 'v1.1.cap_1');
    assert.equal(await captures.deleteAll(A), 2);
    assert.equal(await vault.get(row('cap_1')), undefined);
    assert.ok(limits.captureBytesPerTenantMax > 250);
  });
}

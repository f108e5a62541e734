import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import type { ToolUse } from '../../../src/tool-search/store.ts';
import {
  A,
  accountOf,
  B,
  memberOf,
  openWithTenants,
  serviceOf,
  type OpenEmpty,
} from './fixtures.ts';

const owner = `usr_owner_${A}`;
const useOf = (change: Partial<ToolUse> = {}): ToolUse => ({
  serviceId: 'svc_1',
  tool: 'create',
  subject: { kind: 'user', id: owner },
  query: 'bill somebody "now"',
  atMs: 100,
  ...change,
});

/** What keeps what searches learnt must do on every engine. */
export function toolUseContract(open: OpenEmpty): void {
  keptUses(open);
  boundedUses(open);
  listedUses(open);
  goneUses(open);
  settings(open);
}

function keptUses(open: OpenEmpty): void {
  test('uses are kept by tenant, and what is said again is fresh and not more', async (t) => {
    const { toolUses, versions } = await openWithTenants(open, t);
    const version = async () =>
      (await versions.list()).find(({ domain, tenant }) => domain === 'tool-uses' && tenant === A)
        ?.version ?? 0;
    await toolUses.add(A, []);
    assert.equal(await version(), 0, 'nothing changed');
    const use = useOf();
    await toolUses.add(A, [use]);
    assert.deepEqual(await toolUses.uses(A, 100), [use]);
    assert.deepEqual(await toolUses.uses(A, 101), [], 'it is older');
    assert.deepEqual(await toolUses.uses(B, 0), [], 'it left its tenant');
    assert.equal(await version(), 1);
    await toolUses.add(A, [{ ...use, atMs: 200 }]);
    await toolUses.add(A, [{ ...use, atMs: 150 }, use]);
    assert.deepEqual(await toolUses.uses(A, 0), [{ ...use, atMs: 200 }]);
    assert.equal(await version(), 3);
  });

  test('uses of who is not in the tenant are left out', async (t) => {
    const { toolUses, serviceAccounts } = await openWithTenants(open, t);
    const bot = { kind: 'service_account', id: 'sva_1' } as const;
    const stranger = useOf({ subject: { kind: 'user', id: `usr_owner_${B}` } });
    await toolUses.add(A, [stranger, useOf({ subject: bot })]);
    assert.deepEqual(await toolUses.uses(A, 0), []);
    await serviceAccounts.insert(A, {
      id: bot.id,
      tenant: A,
      name: 'bot',
      description: '',
      roles: [],
      status: 'active',
      createdAtMs: 1,
      version: 1,
    });
    await toolUses.add(A, [useOf({ subject: bot })]);
    assert.deepEqual(await toolUses.uses(A, 0), [useOf({ subject: bot })]);
  });
}

function boundedUses(open: OpenEmpty): void {
  test('of one user few stay for a tool, of a tool some, the latest ones', async (t) => {
    const { toolUses, members } = await openWithTenants(open, t);
    const own = Array.from({ length: limits.usesPerUserAndToolMax + 1 }, (_, at) =>
      useOf({ query: `q ${at}`, atMs: 100 + at }),
    );
    await toolUses.add(A, own);
    assert.deepEqual(await toolUses.uses(A, 0), own.slice(1));
    const uses: ToolUse[] = [];
    for (let at = 0; at < limits.usesPerToolMax + 1; at += 1) {
      const id = `usr_${at}`;
      await members.add(A, memberOf(A, id, 'viewer'), accountOf(id));
      uses.push(useOf({ subject: { kind: 'user', id }, query: 'same', atMs: 1_000 + at }));
    }
    await toolUses.add(A, uses);
    assert.deepEqual(await toolUses.uses(A, 0), uses.slice(1));
  });

  test('of a tenant so many tools stay, those used last', async (t) => {
    const { toolUses } = await openWithTenants(open, t);
    const most = limits.learntToolsPerTenantMax;
    const uses = Array.from({ length: most + 1 }, (_, at) =>
      useOf({ tool: `tool-${at}`, atMs: 100 + at }),
    );
    for (let at = 0; at < uses.length; at += limits.toolUsesWrittenMax) {
      await toolUses.add(A, uses.slice(at, at + limits.toolUsesWrittenMax));
    }
    const kept = await toolUses.uses(A, 0);
    assert.equal(kept.length, most);
    assert.equal(kept[0]?.tool, 'tool-1');
  });
}

function listedUses(open: OpenEmpty): void {
  test('uses are listed without names, page by page, and cleared in parts', async (t) => {
    const { toolUses, members } = await openWithTenants(open, t);
    await members.add(A, memberOf(A, 'usr_2', 'viewer'), accountOf('usr_2'));
    await toolUses.add(A, [
      useOf(),
      useOf({ subject: { kind: 'user', id: 'usr_2' }, atMs: 300 }),
      useOf({ tool: 'delete' }),
      useOf({ serviceId: 'svc_2' }),
    ]);
    await toolUses.add(B, [useOf({ subject: { kind: 'user', id: `usr_owner_${B}` } })]);
    const { subject: _subject, atMs: _atMs, ...shown } = useOf();
    const all = [
      { ...shown, subjects: 2, lastAtMs: 300 },
      { ...shown, tool: 'delete', subjects: 1, lastAtMs: 100 },
      { ...shown, serviceId: 'svc_2', subjects: 1, lastAtMs: 100 },
    ];
    assert.deepEqual(await toolUses.list(A, { rowsMax: 10 }), all);
    const [first] = await toolUses.list(A, { rowsMax: 1 });
    assert.deepEqual(first, all[0]);
    assert.deepEqual(await toolUses.list(A, { rowsMax: 10, after: first }), all.slice(1));
    assert.deepEqual(await toolUses.list(A, { rowsMax: 10, serviceId: 'svc_2' }), [all[2]]);
    assert.deepEqual(await toolUses.list(A, { rowsMax: 10, tool: 'delete' }), [all[1]]);
    assert.equal(await toolUses.clear(A, { serviceId: 'svc_1', tool: 'create' }), 2);
    assert.deepEqual(await toolUses.list(A, { rowsMax: 10 }), all.slice(1));
    assert.equal(await toolUses.clear(A, { serviceId: 'svc_2' }), 1);
    assert.equal(await toolUses.clear(A, {}), 1);
    assert.equal((await toolUses.list(B, { rowsMax: 10 })).length, 1, 'of another tenant');
  });
}

function goneUses(open: OpenEmpty): void {
  test('uses go with their service, and when they are old, by who holds the job', async (t) => {
    const { toolUses, services, leases } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(A, 'svc_1'));
    await toolUses.add(A, [useOf(), useOf({ serviceId: 'svc_2' })]);
    await services.delete(A, 'svc_1', undefined);
    assert.deepEqual(await toolUses.uses(A, 0), [useOf({ serviceId: 'svc_2' })]);
    const job = 'tool-uses.expire';
    const lease = await leases.acquire(job, 'node', 60_000);
    assert.ok(lease !== undefined);
    const wrong = { job, number: lease.number + 1 };
    assert.equal(await toolUses.deleteExpired(100, wrong), true, 'nothing is that old');
    assert.equal(await toolUses.deleteExpired(101, wrong), false);
    assert.equal((await toolUses.uses(A, 0)).length, 1);
    assert.equal(await toolUses.deleteExpired(101, { job, number: lease.number }), true);
    assert.deepEqual(await toolUses.uses(A, 0), []);
  });

  test('uses go with the person, and none come after', async (t) => {
    const { toolUses, members, privacy } = await openWithTenants(open, t);
    await members.add(A, memberOf(A, 'usr_2', 'viewer'), accountOf('usr_2'));
    const use = useOf({ subject: { kind: 'user', id: 'usr_2' } });
    await toolUses.add(A, [use, useOf()]);
    const request = { userId: 'usr_2', tenant: A, isOrphanMeant: false, isDryRun: false };
    const erasure = await privacy.erase(request);
    assert.equal(erasure?.tenants[0]?.rows.toolUses, 1);
    await toolUses.add(A, [use]);
    assert.deepEqual(await toolUses.uses(A, 0), [useOf()]);
  });
}

function settings(open: OpenEmpty): void {
  test('a tenant says whether it learns', async (t) => {
    const { toolUses } = await openWithTenants(open, t);
    assert.deepEqual(await toolUses.setting(A), { learns: true, version: 0 });
    await assert.rejects(toolUses.putSetting(A, false, 1), { code: 'conflict' });
    assert.deepEqual(await toolUses.putSetting(A, false, 0), { learns: false, version: 1 });
    assert.deepEqual(await toolUses.setting(B), { learns: true, version: 0 });
    await toolUses.add(A, [useOf()]);
    assert.deepEqual(await toolUses.uses(A, 0), []);
    assert.deepEqual(await toolUses.putSetting(A, true, undefined), { learns: true, version: 2 });
    await toolUses.add(A, [useOf()]);
    assert.equal((await toolUses.uses(A, 0)).length, 1);
  });
}

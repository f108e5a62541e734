import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Approval } from '../../../src/gateway/approvals/store.ts';
import type { StoredGuardRule } from '../../../src/policy/guardrails/store.ts';
import { A, B, openWithTenants, serviceOf, type OpenEmpty } from './fixtures.ts';

const [OLD, NEW, THIRD] = ['a', 'b', 'c'].map((one) => one.repeat(64)) as [string, string, string];
const seen = (tool: string, hash: string, accept: boolean) => ({
  tool,
  hash,
  definition: `{"name":"${tool}","hash":"${hash}"}`,
  accept,
});

const ruleOf = (id: string, change: Partial<StoredGuardRule> = {}): StoredGuardRule => ({
  id,
  tenant: A,
  kind: 'guardrail',
  name: `name of ${id}`,
  enabled: true,
  rule: { where: 'results', detector: { kind: 'secrets' }, action: 'redact' },
  sealedSecret: null,
  createdAtMs: 1,
  updatedAtMs: 1,
  version: 1,
  ...change,
});

const approvalOf = (id: string, change: Partial<Approval> = {}): Approval => ({
  id,
  tenant: A,
  binding: 'binding',
  state: 'waiting',
  ruleId: 'arl_1',
  serviceId: 'svc_1',
  serviceSlug: 'one',
  tool: 'send',
  sealedArguments: 'sealed',
  subjectId: 'usr_1',
  grantId: 'key_1',
  actor: null,
  selfApproval: false,
  createdAtMs: 100,
  expiresAtMs: 200,
  decidedAtMs: null,
  decidedBy: null,
  reason: null,
  workId: null,
  ...change,
});

/** What pins, guardrails and approvals must do on every engine. */
export function guardContract(open: OpenEmpty): void {
  pinContract(open);
  servicePolicyContract(open);
  ruleContract(open);
  approvalContract(open);
}

function pinContract(open: OpenEmpty): void {
  test('definitions are pinned, held back, approved and rejected per tenant', async (t) => {
    const { services, pins, versions } = await openWithTenants(open, t);
    const version = async () =>
      (await versions.list()).find((one) => one.domain === 'services' && one.tenant === A)?.version;
    await pins.observe(A, 'svc_1', [seen('read', OLD, true)], 1, true);
    assert.deepEqual(await pins.list(A, 'svc_1'), [], 'nothing of a service that is not stored');
    await services.insert(A, serviceOf(A, 'svc_1'));
    const before = await version();
    await pins.observe(A, 'svc_1', [seen('read', OLD, true), seen('write', OLD, false)], 2, true);
    assert.equal(await version(), before, 'a first sight is no news');
    await pins.observe(A, 'svc_1', [seen('late', OLD, true)], 3, true);
    const [read, write, ...others] = await pins.list(A, 'svc_1');
    assert.deepEqual(others, [], 'a first sight happens once');
    assert.deepEqual([read?.hash, read?.pending, read?.pinnedAtMs], [OLD, null, 2]);
    assert.deepEqual([write?.hash, write?.pending?.hash], [null, OLD]);
    await pins.observe(A, 'svc_1', [seen('read', NEW, false)], 4, false);
    assert.ok(Number(await version()) > Number(before), 'others are told');
    const [held] = await pins.list(A, 'svc_1');
    assert.deepEqual([held?.hash, held?.pending?.state], [OLD, 'waiting']);

    const by = 'usr_9';
    const decide = (tenant: typeof A, hash: string, verdict: 'approve' | 'reject') =>
      pins.decide(tenant, 'svc_1', { tool: 'read', hash, verdict, by, atMs: 5 });
    assert.equal(await decide(A, THIRD, 'approve'), undefined, 'nobody looked at that one');
    assert.equal(await decide(B, NEW, 'approve'), undefined);
    const rejected = await decide(A, NEW, 'reject');
    assert.deepEqual([rejected?.pending?.state, rejected?.pending?.by], ['rejected', by]);
    const approved = await decide(A, NEW, 'approve');
    assert.deepEqual([approved?.hash, approved?.previousHash], [NEW, OLD]);
    assert.deepEqual([approved?.pinnedBy, approved?.pending], [by, null]);
    assert.equal(approved?.previousDefinition, seen('read', OLD, true).definition);
    await pins.observe(A, 'svc_1', [seen('read', THIRD, true)], 6, false);
    const [taken] = await pins.list(A, 'svc_1');
    assert.deepEqual([taken?.hash, taken?.previousHash, taken?.pinnedBy], [THIRD, NEW, null]);
    const stamps = await pins.stamps(A);
    assert.deepEqual(
      stamps.map((one) => [one.tool, one.hash, one.pendingHash]),
      [
        ['read', THIRD, null],
        ['write', null, OLD],
      ],
    );
    assert.deepEqual(await pins.stamps(B), []);
    await services.delete(A, 'svc_1');
    assert.deepEqual(await pins.list(A, 'svc_1'), [], 'pins go with their service');
  });
}

function servicePolicyContract(open: OpenEmpty): void {
  test("a service's policy is kept, and absent when it only announces", async (t) => {
    const { services } = await openWithTenants(open, t);
    await services.insert(A, { ...serviceOf(A, 'svc_1'), definitions: 'quarantine' });
    assert.equal((await services.get(A, 'svc_1'))?.definitions, 'quarantine');
    const changed = await services.update(A, 'svc_1', { title: 'x', updatedAtMs: 9 });
    assert.equal(changed?.definitions, 'quarantine');
    await services.update(A, 'svc_1', { definitions: 'announce', updatedAtMs: 9 });
    const announcing = await services.get(A, 'svc_1');
    assert.ok(announcing !== undefined && !('definitions' in announcing));
  });

  test('trust in a service is kept through changes, and absent where there is none', async (t) => {
    const { services } = await openWithTenants(open, t);
    await services.insert(A, serviceOf(A, 'svc_1'));
    await services.insert(A, { ...serviceOf(A, 'svc_2'), trust: 'trusted' });
    const list = await services.list(A);
    assert.deepEqual(
      list.map(({ trust }) => trust),
      [undefined, 'trusted'],
    );
    const given = await services.update(A, 'svc_1', { trust: 'trusted', updatedAtMs: 9 });
    assert.equal(given?.trust, 'trusted');
    const changed = await services.update(A, 'svc_1', { title: 'x', updatedAtMs: 9 });
    assert.deepEqual([changed?.trust, changed?.version], ['trusted', 3]);
    assert.deepEqual(await services.get(A, 'svc_1'), changed);
    await services.update(A, 'svc_1', { trust: 'untrusted', updatedAtMs: 9 });
    const taken = await services.get(A, 'svc_1');
    assert.ok(taken !== undefined && !('trust' in taken));
  });
}

function ruleContract(open: OpenEmpty): void {
  test('guard rules are kept per tenant and kind, with versions', async (t) => {
    const { guardRules, versions } = await openWithTenants(open, t);
    const rule = ruleOf('grd_1', { sealedSecret: 'sealed' });
    await guardRules.insert(A, rule);
    await guardRules.insert(
      A,
      ruleOf('arl_1', { kind: 'approval', name: rule.name, enabled: false }),
    );
    const taken = guardRules.insert(A, ruleOf('grd_2', { name: rule.name }));
    await assert.rejects(taken, { code: 'conflict' });
    const own = (await guardRules.list(A)).find(({ id }) => id === 'grd_1');
    assert.deepEqual(own, rule);
    assert.deepEqual(await guardRules.list(B), []);
    const update = { enabled: false, updatedAtMs: 7 };
    assert.equal(await guardRules.update(A, 'approval', 'grd_1', update), undefined);
    assert.equal(await guardRules.update(B, 'guardrail', 'grd_1', update), undefined);
    const stale = guardRules.update(A, 'guardrail', 'grd_1', { ...update, ifVersion: 2 });
    await assert.rejects(stale, { code: 'conflict' });
    const after = await guardRules.update(A, 'guardrail', 'grd_1', { ...update, ifVersion: 1 });
    assert.deepEqual(after, { ...rule, ...update, version: 2 });
    assert.equal(await guardRules.delete(A, 'approval', 'grd_1'), false);
    assert.equal(await guardRules.delete(A, 'guardrail', 'grd_1', 2), true);
    assert.equal((await guardRules.list(A)).length, 1);
    const counted = (await versions.list()).find(({ domain }) => domain === 'guardrails');
    assert.equal(counted?.version, 4);
  });
}

function approvalContract(open: OpenEmpty): void {
  test('one call has one approval, which is decided once and used once', async (t) => {
    const { approvals } = await openWithTenants(open, t);
    const first = approvalOf('apr_1');
    assert.deepEqual(await approvals.request(A, first, 2), first);
    assert.deepEqual(await approvals.request(A, approvalOf('apr_2'), 2), first, 'the same call');
    assert.equal((await approvals.request(B, approvalOf('apr_3'), 2)).id, 'apr_3');
    await approvals.request(A, approvalOf('apr_4', { binding: 'other' }), 2);
    const third = approvals.request(A, approvalOf('apr_5', { binding: 'third' }), 2);
    await assert.rejects(third, { code: 'too_many' });

    const use = { binding: 'binding', workId: 'use_1', atMs: 160 };
    assert.equal(await approvals.use(A, 'apr_1', use), false, 'it waits');
    const decision = { verdict: 'approved', by: 'usr_2', reason: 'fine', atMs: 150 } as const;
    assert.equal(await approvals.decide(B, 'apr_1', decision), undefined);
    const late = { ...decision, atMs: 200 };
    assert.equal(await approvals.decide(A, 'apr_1', late), undefined, 'its time is over');
    const approved = await approvals.decide(A, 'apr_1', decision);
    assert.deepEqual(
      [approved?.state, approved?.decidedBy, approved?.reason],
      ['approved', 'usr_2', 'fine'],
    );
    const second = approvals.decide(A, 'apr_1', { ...decision, verdict: 'denied' });
    assert.equal(await second, undefined, 'it is decided');
    assert.equal(await approvals.use(A, 'apr_1', { ...use, binding: 'other' }), false);
    assert.equal(await approvals.use(A, 'apr_1', { ...use, atMs: 200 }), false);
    const uses = await Promise.all([1, 2, 3].map(() => approvals.use(A, 'apr_1', use)));
    assert.equal(uses.filter(Boolean).length, 1);
    assert.equal((await approvals.get(A, 'apr_1'))?.workId, 'use_1');
    assert.equal(await approvals.get(B, 'apr_1'), undefined);
    const again = await approvals.request(A, approvalOf('apr_6'), 9);
    assert.equal(again.id, 'apr_6', 'a used one serves no other call');
  });

  test('approvals are listed by what they are now, and deleted when they are old', async (t) => {
    const { approvals, leases } = await openWithTenants(open, t);
    for (const [id, change] of [
      ['apr_1', { binding: 'one' }],
      ['apr_2', { binding: 'two' }],
      ['apr_3', { binding: 'three', expiresAtMs: 120 }],
    ] as const) {
      await approvals.request(A, approvalOf(id, change), 9);
    }
    await approvals.decide(A, 'apr_2', { verdict: 'denied', by: 'u', reason: null, atMs: 101 });
    const ids = async (state?: Approval['state'], nowMs = 150) =>
      (await approvals.list(A, { state, nowMs, rowsMax: 9 })).map(({ id }) => id);
    assert.deepEqual(await ids(), ['apr_3', 'apr_2', 'apr_1']);
    assert.deepEqual(await ids('waiting'), ['apr_1']);
    assert.deepEqual(await ids('denied'), ['apr_3', 'apr_2']);
    assert.deepEqual(await ids('denied', 200), ['apr_3', 'apr_2', 'apr_1']);
    assert.equal(await approvals.noteRound(A, 'h', 300), true);
    assert.equal(await approvals.noteRound(A, 'h', 300), false);
    assert.equal(await approvals.noteRound(B, 'h', 300), true);
    const lease = await leases.acquire('approvals.expire', 'node', 60_000);
    assert.ok(lease !== undefined);
    const before = { approvalsMs: 150, roundsMs: 300 };
    const wrong = { job: 'approvals.expire', number: lease.number + 1 };
    assert.equal(await approvals.deleteAllExpired(before, wrong), false);
    const fence = { job: 'approvals.expire', number: lease.number };
    assert.equal(await approvals.deleteAllExpired(before, fence), true);
    assert.deepEqual(await ids(), ['apr_2', 'apr_1']);
    assert.equal(await approvals.noteRound(A, 'h', 300), true);
  });
}

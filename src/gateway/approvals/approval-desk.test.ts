import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { Seal } from '../../kernel/seal.ts';
import type { ApprovalRule } from '../../policy/guardrails/guard-rule.ts';
import { ApprovalDesk, stateOf, type CallToApprove } from './approval-desk.ts';
import type { ApprovalNotice } from './approval-notices.ts';
import type { Approval, ApprovalStore } from './store.ts';

const NOW_MS = 1_000;
const principal = testPrincipal();

function deskOf() {
  const kept: Approval[] = [];
  const bounds: number[] = [];
  const notices: ApprovalNotice[] = [];
  const bus = new MemoryBus();
  let asked = 0;
  const store = {
    request: (_: unknown, approval: Approval, waitingMax: number) => {
      bounds.push(waitingMax);
      kept.push(approval);
      return Promise.resolve(approval);
    },
    get: () => {
      asked++;
      return Promise.resolve(kept[0]);
    },
  } as unknown as ApprovalStore;
  const desk = new ApprovalDesk({
    store,
    seal: new Seal([{ id: 'k', secret: Buffer.alloc(32) }], 'approval'),
    ids: new IdSource(),
    bus,
    notifiers: [{ notify: (notice) => Promise.resolve(void notices.push(notice)) }],
    now: () => NOW_MS,
  });
  return { desk, kept, bounds, notices, asked: () => asked };
}

function callOf(text: string, rule: ApprovalRule = {}): CallToApprove {
  return {
    principal,
    binding: 'binding',
    rule: { id: 'arl_1', name: 'one', rule, sealedSecret: null, concerns: () => true },
    serviceId: 'svc_1',
    serviceSlug: 'one',
    tool: 'send',
    arguments: { text },
  };
}

test('a call is kept with its arguments sealed, and approvers are told their names', async () => {
  const { desk, kept, bounds, notices } = deskOf();
  const approval = await desk.request(callOf('confidential'));
  assert.equal(approval.expiresAtMs, NOW_MS + limits.approvalLifeMs);
  assert.deepEqual(bounds, [limits.approvalsWaitingMax]);
  assert.ok(!JSON.stringify(kept).includes('confidential'));
  assert.deepEqual(notices[0]?.argumentNames, ['text']);
  const { arguments: shown } = await desk.show(principal.tenant, approval.id);
  assert.deepEqual(shown, { text: 'confidential' });
  await desk.request(callOf('x', { ask: 'caller', lifeMs: 5 }));
  assert.equal(notices.length, 1, 'nobody else is asked');
  assert.equal(kept[1]?.expiresAtMs, NOW_MS + 5);
});

test('arguments that nobody could read through are refused', async () => {
  const { desk } = deskOf();
  const around = JSON.stringify({ text: '' }).length;
  const most = limits.approvalArgumentsBytesMax - around;
  await desk.request(callOf('x'.repeat(most)));
  await assert.rejects(desk.request(callOf('x'.repeat(most + 1))), { code: 'approval_denied' });
});

test('what nobody decided or used in time is denied', async () => {
  const { desk } = deskOf();
  const approval = await desk.request(callOf('x'));
  const end = approval.expiresAtMs;
  assert.equal(stateOf(approval, end - 1), 'waiting');
  assert.equal(stateOf(approval, end), 'denied');
  assert.equal(stateOf({ ...approval, state: 'approved' }, end), 'denied');
  assert.equal(stateOf({ ...approval, state: 'used' }, end), 'used');
});

test('a decision on another instance is noticed even when no hint of it comes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { desk, kept, asked } = deskOf();
  const approval = await desk.request(callOf('x'));
  const waiting = desk.wait(approval, 20_000, new Cancellation());
  await tick(t, limits.approvalPollMs - 1);
  assert.equal(asked(), 0);
  kept[0] = { ...approval, state: 'approved' };
  await tick(t, 1);
  assert.equal((await waiting).state, 'approved');
});

test('whoever called does not approve it, and is told so', async () => {
  const { desk } = deskOf();
  const { id } = await desk.request(callOf('x'));
  await assert.rejects(desk.decide(principal, id, true, null), { code: 'forbidden' });
  const sameUser = testPrincipal({ grant: 'key_2' });
  await assert.rejects(desk.decide(sameUser, id, true, null), { code: 'forbidden' });
});

async function tick(t: TestContext, ms: number): Promise<void> {
  t.mock.timers.tick(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

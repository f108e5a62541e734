import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import type { ConnectedService } from '../../identity/vault/connected-service.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { limits } from '../../kernel/limits.ts';
import { ConnectionNeeded } from '../../kernel/oauth/upstream-oauth.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { createUserConnections } from './user-connections.ts';

const user = testPrincipal();
const settle = () => new Promise((resolve) => setImmediate(resolve));

function world(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000 });
  const state = { account: 'con_1' };
  const service = {} as unknown as ConnectedService;
  const connections = createUserConnections(
    (_tenant, id) => (id === 'svc_1' ? service : undefined),
    { begin: () => Promise.resolve({ url: 'https://gw.example/connect/x', expiresAtMs: 1 }) },
    { account: () => Promise.resolve(state.account) },
  );
  const cancellation = new Cancellation();
  const io = { cancellation, deadlineMs: 10_000_000 } as unknown as ExchangeIo;
  const waiting = { isOver: false };
  const wait = (more: Partial<ExchangeIo> = {}): void => {
    void connections.waitForChange(user, 'svc_1', 'con_1', { ...io, ...more }).then(() => {
      waiting.isOver = true;
    });
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 250) {
      t.mock.timers.tick(Math.min(250, ms - passed));
      await settle();
    }
  };
  return { connections, state, cancellation, waiting, wait, pass };
}

describe('a request that waits for its user to connect', () => {
  test('goes on when the account is another', async (t) => {
    const { state, waiting, wait, pass } = world(t);
    wait();
    await pass(1_000);
    assert.equal(waiting.isOver, false);
    state.account = 'con_2';
    await pass(250);
    assert.equal(waiting.isOver, true);
  });

  test('waits for connectWaitMs, and not longer', async (t) => {
    const { waiting, wait, pass } = world(t);
    wait();
    await pass(limits.connectWaitMs - 1);
    assert.equal(waiting.isOver, false);
    await pass(250);
    assert.equal(waiting.isOver, true);
  });

  test('ends with its exchange', async (t) => {
    const { cancellation, waiting, wait, pass } = world(t);
    wait();
    await pass(500);
    cancellation.cancel('cancelled');
    await settle();
    await settle();
    assert.equal(waiting.isOver, true);
    waiting.isOver = false;
    wait({ cancellation: new Cancellation(), deadlineMs: Date.now() + 3_000 });
    await pass(1_250);
    assert.equal(waiting.isOver, true);
  });

  test('of a service that is gone has no way to connect', async (t) => {
    const { connections } = world(t);
    const need = new ConnectionNeeded('needed');
    await assert.rejects(connections.begin(user, 'svc_2', need), need);
    assert.equal(await connections.account(user, 'svc_2'), '');
  });
});

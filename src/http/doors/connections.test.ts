import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { testPrincipal } from '../../../test/support/test-principal.ts';
import { Conversation } from '../../gateway/calls/conversation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Principal } from '../../kernel/principal.ts';
import { Connections, type Connection } from './connections.ts';

const principal = testPrincipal({ role: 'developer' });

function connection(
  heardAtMs: number,
  admit: () => Principal = () => principal,
): Connection & { readonly events: string[] } {
  const events: string[] = [];
  const conversation = new Conversation(
    {
      gateway: { handle: () => Promise.reject(new GatewayError('internal')) },
      endpoint: { kind: 'all' },
      admit,
      sessionId: null,
      log: silentLog,
      ids: new IdSource(),
    },
    { send: () => undefined, message: () => undefined },
  );
  return {
    events,
    principal,
    admit,
    conversation,
    heardAtMs,
    ping: () => {
      events.push('ping');
      return true;
    },
    end: (reason) => events.push(reason),
    drop: () => events.push('drop'),
  };
}

function start(context: TestContext, admit?: () => Principal) {
  context.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  const connections = new Connections();
  const one = connection(Date.now(), admit);
  connections.add(one);
  return { connections, one, tick: (ms: number) => context.mock.timers.tick(ms) };
}

describe('connections', () => {
  test('give a sign of life every connectionPingMs', (context) => {
    const { connections, one, tick } = start(context);
    tick(limits.connectionPingMs - 1);
    assert.deepEqual(one.events, []);
    tick(1);
    assert.deepEqual(one.events, ['ping']);
    connections[Symbol.dispose]();
    assert.deepEqual(one.events, ['ping', 'drop']);
  });

  test('end once they were unused for more than connectionIdleMs', (context) => {
    const { connections, one, tick } = start(context);
    tick(limits.connectionIdleMs);
    assert.ok(!one.events.includes('idle'));
    tick(limits.connectionPingMs);
    assert.equal(one.events.at(-1), 'idle');
    connections[Symbol.dispose]();
  });

  test('survive a store that cannot say whether their key is good', async (context) => {
    const { connections, one, tick } = start(context, () => {
      throw new GatewayError('storage_unavailable');
    });
    tick(limits.connectionPingMs);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(one.events, ['ping']);
    connections[Symbol.dispose]();
  });

  test('end when their token stands for another key, or for none', async (context) => {
    const { connections, one, tick } = start(context, () => ({
      ...principal,
      grantId: 'key_2',
    }));
    tick(limits.connectionPingMs);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(one.events, ['ping', 'credential_ended']);
    connections[Symbol.dispose]();
  });

  test('are counted per key until they are removed', (context) => {
    const { connections, one } = start(context);
    for (let count = 1; count < limits.connectionsPerCredentialMax; count++) {
      connections.checkRoom(principal);
      connections.add(connection(0));
    }
    assert.throws(() => connections.checkRoom(principal), { code: 'too_many' });
    connections.remove(one);
    connections.remove(one);
    connections.checkRoom(principal);
    assert.equal(connections.size, limits.connectionsPerCredentialMax - 1);
    connections[Symbol.dispose]();
  });
});

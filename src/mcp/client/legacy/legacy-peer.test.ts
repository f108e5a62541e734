import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeLegacyServer } from '../../../../test/support/mcp-client/fake-legacy-server.ts';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { LegacyPeer } from './legacy-peer.ts';

const noEvents = {
  notified: () => undefined,
  asked: () => {},
  forgotten: () => {},
  closed: () => {},
};

describe('LegacyPeer', () => {
  it('gives up its own requests after their time, and everything when it is closed', async () => {
    const server = new FakeLegacyServer(() => undefined);
    const peer = new LegacyPeer(noEvents);
    await peer.connect(server.transport().open);
    for (const timeoutMs of [limits.sessionChoreMs, limits.sessionOpenMs]) {
      const startedMs = Date.now();
      await assert.rejects(peer.sendAndWait('x', {}, timeoutMs / 1_000), {
        code: 'upstream_timeout',
      });
      assert.ok(Date.now() - startedMs >= timeoutMs / 1_000 - 2);
    }
    const pending = peer.sendAndWait('y', {}, limits.sessionChoreMs);
    const closed = assert.rejects(pending, { code: 'shutting_down' });
    await peer.close(new GatewayError('shutting_down'));
    await closed;
    await assert.rejects(peer.sendAndWait('z', {}, 1_000), { code: 'shutting_down' });
    assert.deepEqual(
      server.sessions[0]?.got.map(({ method }) => method),
      ['x', 'x', 'y'],
    );
  });

  it('takes an error without an id for the request whose stream it came on', async () => {
    const server = new FakeLegacyServer(() => undefined);
    const peer = new LegacyPeer(noEvents);
    await peer.connect(server.transport().open);
    const pending = peer.sendAndWait('x', {}, 1_000);
    await server.sessions[0]?.say({ id: null, error: { code: -32600, message: 'bad' } }, 1);
    await assert.rejects(pending, RpcError);
    const unrelated = peer.sendAndWait('x', {}, 1_000);
    await server.sessions[0]?.say({ id: null, error: { code: -32600, message: 'bad' } });
    await server.sessions[0]?.say({ id: 2, result: {} });
    await unrelated;
  });
});

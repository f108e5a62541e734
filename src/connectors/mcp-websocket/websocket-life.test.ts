import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { testIo, toolCall, toolText } from '../../../test/support/mcp-stdio/harness.ts';
import { openSocket } from '../../../test/support/mcp-websocket/open-socket.ts';
import { startSdkServer } from '../../../test/support/mcp-websocket/sdk-server.ts';
import { startSocketServer } from '../../../test/support/mcp-websocket/socket-server.ts';
import { until } from '../../../test/support/until.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { webSocketConfig } from './websocket-config.ts';
import { callerOf } from '../../upstream/upstream.ts';

const never = new AbortController().signal;

/** A legacy server of two methods; `probed` answers the question for its era. */
function serveLegacy(probed: (socket: WebSocket, id: unknown) => void) {
  return (socket: WebSocket): void => {
    const send = (message: object): void =>
      socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
    socket.on('message', (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString('utf8')) as JsonObject;
      if (method === 'server/discover') probed(socket, id);
      if (method === 'initialize') {
        const serverInfo = { name: 'old', version: '1' };
        send({ id, result: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo } });
      }
      if (method === 'tools/call') {
        const text = JSON.stringify((params as JsonObject)['arguments']);
        send({ id, result: { content: [{ type: 'text', text }] } });
      }
    });
  };
}

describe('a legacy server over WebSocket', () => {
  const reactions = {
    'refuses the question for its era': (socket: WebSocket, id: unknown) => {
      const error = { code: -32601, message: 'Method not found' };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }));
    },
    'hangs up on it': (socket: WebSocket) => socket.close(1002, 'what?'),
    'ignores it': () => {},
  };
  for (const [reaction, probed] of Object.entries(reactions)) {
    it(`that ${reaction} is served as one`, async () => {
      await using server = await startSocketServer(serveLegacy(probed));
      await using opened = await openSocket(server.url, { times: { probeMs: 50 } });
      const found = await opened.upstream.discover(never);
      assert.equal(found.era, 'legacy');
      assert.equal(found.protocolVersion, '2024-11-05');
      const echoed = await opened.upstream.request(toolCall('echo', { a: 1 }), testIo());
      assert.equal(toolText(echoed), '{"a":1}');
    });
  }

  it('is asked again when the verdict that it is legacy is old', async () => {
    for (const [verdictMs, asked] of [
      [limits.eraVerdictMs, 1],
      [1, 2],
    ] as const) {
      let questions = 0;
      const serve = serveLegacy((socket) => {
        questions++;
        socket.close();
      });
      await using server = await startSocketServer(serve);
      await using opened = await openSocket(server.url, { times: { verdictMs } });
      await opened.upstream.discover(never);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await opened.upstream.discover(never).catch(() => {});
      assert.equal(questions, asked);
    }
  });

  it('gets a socket for each caller, with the configured headers', async () => {
    await using server = await startSocketServer(serveLegacy(() => {}));
    await using opened = await openSocket(server.url, {
      config: { era: 'legacy', headers: { 'X-Key': 'k-${KEY}' } },
      secrets: { KEY: '77' },
    });
    const other = { ...toolCall('echo'), caller: callerOf('t', 'other') };
    await Promise.all(
      [toolCall('echo'), toolCall('echo'), other].map((one) =>
        opened.upstream.request(one, testIo()),
      ),
    );
    assert.equal(server.handshakes.length, 2);
    for (const headers of server.handshakes) {
      assert.equal(headers['x-key'], 'k-77');
      assert.equal(headers['sec-websocket-extensions'], undefined, 'nothing is compressed');
      assert.equal(headers['sec-websocket-protocol'], 'mcp');
    }
  });
});

for (const era of ['modern', 'legacy'] as const) {
  describe(`a socket that breaks, ${era}`, () => {
    it('fails its calls at once and is opened again, without the service being lost', async () => {
      await using server = await startSdkServer();
      await using opened = await openSocket(server.url, { config: { era } });
      const { upstream } = opened;
      await upstream.discover(never);
      const hanging = upstream.request(toolCall('hang'), testIo());
      await until(() => server.begun.length === 1);
      const brokeAtMs = performance.now();
      for (const socket of server.sockets) socket.terminate();
      await assert.rejects(hanging, { code: 'upstream_failed' });
      assert.ok(performance.now() - brokeAtMs < 2_000, 'at once');
      await until(() => server.sockets.size > 0);
      assert.equal(toolText(await upstream.request(toolCall('echo', { a: 'x' }), testIo())), 'x');
      assert.deepEqual(
        opened.changes.filter(({ kind }) => kind === 'lost'),
        [],
      );
    });

    it('is reported as lost when it cannot be opened again, and attempts are spaced', async () => {
      await using server = await startSdkServer();
      await using opened = await openSocket(server.url, { config: { era } });
      const { upstream } = opened;
      await upstream.discover(never);
      server.refuseWith = 503;
      for (const socket of server.sockets) socket.terminate();
      await until(() => opened.changes.some(({ kind }) => kind === 'lost'));
      const attempts = server.handshakes.length;
      const request = () => upstream.request(toolCall('echo', { a: 'x' }), testIo());
      for (let count = 0; count < 5; count++) {
        await assert.rejects(request(), { code: 'upstream_unavailable' });
      }
      assert.ok(server.handshakes.length <= attempts + 1, 'most are not even tried');
      server.refuseWith = undefined;
      await new Promise((resolve) => setTimeout(resolve, limits.streamRetryMsMin));
      assert.equal(toolText(await request()), 'x');
    });
  });
}

describe('a WebSocket service', () => {
  it('whose server shows no sign of life is cut, one that answers pings is kept', async () => {
    const serve = serveLegacy(() => {});
    await using dead = await startSocketServer(serve, { autoPong: false });
    await using alive = await startSocketServer(serve);
    const options = { config: { era: 'legacy' }, times: { pingMs: 1_000 } };
    await using mute = await openSocket(dead.url, options);
    await using fine = await openSocket(alive.url, options);
    await Promise.all([mute, fine].map(({ upstream }) => upstream.discover(never)));
    await until(() => dead.handshakes.length > 1);
    assert.equal(alive.handshakes.length, 1);
  });

  it('says why the handshake failed', async () => {
    await using server = await startSdkServer();
    await using opened = await openSocket(server.url);
    server.refuseWith = 401;
    const message = "The service refused the gateway's credentials.";
    await assert.rejects(opened.upstream.discover(never), { code: 'upstream_failed', message });
  });

  it('that chooses no subprotocol is reached without one', async () => {
    const serve = serveLegacy(() => {});
    await using server = await startSocketServer(serve, { hasProtocol: false });
    await using strict = await openSocket(server.url, { config: { era: 'legacy' } });
    await assert.rejects(strict.upstream.discover(never), { code: 'upstream_failed' });
    await using plain = await openSocket(server.url, { config: { era: 'legacy', protocols: [] } });
    assert.equal((await plain.upstream.discover(never)).era, 'legacy');
  });

  it('that sends too much at once, bytes or nonsense loses the socket or the message', async () => {
    let serving: WebSocket | undefined;
    const serve = serveLegacy(() => {});
    await using server = await startSocketServer((socket) => {
      serving = socket;
      serve(socket);
    });
    await using opened = await openSocket(server.url, { config: { era: 'legacy' } });
    const { upstream } = opened;
    await upstream.discover(never);
    for (const junk of ['nonsense', '{"jsonrpc":"2.0"}', '[1]', 'null']) serving?.send(junk);
    assert.equal(toolText(await upstream.request(toolCall('echo', { a: 1 }), testIo())), '{"a":1}');
    const exact = `"${'x'.repeat(limits.upstreamEventBytesMax - 2)}"`;
    serving?.send(exact);
    assert.equal(toolText(await upstream.request(toolCall('echo', { a: 2 }), testIo())), '{"a":2}');
    for (const fatal of [`${exact} `, Buffer.of(1)]) {
      const socket = serving as WebSocket;
      socket.send(fatal);
      await until(() => socket.readyState === socket.CLOSED);
      const again = await upstream.request(toolCall('echo', { a: 3 }), testIo());
      assert.equal(toolText(again), '{"a":3}');
      assert.notEqual(serving, socket);
      await new Promise((resolve) => setTimeout(resolve, limits.streamRetryMsMin));
    }
  });

  it('has a configuration that takes what it says', () => {
    const refused = [
      { url: 'https://h/' },
      { url: 'ws://u:p@h/' },
      { url: 'ws://h/#x' },
      { url: 'ws://h/', headers: { 'Sec-WebSocket-Key': 'x' } },
      { url: 'ws://h/', headers: { Upgrade: 'x' } },
      { url: 'ws://h/', protocols: ['a b'] },
      { url: 'ws://h/', protocols: ['a', 'a'] },
      { url: 'ws://h/', other: 1 },
    ];
    for (const config of refused) {
      assert.throws(
        () => void webSocketConfig.parse(config),
        `${JSON.stringify(config)} was taken`,
      );
    }
    const taken = webSocketConfig.parse({
      url: 'wss://h/mcp',
      headers: { Authorization: 'Bearer ${T}' },
    });
    assert.deepEqual(taken, {
      url: 'wss://h/mcp',
      headers: { Authorization: 'Bearer ${T}' },
      protocols: ['mcp'],
      era: 'auto',
    });
  });
});

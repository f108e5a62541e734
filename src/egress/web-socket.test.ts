import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { Cancellation } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import { HttpEgress } from './http-egress.ts';

interface Peer extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
}

async function startPeer(serve: (socket: WebSocket) => void): Promise<Peer> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  sockets.on('connection', serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/feed`,
    origin: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const open = (policy: readonly string[]): HttpEgress =>
  new HttpEgress({ policy: { allowHosts: policy } });

async function all(texts: AsyncIterable<Buffer>): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const text of texts) seen.push(text.toString('utf8'));
  return seen;
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof GatewayError && error.code === code;

describe('a WebSocket through the guarded door', () => {
  test('carries texts both ways and reports how it was closed', async () => {
    await using peer = await startPeer((socket) => {
      socket.on('message', (data: Buffer) => {
        socket.send(`echo ${data.toString()}`);
        socket.close(4001, 'enough');
      });
    });
    await using egress = open([peer.origin]);
    const headers = { authorization: 'Bearer t' };
    const socket = await egress.openWebSocket({
      url: peer.url,
      protocols: ['one', 'two'],
      headers,
    });
    assert.equal(socket.protocol, 'one');
    socket.send('hello');
    assert.deepEqual(await all(socket.messages()), ['echo hello']);
    assert.deepEqual(socket.closed, { code: 4001, reason: 'enough' });
    socket.close();
  });

  test('is refused where a request would be', async () => {
    let connections = 0;
    await using peer = await startPeer(() => (connections += 1));
    await using egress = open([]);
    const ask = (url: string): Promise<unknown> =>
      egress.openWebSocket({ url, protocols: [], headers: {} });
    await assert.rejects(ask(peer.url), isCode('egress_denied'));
    await assert.rejects(ask(peer.url.replace('127.0.0.1', 'localhost')), isCode('egress_denied'));
    await assert.rejects(ask(peer.url.replace('ws:', 'http:')), isCode('egress_denied'));
    await assert.rejects(ask(peer.url.replace('//', '//user:word@')), isCode('egress_denied'));
    assert.equal(connections, 0);
    const [host = '', port = ''] = peer.origin.split(':');
    const target = { host, port: Number(port), secure: false };
    await assert.rejects(egress.connect(target), isCode('egress_denied'));
  });

  test('fails on a message above the bound, on binary and on a peer that is not one', async () => {
    await using peer = await startPeer((socket) => {
      socket.on('message', (data: Buffer) =>
        socket.send(data.toString() === 'big' ? 'x'.repeat(65) : Buffer.of(1)),
      );
    });
    await using egress = open([peer.origin]);
    for (const text of ['big', 'binary']) {
      const socket = await egress.openWebSocket({
        url: peer.url,
        protocols: [],
        headers: {},
        messageBytesMax: 64,
      });
      socket.send(text);
      await assert.rejects(all(socket.messages()), isCode('upstream_failed'));
    }
    const plain = createServer((_request, response) => response.writeHead(404).end());
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    await using other = open([`127.0.0.1:${port}`]);
    const url = `ws://127.0.0.1:${port}/`;
    const asked = other.openWebSocket({ url, protocols: [], headers: {} });
    await assert.rejects(asked, isCode('upstream_failed'));
    plain.close();
    plain.closeAllConnections();
    await once(plain, 'close');
  });

  test('ends with the exchange, and holds a flood back while the reader is busy', async () => {
    await using peer = await startPeer((socket) => {
      for (let count = 0; count < 2_000; count += 1) socket.send(`${count}`);
    });
    await using egress = open([peer.origin]);
    const cancellation = new Cancellation();
    const request = { url: peer.url, protocols: [], headers: {}, cancellation };
    const socket = await egress.openWebSocket(request);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const text of socket.messages()) {
        seen.push(text.toString('utf8'));
        if (seen.length === 2_000) cancellation.cancel('client_gone');
      }
    })();
    await assert.rejects(reading, isCode('cancelled'));
    assert.deepEqual(
      seen,
      Array.from({ length: 2_000 }, (_, count) => `${count}`),
    );
  });
});

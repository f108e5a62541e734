import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';
import { Reply } from './reply.ts';

const STALL_MS = 200;
/** More than the system's own buffers between two sockets hold. */
const LARGE = 12 * limits.clientQueueBytesMax;

/** What a request wants to happen, by its path; resolves when its connection has ended. */
interface Served {
  readonly path: string;
  readonly startedMs: number;
  readonly closed: Promise<unknown>;
}

const text = (bytes: number): string => 'x'.repeat(bytes);
const result = (bytes: number): JsonBytes => JsonBytes.fromValue({ text: text(bytes) });

async function notifyForever(reply: Reply): Promise<void> {
  while (!reply.closed) await reply.event(text(64 * 1024));
}

describe('a client that does not read', () => {
  const served: Served[] = [];
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((request, response) => {
      const reply = new Reply(response, STALL_MS);
      const { url: path = '' } = request;
      served.push({ path, startedMs: Date.now(), closed: once(request.socket, 'close') });
      if (path === '/chatter') void notifyForever(reply);
      if (path === '/quiet') reply.stream();
      if (path === '/result') reply.result(1, result(LARGE));
      if (path === '/small') reply.result(1, result(10));
      if (path === '/event') {
        reply.stream();
        reply.result(1, result(LARGE));
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  async function ask(path: string): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pause();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
    while (!served.some((one) => one.path === path)) await sleep(5);
    return socket;
  }

  const servedBy = (path: string): Served => served.find((one) => one.path === path) as Served;

  for (const path of ['/chatter', '/result', '/event']) {
    it(`is cut: ${path}`, async () => {
      await ask(path);
      const { startedMs, closed } = servedBy(path);
      await closed;
      const tookMs = Date.now() - startedMs;
      assert.ok(tookMs >= STALL_MS / 2 - 20, `cut after ${tookMs} ms`);
      assert.ok(tookMs < 20 * STALL_MS, `cut after ${tookMs} ms`);
    });
  }

  for (const path of ['/quiet', '/small']) {
    it(`is left alone while nothing waits for it: ${path}`, async () => {
      await ask(path);
      const isCut = await Promise.race([
        servedBy(path).closed,
        sleep(1.5 * STALL_MS, 'left alone'),
      ]);
      assert.equal(isCut, 'left alone');
    });
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { standardPace } from '../../gateway/calls/paced-writer.ts';
import { SlowReaders } from '../../gateway/calls/slow-readers.ts';
import { limits } from '../../kernel/limits.ts';
import { Reply } from './reply.ts';

const STALL_MS = 200;
/** More than the system's own buffers between two sockets hold. */
const LARGE = 12 * limits.clientQueueBytesMax;

/** Twice this is less than three times this without what the system's buffers hold. */
const HUGE = 4 * LARGE;
/** Waits long for each client, but not for three of them together. */
const patientPace = { ...standardPace, together: new SlowReaders(2.1 * HUGE) };

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
  const huge = result(HUGE);
  const served: Served[] = [];
  const begun: boolean[] = [];
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((request, response) => {
      const { url: path = '' } = request;
      const isPatient = path.startsWith('/together');
      const pace = isPatient ? patientPace : { ...standardPace, stallMs: STALL_MS };
      const reply = new Reply(response, pace);
      served.push({ path, startedMs: Date.now(), closed: once(request.socket, 'close') });
      if (path === '/chatter') void notifyForever(reply);
      if (path === '/quiet') reply.stream();
      if (isPatient) reply.result(1, huge);
      if (path === '/pipe') {
        reply.pipe(1);
        begun.push(reply.begin(), reply.begin());
        reply.write(Buffer.from('{'));
        reply.result(1, result(10));
      }
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

  it('is cut when an answer that went into the pipe became another one', async () => {
    const socket = await ask('/pipe');
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    socket.resume();
    await servedBy('/pipe').closed;
    assert.deepEqual(begun, [true, false]);
    assert.doesNotMatch(text, /0\r\n\r\n$/);
  });

  it('is cut when all together leave too much', async () => {
    const paths = ['/together/1', '/together/2', '/together/3'];
    for (const path of paths) await ask(path);
    const cut = paths.map(async (path) => {
      await servedBy(path).closed;
      return path;
    });
    const first = await Promise.race(cut);
    const others = cut.filter((_, index) => paths[index] !== first);
    const left = sleep(2 * STALL_MS, 'two are left');
    assert.equal(await Promise.race([left, ...others]), 'two are left');
  });

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

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSdkServer, type SdkSocketServer } from '../support/mcp-websocket/sdk-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { modernRequest, talkSocket } from '../support/talk-socket.ts';

type Answer = Readonly<Record<string, unknown>>;

describe('a WebSocket service of a running gateway', () => {
  let gateway: RunningGateway;
  let server: SdkSocketServer;
  const bearer = () => ({ authorization: `Bearer ${gateway.apiKey}` });
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...bearer() },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Answer };
  };
  before(async () => {
    server = await startSdkServer();
    gateway = await startGateway();
  });
  after(async () => {
    await gateway.stop();
    await server[Symbol.asyncDispose]();
  });

  test('is registered by its URL, served to clients, and seen to be well or not', async () => {
    const token = 'secret-of-the-socket';
    const made = await send('POST', '/register-service', { url: server.url, slug: 'far', token });
    assert.equal(made.status, 201, JSON.stringify(made.json));
    assert.equal(made.json['kind'], 'mcp-websocket');
    assert.equal(JSON.stringify(made.json).includes(token), false);
    assert.equal(server.handshakes[0]?.authorization, `Bearer ${token}`);
    const health = async (): Promise<Answer> => {
      const { json } = await send('GET', `/services/${String(made.json['id'])}`);
      return json['health'] as Answer;
    };
    assert.deepEqual([(await health())['state'], (await health())['era']], ['ready', 'modern']);
    const talk = await talkSocket(gateway.url, '/ws/far', { headers: bearer() });
    const echo = (id: number) =>
      talk.say(modernRequest(id, 'tools/call', { name: 'echo', arguments: { a: 'ü' } }));
    echo(1);
    assert.match(JSON.stringify(await talk.next(({ id }) => id === 1)), /"text":"ü"/);
    const becomes = async (state: string): Promise<Answer> => {
      for (let turn = 0; turn < 200; turn++) {
        const now = await health();
        if (now['state'] === state) return now;
        await sleep(50);
      }
      return assert.fail(`never ${state}`);
    };
    server.refuseWith = 503;
    for (const socket of server.sockets) socket.terminate();
    assert.match(String((await becomes('failed'))['lastError']), /503/);
    server.refuseWith = undefined;
    await becomes('ready');
    echo(2);
    assert.match(JSON.stringify(await talk.next(({ id }) => id === 2)), /"text":"ü"/);
    talk.socket.close();
  });
});

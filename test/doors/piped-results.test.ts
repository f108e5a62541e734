import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpEgress } from '../../src/egress/http-egress.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { LargeAnswers, textOf, type Manner } from '../support/large-answers.ts';
import { openHttp } from '../support/mcp-http/open-http.ts';
import { envelope, modernHeaders } from '../support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../support/start-doors.ts';
import { until } from '../support/until.ts';

/** A call as bytes; plain ones are for the fast lane, others for node:http. */
function callBytes(manner: Manner, plain = true): Buffer {
  const params = {
    name: 'get',
    arguments: { ...manner },
    _meta: envelope({}, { progressToken: 'p' }),
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: manner.seed, method: 'tools/call', params });
  const headers = Object.entries(modernHeaders('tools/call', 'get'));
  const lines = [
    'POST /mcp/large HTTP/1.1',
    'Host: localhost',
    ...(plain ? [] : ['TE: trailers']),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  return Buffer.from(lines.join('\r\n'));
}

/** A client that reads when it is told to. */
class SlowReader {
  readonly socket: Socket;
  readonly #pieces: Buffer[] = [];
  isClosed = false;

  constructor(url: string, call: Buffer) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1', () => this.socket.write(call));
    this.socket.on('error', () => {});
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (piece: Buffer) => this.#pieces.push(piece));
    this.socket.pause();
  }

  get bytes(): number {
    return this.#pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** True when the last chunk has come. */
  get isWhole(): boolean {
    return this.#pieces.at(-1)?.toString('latin1').endsWith('0\r\n\r\n') === true;
  }

  /** The body with its chunks put together, or undefined while it is not complete. */
  body(): string | undefined {
    const all = Buffer.concat(this.#pieces);
    let at = all.indexOf('\r\n\r\n') + 4;
    const parts: Buffer[] = [];
    for (;;) {
      const lineEnd = all.indexOf('\r\n', at);
      const length = Number.parseInt(all.toString('latin1', at, lineEnd), 16);
      if (lineEnd === -1 || Number.isNaN(length)) return undefined;
      if (length === 0) return Buffer.concat(parts).toString('utf8');
      parts.push(all.subarray(lineEnd + 2, lineEnd + 2 + length));
      at = lineEnd + 2 + length + 2;
    }
  }
}

describe('large results', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  const large = new LargeAnswers();
  let doors: RunningDoors;
  before(async () => {
    const { upstream } = await openHttp(egress, await large.listen(), { era: 'modern' });
    doors = await startDoors();
    await doors.add('large', upstream);
  });
  after(async () => {
    await doors[Symbol.asyncDispose]();
    await egress[Symbol.asyncDispose]();
    large.server.closeAllConnections();
    large.server.close();
  });

  const read = (manner: Manner, plain = true): Promise<{ body: string; broken: boolean }> =>
    new Promise((resolve) => {
      const call = callBytes(manner, plain).toString('utf8');
      const [head = '', body = ''] = call.split('\r\n\r\n');
      const headers = Object.fromEntries(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const port = new URL(doors.url).port;
      const sent = httpRequest({
        host: '127.0.0.1',
        port,
        path: '/mcp/large',
        method: 'POST',
        headers,
      });
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('error', () => resolve({ body: text, broken: true }));
        response.on('end', () => resolve({ body: text, broken: false }));
      });
      sent.end(body);
    });

  it('come through whole from every order of members, with and without a length', async () => {
    for (const order of ['first', 'last', 'no type'] as const) {
      for (const bytes of [100, 20_000, 50_000, 62_000, 70_000, 1_000_000]) {
        for (const [chunked, plain] of [
          [false, true],
          [true, false],
        ] as const) {
          const first = bytes < 50_000 ? 1_000 : 12_000;
          const seed = `${order} ${bytes} ${chunked}`;
          const manner = { seed, bytes, order, chunked, first };
          const { body, broken } = await read(manner, plain);
          assert.equal(broken, false);
          assert.deepEqual(JSON.parse(body), {
            jsonrpc: '2.0',
            id: manner.seed,
            result: { resultType: 'complete', content: [{ type: 'text', text: textOf(manner) }] },
          });
        }
      }
    }
    assert.ok(doors.usage.every(({ outcome }) => outcome === 'ok'));
  });

  it('say what they cost only where they are whole when they leave', async () => {
    const cost = { amount: 1_500_000_000n, currency: 'EUR', isEstimate: false };
    doors.plan.shownCosts = { of: () => () => cost };
    try {
      for (const bytes of [100, 300_000]) {
        const manner = { seed: `priced ${bytes}`, bytes, first: bytes < 1_000 ? 1_000 : 12_000 };
        const { body, broken } = await read(manner);
        const { result } = JSON.parse(body) as { result: JsonObject };
        const said = { amount: '1.50', currency: 'EUR' };
        const isWhole = bytes === 100;
        assert.deepEqual(result['_meta'], isWhole ? { 'mcp-gateway/cost': said } : undefined);
        assert.deepEqual(
          [broken, result['content']],
          [false, [{ type: 'text', text: textOf(manner) }]],
        );
      }
    } finally {
      doors.plan.shownCosts = { of: () => undefined };
    }
  });

  it('come through whole when the connection ends with them', async () => {
    for (const bytes of [100, 20_000, 62_000, 300_000]) {
      const manner = { seed: `closing ${bytes}`, bytes, closing: true, first: 5_000 };
      const { body, broken } = await read(manner);
      assert.equal(broken, false);
      const { id, result } = JSON.parse(body) as JsonObject;
      const [block] = (result as { content: { text: string }[] }).content;
      assert.deepEqual([id, block?.text === textOf(manner)], [manner.seed, true]);
    }
  });

  it('come through whole from event streams, alone and behind notifications', async () => {
    for (const order of ['first', 'last', 'no type'] as const) {
      for (const bytes of [100, 20_000, 1_000_000]) {
        for (const events of [0, 3]) {
          const manner = { seed: `${order} ${bytes} ${events} events`, bytes, order, events };
          const { body, broken } = await read(manner, events === 0);
          assert.equal(broken, false);
          const texts = Array.from(body.matchAll(/^data: (.*)$/gm), ([, text]) => String(text));
          assert.equal(texts.length, events === 0 ? 0 : events + 1);
          assert.deepEqual(JSON.parse(texts.at(-1) ?? body), {
            jsonrpc: '2.0',
            id: manner.seed,
            result: { resultType: 'complete', content: [{ type: 'text', text: textOf(manner) }] },
          });
        }
      }
    }
    assert.ok(doors.usage.every(({ outcome }) => outcome === 'ok'));
  });

  it('are broken off, never completed, when the service does not complete them', async () => {
    const cases: readonly Manner[] = [
      { seed: 'cut', bytes: 500_000, cutAt: 300_000 },
      { seed: 'cut chunks', bytes: 500_000, cutAt: 300_000, chunked: true },
      { seed: 'cut events', bytes: 500_000, cutAt: 300_000, events: 0 },
      { seed: 'cut behind events', bytes: 500_000, cutAt: 300_000, events: 2 },
      { seed: 'late events', bytes: 900_000, order: 'late input', events: 1 },
      { seed: 'late', bytes: 900_000, order: 'late input' },
      { seed: 'id', bytes: 900_000, order: 'wrong id' },
      { seed: 'trailing', bytes: 900_000, order: 'not JSON after' },
    ];
    for (const manner of cases) {
      for (const plain of [true, false]) {
        const before = doors.usage.length;
        const { body, broken } = await read(manner, plain);
        assert.equal(broken, true, manner.seed);
        assert.throws(() => JSON.parse(body.split('data: ').at(-1) as string), manner.seed);
        assert.deepEqual(
          doors.usage.slice(before).map(({ outcome }) => outcome),
          ['upstream_lost'],
        );
      }
    }
    const { body } = await read({ seed: 'next', bytes: 50_000 });
    assert.equal((JSON.parse(body) as JsonObject)['id'], 'next');
  });

  it('wait with their last byte for the usage record', async () => {
    let release = (): void => {};
    doors.beforeAppend = () => new Promise((resolve) => (release = resolve));
    const reader = new SlowReader(doors.url, callBytes({ seed: 'held', bytes: 200_000 }));
    reader.socket.resume();
    try {
      await until(() => reader.bytes > 200_000);
      await sleep(20);
      assert.equal(reader.body(), undefined);
    } finally {
      doors.beforeAppend = () => Promise.resolve();
      release();
    }
    await until(() => reader.body() !== undefined);
    assert.equal((JSON.parse(reader.body() as string) as JsonObject)['id'], 'held');
    reader.socket.destroy();
  });

  it('are never mixed up while many of them wait in the memory they were read into', async () => {
    doors.beforeAppend = () => sleep(3);
    try {
      for (let round = 0; round < 4; round++) {
        const manners = Array.from({ length: 50 }, (_, index) => ({
          seed: `round ${round} call ${index} `,
          bytes: 17_000 + 900 * index,
          first: index % 2 === 0 ? 30_011 : 9_000,
        }));
        const answers = await Promise.all(manners.map((manner) => read(manner, true)));
        for (const [index, { body }] of answers.entries()) {
          const manner = manners[index] as Manner;
          const { id, result } = JSON.parse(body) as JsonObject;
          const [block] = (result as { content: { text: string }[] }).content;
          assert.deepEqual([id, block?.text === textOf(manner)], [manner.seed, true]);
        }
      }
    } finally {
      doors.beforeAppend = () => Promise.resolve();
    }
  });

  it('are never mixed up, however slowly they are read', async () => {
    const bytes = 13_000_000;
    const manners = Array.from({ length: 6 }, (_, index) => ({
      seed: `reader ${index}`,
      bytes,
      order: (['first', 'last', 'no type'] as const)[index % 3] as 'first',
      chunked: index % 2 === 0,
      ...(index < 2 ? {} : { events: index % 3 }),
    }));
    const readers = manners.map(
      (manner, index) => new SlowReader(doors.url, callBytes(manner, index % 3 !== 0)),
    );
    await until(() => manners.every(({ seed }) => (large.taken.get(seed) ?? 0) > 100_000));
    for (let quick = 0; quick < 20; quick++) {
      const manner = { seed: `quick ${quick}`, bytes: 300_000 };
      const { body } = await read(manner);
      assert.equal(body.includes(`quick ${quick}`) && !body.includes('reader'), true);
    }
    await sleep(300);
    for (const { socket } of readers) socket.resume();
    await until(() => readers.every(({ isWhole }) => isWhole));
    for (const [index, reader] of readers.entries()) {
      const manner = manners[index] as Manner;
      const text = (reader.body() as string).split('data: ').at(-1) as string;
      const { id, result } = JSON.parse(text) as JsonObject;
      assert.equal(id, manner.seed);
      const [block] = (result as { content: { text: string }[] }).content;
      assert.equal(block?.text === textOf(manner), true, `${manner.seed} has bytes of another`);
      reader.socket.destroy();
    }
  });

  it('carry arguments with every digit that they were written with', async () => {
    const long = '[9223372036854775807,-0.12345678901234567890]';
    const manner = { seed: 'digits', bytes: 10, long: 0 };
    for (const [endpoint, name] of [
      ['/mcp/large', 'get'],
      ['/mcp', 'large__get'],
    ] as const) {
      const params = { name, arguments: manner, _meta: envelope() };
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      const body = JSON.stringify(message).replace('"long":0', `"long":${long}`);
      const headers = modernHeaders('tools/call', name);
      const answer = await fetch(doors.url + endpoint, { method: 'POST', headers, body });
      assert.equal(answer.status, 200, await answer.text());
      assert.equal(large.received.includes(`"long":${long}`), true, large.received);
    }
  });

  it('are fetched no further when their reader is gone', async () => {
    const before = doors.usage.length;
    const manner = { seed: 'gone', bytes: 15_000_000 };
    const reader = new SlowReader(doors.url, callBytes(manner));
    await until(() => (large.taken.get('gone') ?? 0) > 100_000);
    reader.socket.destroy();
    await until(() => large.closed.has('gone'));
    await until(() => doors.usage.length > before);
    assert.equal(doors.usage.at(-1)?.outcome, 'cancelled');
  });
});

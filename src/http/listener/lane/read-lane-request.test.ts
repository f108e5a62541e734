import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { LastSeen } from '../../../kernel/recent/last-seen.ts';
import { limits } from '../../../kernel/limits.ts';
import { readLaneRequest, type LaneHead } from './read-lane-request.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What node:http makes of the same bytes on a connection of their own. */
async function readByNode(bytes: Buffer): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers: { ...headers }, body });
    });
  });
  const socket = new Duplex({ read: () => {}, write: (_bytes, _encoding, done) => done() });
  socket.on('error', () => {});
  server.on('clientError', () => socket.destroy());
  server.emit('connection', socket);
  socket.push(bytes);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  return seen;
}

const plain = (body: string, ...lines: readonly string[]): string =>
  [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...lines,
    '',
    body,
  ].join('\r\n');

const read = (text: string | Buffer): ReturnType<typeof readLaneRequest> =>
  readLaneRequest(Buffer.from(text as string, 'latin1'), new Map(), new LastSeen());

describe('readLaneRequest', () => {
  it('reads a plain request', () => {
    const request = read(plain('{"a":1}', 'X-A:  b c\t', 'Connection: Keep-Alive'.slice(0, 22)));
    assert.equal(request, undefined);
    const fine = read(plain('{"a":1}', 'X-A: b c', 'Connection: keep-alive'));
    assert.deepEqual(
      [fine?.url, fine?.headers['x-a'], fine?.body.toString()],
      ['/mcp', 'b c', '{"a":1}'],
    );
  });

  it('leaves everything that is not whole, plain and alone', () => {
    const long = 'x'.repeat(limits.requestHeadBytesMax);
    for (const text of [
      '',
      'POST /mcp HTTP/1.1\r\nHost: a\r\n',
      plain('abc').slice(0, -1),
      `${plain('abc')}x`,
      plain('abc') + plain('abc'),
      plain('').replace('POST', 'GET'),
      plain('').replace('HTTP/1.1', 'HTTP/1.0'),
      plain('').replace('/mcp', 'http://evil/mcp'),
      plain('').replace('/mcp', '/m cp'),
      plain('').replace('Host: localhost\r\n', ''),
      plain('', 'Host: other'),
      plain('', 'Content-Length: 0'),
      plain('', 'Transfer-Encoding: chunked'),
      plain('', 'Expect: 100-continue'),
      plain('', 'Upgrade: websocket'),
      plain('', 'Connection: close'),
      plain('', 'X-A : b'),
      plain('', ' folded: b'),
      plain('', 'X-A: b\u0000'),
      plain('', 'X-A: \u00fc'),
      plain('', 'X-A: b\nX-B: c'),
      plain('', `X-A: ${long}`),
      plain('').replace('Content-Length: 0', 'Content-Length: +0'),
      plain('').replace('Content-Length: 0', 'Content-Length: 00'),
      plain('').replace('Content-Length: 0', 'Content-Length: 0, 0'),
      plain('').replaceAll('\r\n', '\n'),
    ]) {
      assert.equal(read(text), undefined, JSON.stringify(text.slice(0, 200)));
    }
  });

  it('reads nothing otherwise than node:http does', { timeout: 60_000 }, async () => {
    const token = fc.constantFrom(
      'Host',
      'Content-Length',
      'X-A',
      'x-a',
      'Connection',
      'Accept',
      'Mcp-Name',
      'TE',
      'Transfer-Encoding',
      'Cookie',
      'Content-Type',
      'Authorization',
      'Trailer',
      'X_b',
      '',
    );
    const value = fc.oneof(
      fc.constantFrom('localhost', '3', '03', '0', 'keep-alive', 'close', 'chunked', 'a, b', ''),
      fc.string({ unit: fc.constantFrom('a', ' ', '\t', ':', ',', '\u0000', '\u007f', 'ü', '\n') }),
    );
    const line = fc.tuple(token, fc.constantFrom(': ', ':', ' :', ':  ', ':\t'), value);
    const requests = fc.record({
      start: fc.constantFrom(
        'POST /mcp HTTP/1.1',
        'POST /mcp?a HTTP/1.1',
        'POST  /mcp HTTP/1.1',
        'POST /m\u0001 HTTP/1.1',
        'GET /mcp HTTP/1.1',
      ),
      lines: fc.array(line, { maxLength: 4 }),
      body: fc.constantFrom('abc', '', 'abcd', '0\r\n\r\n'),
      end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    });
    let accepted = 0;
    const last = new LastSeen<LaneHead>();
    await fc.assert(
      fc.asyncProperty(requests, async ({ start, lines, body, end }) => {
        const head = ['Host: localhost', `Content-Length: ${body.length}`];
        const own = lines.map((parts) => parts.join(''));
        const bytes = Buffer.from([start, ...head, ...own, '', body].join(end), 'latin1');
        const mine = readLaneRequest(bytes, new Map(), last);
        assert.deepEqual(readLaneRequest(bytes, new Map(), last), mine, 'once more');
        if (mine === undefined) return;
        accepted++;
        const [theirs, ...others] = await readByNode(bytes);
        assert.equal(others.length, 0);
        assert.deepEqual(
          [theirs?.method, theirs?.url, theirs?.body],
          ['POST', mine.url, mine.body.toString('latin1')],
        );
        assert.deepEqual({ ...theirs?.headers }, { ...mine.headers });
      }),
      { numRuns: 1_500 },
    );
    assert.ok(accepted > 50, `only ${accepted} requests were plain`);
  });
});

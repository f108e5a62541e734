import assert from 'node:assert/strict';
import type { HostileCase, HostileGroup } from '../case.ts';
import type { World } from '../world/open-world.ts';

/** Where a smuggled request would end up: a call that the upstream counts. */
function smuggled({ keys }: World): string {
  const body = '{}';
  return [
    'POST /mcp/evil HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${keys.admin}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Heads that two programs frame differently: what follows Host and credential, and a body. */
const frames: readonly (readonly [id: string, title: string, head: string, body: string])[] = [
  [
    'D1',
    'Content-Length and Transfer-Encoding',
    'Content-Length: 6\r\nTransfer-Encoding: chunked',
    '0\r\n\r\nX',
  ],
  ['D2', 'Content-Length twice, differing', 'Content-Length: 0\r\nContent-Length: 5', 'XXXXX'],
  ['D3', 'Content-Length as a list', 'Content-Length: 7, 7', 'XXXXXXX'],
  ['D4', 'Content-Length with a sign', 'Content-Length: +7', 'XXXXXXX'],
  ['D5', 'a negative Content-Length', 'Content-Length: -1', ''],
  ['D6', 'Content-Length of 2^64', 'Content-Length: 18446744073709551616', ''],
  ['D7', 'an unknown Transfer-Encoding', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
  ['D8', 'chunked before identity', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
  [
    'D9',
    'Transfer-Encoding twice',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    '0\r\n\r\n',
  ],
  ['D10', 'a space before the colon', 'Content-Length : 0', ''],
  ['D11', 'a folded header', 'X-Folded: a\r\n b\r\nContent-Length: 0', ''],
  ['D12', 'bare line feeds', 'X-A: b\nX-B: c\nContent-Length: 0', ''],
  ['D13', 'a bare carriage return', 'X-A: b\rX-B: c\r\nContent-Length: 0', ''],
  ['D14', 'NUL in a header', 'X-A: b\0c\r\nContent-Length: 0', ''],
  ['D15', 'chunks that end in line feeds', 'Transfer-Encoding: chunked', '1\nX\n0\n\n'],
  [
    'D16',
    'a chunk size that overflows',
    'Transfer-Encoding: chunked',
    'ffffffffffffffff1\r\nX\r\n0\r\n\r\n',
  ],
  [
    'D17',
    'a chunk extension of 20 KB',
    'Transfer-Encoding: chunked',
    `1;${'x'.repeat(20_480)}\r\nX\r\n0\r\n\r\n`,
  ],
  [
    'D18',
    'Content-Length in the trailer',
    'Transfer-Encoding: chunked',
    '0\r\nContent-Length: 50\r\n\r\n',
  ],
];

function framed([id, title, head, body]: (typeof frames)[number]): HostileCase {
  return {
    id,
    title,
    expected: '400 or 413, the connection closed, no call of the request behind it',
    run: async (world) => {
      const { raw, keys, evil } = world;
      const calls = evil.calls;
      for (const path of ['/mcp/evil', '/register-service']) {
        const start = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n`;
        const more = `Authorization: Bearer ${keys.admin}\r\nContent-Type: application/json\r\n`;
        const { status, closed, text } = await raw.send(
          `${start}${more}${head}\r\n\r\n${body}${smuggled(world)}`,
        );
        assert.ok(closed, `${path}: the connection stays open after ${text.slice(0, 200)}`);
        assert.ok([400, 413, 431].includes(status), `${path}: ${status}`);
        assert.equal(text.match(/^HTTP\/1\.1 /gm)?.length, 1, 'more than one answer');
      }
      assert.equal(evil.calls, calls);
    },
  };
}

/** What comes first must be refused with 400 on both planes, and the connection closed. */
function refusedLine(
  id: string,
  title: string,
  requestOf: (path: string, key: string) => string,
): HostileCase {
  return {
    id,
    title,
    expected: '400 on every plane',
    run: async ({ raw, keys }) => {
      for (const path of ['/mcp', '/services', '/health', '/sse']) {
        const { status, closed, text } = await raw.send(requestOf(path, keys.admin));
        assert.equal(status, 400, `${path}: ${text.slice(0, 200)}`);
        assert.ok(closed);
      }
    },
  };
}

const get = (path: string, key: string, lines: string, version = 'HTTP/1.1'): string =>
  `GET ${path} ${version}\r\n${lines}Authorization: Bearer ${key}\r\n\r\n`;

const lines: readonly HostileCase[] = [
  refusedLine('D19a', 'two Host headers', (path, key) =>
    get(path, key, 'Host: localhost\r\nHost: evil.example\r\n'),
  ),
  refusedLine('D19b', 'a Host with a user and a path', (path, key) =>
    get(path, key, 'Host: a@localhost/c\r\n'),
  ),
  refusedLine('D19c', 'an absolute address of another host', (path, key) =>
    get(`http://evil.example${path}`, key, 'Host: localhost\r\n'),
  ),
  refusedLine('D19d', 'HTTP/0.9', (path) => `GET ${path}\r\n\r\n`),
  refusedLine('D19e', 'HTTP/1.0 without a Host', (path, key) => get(path, key, '', 'HTTP/1.0')),
  refusedLine('D19f', 'HTTP/2.0 in words', (path, key) =>
    get(path, key, 'Host: localhost\r\n', 'HTTP/2.0'),
  ),
];

const methods: HostileCase = {
  id: 'D34',
  title: 'CONNECT, TRACE, the preface of HTTP/2, a TLS hello on the plain port',
  expected: 'closed or 4xx',
  run: async ({ raw }) => {
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    for (const bytes of [
      'CONNECT canary:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      Buffer.concat([hello, Buffer.alloc(200)]),
    ]) {
      const { status, closed } = await raw.send(bytes);
      assert.ok(closed);
      assert.ok(status === 0 || (status >= 400 && status < 500), String(status));
    }
  },
};

const upgrade: HostileCase = {
  id: 'D33',
  title: 'HTTP/2, which is off: its preface, and an offer to upgrade to h2c',
  expected: 'the preface is refused, the offer passed over: an ordinary answer of HTTP/1.1',
  run: async ({ raw }) => {
    const offer =
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n';
    const { text } = await raw.send(`GET /health HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`);
    assert.match(text, /^HTTP\/1\.1 200 /);
    const frames = Buffer.from('000000040000000000', 'hex');
    const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frames]);
    assert.equal((await raw.send(preface)).closed, true);
  },
};

const sizes: HostileCase = {
  id: 'D22',
  title: 'headers of 20 KB, 2500 headers, an address of 20 KB',
  expected: '431',
  run: async ({ raw, keys }) => {
    const many = Array.from({ length: 2_500 }, (_, at) => `X-${at}: 1234567\r\n`).join('');
    const start = `Host: localhost\r\nAuthorization: Bearer ${keys.admin}\r\n`;
    for (const request of [
      `POST /mcp HTTP/1.1\r\n${start}X-Big: ${'x'.repeat(20_480)}\r\n\r\n`,
      `POST /mcp HTTP/1.1\r\n${start}${many}\r\n`,
      `GET /${'x'.repeat(20_480)} HTTP/1.1\r\n${start}\r\n`,
    ]) {
      assert.equal((await raw.send(request)).status, 431);
    }
  },
};

const pipelined: HostileCase = {
  id: 'D36',
  title: '100 requests at once on one connection, 200 KB, then 5,000 in turn',
  expected: 'answered in order, on the same connection',
  run: async ({ raw, keys }) => {
    const requestOf = (id: number, pad: number): string => {
      const params = `{"name":"x","pad":"${'x'.repeat(pad)}"}`;
      const body = `{"jsonrpc":"2.0","id":${id},"method":"nothing/here","params":${params}}`;
      const head =
        'POST /mcp/calm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
      const key = `Authorization: Bearer ${keys.admin}\r\nMCP-Protocol-Version: 2026-07-28\r\n`;
      return `${head}${key}Content-Length: ${body.length}\r\n\r\n${body}`;
    };
    const idsIn = (text: string): readonly number[] =>
      [...text.matchAll(/"jsonrpc":"2\.0","id":(\d+)/g)].map(([, id]) => Number(id));
    const all = Array.from({ length: 100 }, (_, id) => requestOf(id, 2_000));
    const until = /"id":99,[^]*\}$/;
    const { text } = await raw.send(all[0] ?? '', { more: [all.slice(1).join('')], until });
    assert.deepEqual(
      idsIn(text),
      Array.from({ length: 100 }, (_, id) => id),
    );
    const socket = await raw.open();
    for (let id = 0; id < 5_000; id++) {
      const answered = new Promise<string>((resolve) => {
        let text = '';
        const take = (bytes: Buffer): void => {
          text += bytes.toString('latin1');
          if (!text.endsWith('}')) return;
          socket.off('data', take);
          resolve(text);
        };
        socket.on('data', take);
      });
      socket.write(requestOf(id, 1));
      assert.deepEqual(idsIn(await answered), [id]);
    }
    socket.destroy();
  },
};

/** How requests are cut out of bytes. */
export const framing: HostileGroup = {
  heading: 'D. Framing of requests',
  cases: [...frames.map(framed), ...lines, sizes, upgrade, methods, pipelined],
};

import assert from 'node:assert/strict';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { HostileCase, HostileGroup } from '../case.ts';
import { modernBody, modernHeaders } from '../../chaos/support/gateway-calls.ts';
import type { Came } from '../world/client.ts';
import type { World } from '../world/open-world.ts';

const good = (): string => modernBody('tools/call', { name: 'work', arguments: {} });
const REGISTRATION = '{"url":"https://h.example/mcp"}';

/** Posts a body to the data plane. */
function toMcp(
  { client, keys }: World,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
  path = '/mcp/calm',
) {
  const headers = modernHeaders(keys.admin, 'tools/call', 'work') as Record<string, string>;
  return client.send('POST', path, { headers: { ...headers, ...more }, body });
}

/** Posts a body to the control plane, to be tried and not kept. */
function toApi(
  { client, keys }: World,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const path = '/register-service?dry_run=true';
  return client.send('POST', path, { key: keys.admin, headers, body });
}

function refused(came: Came, status: number, what: string): void {
  assert.equal(came.status, status, `${what}: ${came.status} ${came.text.slice(0, 200)}`);
}

/** Bodies that both planes refuse with 400, and that reach no upstream. */
function malformed(
  id: string,
  title: string,
  bodies: (whole: string) => readonly (string | Buffer)[],
  expected = '400 on both planes, no call upstream',
): HostileCase {
  return {
    id,
    title,
    expected,
    run: async (world) => {
      const { calm } = world;
      for (const body of bodies(good())) {
        const before = calm.lastBody;
        calm.lastBody = '';
        refused(await toMcp(world, body), 400, String(body).slice(0, 60));
        assert.doesNotMatch(calm.lastBody, /hostile/);
        calm.lastBody = before;
      }
      for (const body of bodies(REGISTRATION)) {
        refused(await toApi(world, body), 400, String(body).slice(0, 60));
      }
    },
  };
}

const withMember = (whole: string, member: string): string => whole.replace('{', `{${member},`);

const mediaTypes: readonly HostileCase[] = [
  ['D26a', 'text/plain'],
  ['D26b', 'application/x-www-form-urlencoded'],
  ['D26c', 'multipart/form-data; boundary=x'],
  ['D26d', 'application/json; charset=utf-16'],
  ['D26e', ''],
].map(([id = '', type = '']) => ({
  id,
  title: type === '' ? 'a body without a media type' : `a body of the type ${type}`,
  expected: '415 on both planes: no page can send it unasked',
  run: async (world: World) => {
    for (const path of ['/mcp/calm', '/register-service', '/services/calm/tools/work']) {
      const line = type === '' ? '' : `Content-Type: ${type}\r\n`;
      const key = `Authorization: Bearer ${world.keys.admin}\r\nConnection: close\r\n`;
      const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${key}${line}Content-Length: 2\r\n`;
      const { status } = await world.raw.send(`${head}\r\n{}`);
      assert.equal(status, 415, path);
    }
  },
}));

const compressed: HostileCase = {
  id: 'D25',
  title: 'a bomb of 50 MB in gzip and Brotli',
  expected: '415: bodies are never unpacked',
  run: async (world) => {
    const zeros = Buffer.alloc(50 * 1024 * 1024);
    for (const [encoding, body] of [
      ['gzip', gzipSync(zeros)],
      ['br', brotliCompressSync(zeros.subarray(0, 1_000_000))],
      ['zstd', Buffer.from('28b52ffd', 'hex')],
    ] as const) {
      const headers = { 'content-encoding': encoding };
      refused(await toMcp(world, body, headers), 415, encoding);
      refused(await toApi(world, body, headers), 415, encoding);
    }
  },
};

const tooLarge: HostileCase = {
  id: 'D24',
  title: 'a body of 4 MiB and one byte, with and without its length, and one that never ends',
  expected: '413; by its length before it is read',
  run: async ({ raw, keys }) => {
    const head = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${keys.admin}\r\n` +
      'Content-Type: application/json\r\n';
    for (const path of ['/mcp', '/api/v1/keys']) {
      const told = await raw.send(`${head(path)}Content-Length: 4194305\r\n\r\n`, {
        until: /\r\n\r\n/,
      });
      assert.equal(told.status, 413, path);
      const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
      const chunks = Array.from({ length: 66 }, () => chunk);
      const start = `${head(path)}Transfer-Encoding: chunked\r\n\r\n`;
      const came = await raw.send(start, { more: chunks, until: /^HTTP\/1\.1 413/ });
      assert.equal(came.status, 413, `${path} in chunks`);
    }
  },
};

const deep: HostileCase = {
  id: 'D28',
  title: 'nesting of 65 levels and of a million',
  expected: '400, the million within 50 ms of its arrival',
  run: async (world) => {
    const nested = (levels: number): string =>
      `{"jsonrpc":"2.0","id":1,"params":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
    for (const levels of [63, 1_000_000]) {
      refused(await toMcp(world, nested(levels)), 400, `${levels} levels`);
      refused(await toApi(world, nested(levels)), 400, `${levels} levels`);
    }
    const started = performance.now();
    await toMcp(world, nested(1_000_000));
    assert.ok(performance.now() - started < 500);
  },
};

const asData: HostileCase = {
  id: 'D30b',
  title: '__proto__ and constructor in a tool’s arguments',
  expected: 'passed on as data; no object of the gateway changes',
  run: async (world) => {
    const args = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}';
    const body = good()
      .replace('"name":"work"', '"name":"echo"')
      .replace('"arguments":{}', `"arguments":${args}`);
    const came = await toMcp(world, body, { 'mcp-name': 'echo' }, '/mcp/evil');
    refused(came, 200, 'arguments');
    assert.match(world.evil.lastBody, /"__proto__":\{"isAdmin":true\}/);
    const plain = await toApi(
      world,
      '{"url":"https://h.example/mcp","constructor":{"prototype":{}}}',
    );
    refused(plain, 400, 'constructor');
  },
};

const numbers: HostileCase = {
  id: 'D31',
  title: 'numbers beyond what a double holds: 2^53+1, 1e999, -0, 300 digits; NaN, Infinity',
  expected:
    'digits kept to the upstream; words that are no numbers refused; 1e999 refused by the API',
  run: async (world) => {
    const many = '1'.repeat(300);
    const body = good()
      .replace('"name":"work"', '"name":"echo"')
      .replace(
        '"arguments":{}',
        `"arguments":{"a":9007199254740993,"b":1e999,"c":${many},"d":0.1}`,
      );
    refused(await toMcp(world, body, { 'mcp-name': 'echo' }, '/mcp/evil'), 200, 'long numbers');
    assert.ok(world.evil.lastBody.includes('9007199254740993'));
    assert.ok(world.evil.lastBody.includes('1e999'));
    assert.ok(world.evil.lastBody.includes(many));
    for (const word of ['NaN', 'Infinity', '-Infinity', '01', '+1', '.5', '0x10']) {
      const odd = good().replace('"arguments":{}', `"arguments":{"a":${word}}`);
      refused(await toMcp(world, odd), 400, word);
      refused(await toApi(world, `{"url":"https://h.example/mcp","x":${word}}`), 400, word);
    }
    refused(await toApi(world, '{"url":"https://h.example/mcp","x":1e999}'), 400, '1e999');
  },
};

const mark: HostileCase = {
  id: 'D27d',
  title: 'a byte order mark before the body',
  expected: 'passed over on both planes, as RFC 8259 allows',
  run: async (world) => {
    const bom = Buffer.from([0xef, 0xbb, 0xbf]);
    refused(await toMcp(world, Buffer.concat([bom, Buffer.from(good())])), 200, 'MCP');
    const key = Buffer.concat([bom, Buffer.from('{"nameless":1}')]);
    const came = await world.client.send('POST', '/api/v1/keys', {
      key: world.keys.admin,
      body: key,
    });
    assert.equal(came.json['code'], 'invalid_params');
  },
};

const bytes = (whole: string, ...octets: number[]): Buffer =>
  Buffer.concat([
    Buffer.from(whole.replace(/\}$/, ',"hostile":"')),
    Buffer.from(octets),
    Buffer.from('"}'),
  ]);

/** What a body may be. */
export const bodies: HostileGroup = {
  heading: 'D. Bodies',
  cases: [
    tooLarge,
    compressed,
    ...mediaTypes,
    malformed('D27a', 'bytes that are no UTF-8', (whole) => [
      bytes(whole, 0xff),
      bytes(whole, 0xc3),
    ]),
    malformed('D27b', 'overlong UTF-8 and encoded surrogates', (whole) => [
      bytes(whole, 0xc0, 0x80),
      bytes(whole, 0xed, 0xa0, 0x80),
    ]),
    malformed('D27c', 'half of a surrogate pair as an escape', (whole) => [
      withMember(whole, '"hostile":"\\ud800"'),
      withMember(whole, '"\\udc00":1'),
    ]),
    mark,
    deep,
    malformed('D29a', 'a member twice: the outermost', (whole) =>
      whole.includes('"method"')
        ? [withMember(whole, '"method":"tools/list"'), withMember(whole, '"id":7')]
        : [withMember(whole, '"url":"https://other.example/mcp"')],
    ),
    malformed('D29b', 'a member twice, one written with escapes', (whole) =>
      whole.includes('"method"')
        ? [withMember(whole, String.raw`"\u006dethod":"tools/list"`)]
        : [withMember(whole, String.raw`"\u0075rl":"https://other.example/mcp"`)],
    ),
    malformed('D29c', 'a member twice inside: the name of the tool, an argument', (whole) =>
      whole.includes('"method"')
        ? [
            whole.replace('"name":"work"', '"name":"echo","name":"work"'),
            whole.replace('"arguments":{}', '"arguments":{"x":1,"x":2}'),
          ]
        : [withMember(whole, '"headers":{"a":"1","a":"2"}')],
    ),
    malformed('D30a', '__proto__ in the message', (whole) => [
      withMember(whole, '"__proto__":{"isAdmin":true}'),
      withMember(whole, String.raw`"\u005f_proto__":{}`),
    ]),
    asData,
    numbers,
    malformed(
      'D32',
      'rubbish behind the body, no body, null, [], a text, three documents',
      (whole) => [`${whole}x`, `${whole}${whole}${whole}`, '', 'null', '[]', '"x"', '5'],
    ),
  ],
};

import assert from 'node:assert/strict';
import type { HostileCase, HostileGroup } from '../case.ts';
import { PAGE, type World } from '../world/open-world.ts';

const places: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/mcp'],
  ['GET', '/services'],
  ['POST', '/register-service'],
  ['GET', '/docs'],
  ['GET', '/sse'],
  ['POST', '/messages'],
  ['POST', '/services/calm/tools/work'],
  ['GET', '/sessions/abc/sse'],
  ['POST', '/auth/authenticate'],
  ['GET', '/ws'],
];

/** Sends a request to every place, as a plain one or as the opening of a WebSocket. */
async function everywhere(
  { raw, keys }: World,
  host: string,
  origin: string | undefined,
): Promise<void> {
  for (const [method, path] of places) {
    const socket = path === '/ws' ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : '';
    const websocket =
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const from = origin === undefined ? '' : `Origin: ${origin}\r\n`;
    // The body is announced and never sent: whoever waits for it does not answer.
    const length =
      method === 'POST' ? 'Content-Length: 9\r\nContent-Type: application/json\r\n' : '';
    const key = `Authorization: Bearer ${keys.admin}\r\n`;
    const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${from}${key}${length}`;
    const { status, text } = await raw.send(`${head}${socket}${socket && websocket}\r\n`, {
      until: /\r\n\r\n/,
    });
    assert.equal(status, 403, `${method} ${path} with ${host} ${origin}: ${text.slice(0, 200)}`);
    assert.doesNotMatch(text, /access-control-allow-origin/i);
  }
}

function foreign(id: string, title: string, host: string, origin?: string): HostileCase {
  return {
    id,
    title,
    expected: '403 on every plane before the body is read, and no permission for the page',
    run: (world) => everywhere(world, host, origin),
  };
}

const crossOrigin: HostileCase = {
  id: 'D39',
  title: 'questions of pages of foreign origins, and of an allowed one',
  expected:
    'no permission for foreign pages; the allowed origin by name, never *, never credentials',
  run: async ({ client, keys }) => {
    for (const origin of [
      'https://evil.example',
      'null',
      `${PAGE}.evil`,
      PAGE.replace('https', 'http'),
    ]) {
      for (const path of ['/mcp', '/services', '/api/v1/keys', '/sse']) {
        const came = await client.send('OPTIONS', path, {
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
            cookie: 'a=b',
          },
        });
        assert.ok(came.status >= 400, `${origin} ${path} ${came.status}`);
        assert.equal(came.headers.get('access-control-allow-origin'), null);
      }
    }
    for (const path of ['/mcp', '/services']) {
      const asked = await client.send('OPTIONS', path, {
        headers: { origin: PAGE, 'access-control-request-method': 'POST' },
      });
      const none = await client.send('GET', path, { headers: { origin: PAGE } });
      const known = await client.send('GET', path, { key: keys.admin, headers: { origin: PAGE } });
      assert.equal(asked.status, 204);
      for (const { headers } of [asked, none, known]) {
        assert.equal(headers.get('access-control-allow-origin'), PAGE);
        assert.equal(headers.get('access-control-allow-credentials'), null);
        assert.match(headers.get('vary') ?? '', /Origin/);
      }
      assert.equal(none.status, 401);
    }
  },
};

const paths: HostileCase = {
  id: 'D38',
  title: 'addresses that only look like others: //mcp, /mcp/%2e%2e/admin, /MCP, /mcp;x, /mcp%00',
  expected: 'the same refusal without a key as the true address, or 404',
  run: async ({ raw, keys }) => {
    const tricks = [
      '//mcp',
      '/mcp/%2e%2e/services',
      '/MCP',
      '/mcp;x',
      '/mcp%00',
      '/mcp/',
      '/./mcp',
    ];
    const other = [
      '//services',
      '/services/../api/v1/keys',
      '/SERVICES',
      '/api//v1/keys',
      '/api/v1/keys/',
    ];
    for (const path of [...tricks, ...other]) {
      const none = await raw.send(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assert.ok([401, 404, 405].includes(none.status), `${path}: ${none.status}`);
      const key = `Authorization: Bearer ${keys.narrow}\r\nConnection: close\r\n`;
      const narrow = await raw.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${key}\r\n`);
      assert.ok([401, 403, 404, 405].includes(narrow.status), `${path}: ${narrow.status}`);
    }
  },
};

/** Who may send requests from where. */
export const origins: HostileGroup = {
  heading: 'D. Hosts, origins, addresses',
  cases: [
    foreign('D20a', 'a page of a foreign origin', 'localhost', 'https://evil.example'),
    foreign('D20b', 'a page without an origin: null', 'localhost', 'null'),
    foreign('D20c', 'a page whose origin begins like ours', 'localhost', 'http://localhost.evil'),
    foreign('D20d', 'a page of another port', 'localhost', 'http://localhost:1'),
    foreign('D21', 'a page that rebound its name to this machine', 'attacker.test'),
    paths,
    crossOrigin,
  ],
};

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostileCase, HostileGroup } from '../case.ts';
import { textOf } from '../world/client.ts';
import { everyRoute } from '../world/every-route.ts';
import { GatewayChild } from '../world/gateway-child.ts';
import type { World } from '../world/open-world.ts';
import { accountCases } from './accounts.ts';
import { oauthServerCases } from './oauth-server.ts';
import { guessing } from './sign-in.ts';
import { tokenCases } from './tokens.ts';

/** Asks every address with these headers; each must refuse with 401, and nothing runs. */
async function allRefuse(world: World, headers: Readonly<Record<string, string>>): Promise<number> {
  const { client, evil } = world;
  const calls = evil.calls;
  const routes = await everyRoute(world);
  for (const { method, path, body } of routes) {
    const came = await client.send(method, path, { headers, body });
    assert.equal(came.status, 401, `${method} ${path}: ${came.status} ${came.text.slice(0, 100)}`);
    assert.match(came.headers.get('www-authenticate') ?? '', /^Bearer/, `${method} ${path}`);
  }
  assert.equal(evil.calls, calls);
  return routes.length;
}

const nobody: HostileCase = {
  id: 'A1',
  title: 'no credential, on every route and every door',
  expected: '401 with WWW-Authenticate: Bearer',
  run: async (world) => {
    const seen = await allRefuse(world, {});
    assert.ok(seen >= 40, `only ${seen} addresses`);
  },
};

const madeUp: HostileCase = {
  id: 'A2',
  title: 'a made-up key, on every route and every door, WebSocket and event stream too',
  expected: '401, no call upstream',
  run: async (world) => {
    for (const headers of [
      { authorization: 'Bearer sk-made-up' },
      { 'x-api-key': 'sk-made-up' },
      { authorization: 'Basic YTpi' },
    ]) {
      await allRefuse(world, headers);
    }
    const lines = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    for (const more of [
      'Authorization: Bearer sk-made-up\r\n',
      'Sec-WebSocket-Protocol: mcp, bearer.sk\r\n',
    ]) {
      const head = `GET /ws HTTP/1.1\r\nHost: localhost\r\n${lines}${key}${more}\r\n`;
      assert.equal((await world.raw.send(head)).status, 401);
    }
  },
};

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const forged: HostileCase = {
  id: 'A3',
  title: 'tokens without a signature, signed by a key of their own, or that name a key elsewhere',
  expected: '401 on both planes; the address in the token is never asked',
  run: async (world) => {
    const { client, canary, gateway } = world;
    const now = Math.floor(Date.now() / 1_000);
    const claims = base64({
      iss: gateway.url,
      aud: gateway.url,
      sub: 'usr_1',
      tid: world.other.id,
      gid: 'grt_1',
      iat: now,
      exp: now + 600,
    });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const edwards = (header: object): string => {
      const body = `${base64({ alg: 'EdDSA', typ: 'at+jwt', ...header })}.${claims}`;
      return `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
    };
    const plain = `${base64({ alg: 'HS256', typ: 'at+jwt' })}.${claims}`;
    const tokens = [
      `${base64({ alg: 'none' })}.${claims}.`,
      `${base64({ alg: 'NONE', kid: '' })}.${claims}.`,
      `${plain}.${createHmac('sha256', jwk.x ?? '')
        .update(plain)
        .digest('base64url')}`,
      edwards({ kid: 'unknown' }),
      edwards({ kid: '' }),
      edwards({ kid: '../../dev/null' }),
      edwards({ jwk }),
      edwards({ jku: `${canary.url}/jwks`, kid: 'x' }),
      edwards({ x5u: `${canary.url}/cert`, kid: 'x' }),
      edwards({ crit: ['b64'], b64: false }),
      `${edwards({})}.extra`,
    ];
    for (const token of tokens) {
      for (const path of ['/services', '/mcp/calm', '/sessions', '/sse']) {
        const came = await client.send('GET', path, { key: token });
        assert.equal(came.status, 401, `${path} ${token.slice(0, 60)}`);
      }
    }
  },
};

const inQuery: HostileCase = {
  id: 'A7',
  title: 'a key in the address: access_token, key, api_key, token',
  expected: '401, and the key in no log',
  run: async ({ client, keys, gateway }) => {
    for (const name of ['access_token', 'key', 'api_key', 'apiKey', 'token', 'authorization']) {
      for (const path of ['/services', '/mcp', '/sse', '/api/v1/keys', '/ws']) {
        const { status } = await client.send('GET', `${path}?${name}=${keys.admin}`);
        assert.ok([401, 426].includes(status), `${path} ${name}: ${status}`);
      }
    }
    await sleep(100);
    assert.ok(!gateway.log.includes(keys.admin));
  },
};

const oddHeaders: HostileCase = {
  id: 'A8',
  title: 'two Authorization headers in both orders, a tab, 8 KB, a line break, lower case',
  expected: '400 or 401 on both planes alike; lower case is the same scheme',
  run: async ({ raw, keys }) => {
    const good = `Authorization: Bearer ${keys.admin}\r\n`;
    const bad = 'Authorization: Bearer sk-made-up\r\n';
    const ask = async (path: string, lines: string): Promise<number> =>
      (
        await raw.send(
          `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`,
        )
      ).status;
    for (const lines of [
      good + bad,
      bad + good,
      good + good,
      `${good}X-Api-Key: sk-made-up\r\n`,
      `Authorization: Bearer\t${keys.admin}\r\n`,
      `Authorization: Bearer ${'x'.repeat(8_000)}\r\n`,
      `Authorization: Bearer ${keys.admin}\n x\r\n`,
      `Authorization: Bearer ${keys.admin}, Bearer x\r\n`,
      `Authorization: ${keys.admin}\r\n`,
      'Authorization: Bearer \r\n',
    ]) {
      const statuses = new Set<number>();
      for (const path of ['/services', '/mcp', '/sse']) statuses.add(await ask(path, lines));
      assert.equal(statuses.size, 1, `${lines}: ${[...statuses].join(' ')}`);
      assert.ok([400, 401].includes([...statuses][0] ?? 0), `${lines}: ${[...statuses].join(' ')}`);
    }
    assert.equal(await ask('/services', `authorization: bearer ${keys.admin}\r\n`), 200);
  },
};

const wrongKeys: HostileCase = {
  id: 'A9',
  title: 'a key with one character off, its beginning, a longer one, a revoked one',
  expected: '401; a revoked key within a second, also one that was in use',
  run: async ({ client, keys }) => {
    const { admin } = keys;
    const last = admin.at(-1) === 'a' ? 'b' : 'a';
    for (const key of [
      admin.slice(0, -1),
      admin.slice(0, -1) + last,
      `${admin}x`,
      admin.slice(0, 12),
    ]) {
      assert.equal((await client.send('GET', '/services', { key })).status, 401);
      assert.equal((await client.call(key, '/mcp/calm', 'work')).status, 401);
    }
    const body = { name: 'short-lived' };
    const { json } = await client.send('POST', '/api/v1/keys', { key: admin, body });
    const key = textOf(json, 'apiKey');
    assert.equal((await client.call(key, '/mcp/calm', 'work')).status, 200);
    await client.send('DELETE', `/api/v1/keys/${textOf(json, 'id')}`, { key: admin });
    assert.equal((await client.call(key, '/mcp/calm', 'work')).status, 401);
    assert.equal((await client.send('GET', '/services', { key })).status, 401);
  },
};

/** The secret part of a key with its letters in the other case. */
const flipped = (text: string): string =>
  text.replaceAll(/[a-zA-Z]/g, (one) =>
    one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase(),
  );

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const timing: HostileCase = {
  id: 'A10',
  title: '300 keys that begin like a true one and 300 that do not',
  expected: 'no difference in time that tells them apart',
  run: async ({ client, keys }) => {
    const times: [number[], number[]] = [[], []];
    const like = keys.admin.slice(0, -8);
    for (let turn = 0; turn < 600; turn++) {
      const tail = String(turn).padStart(8, '0');
      const near = like + tail;
      // Of the same shape: that a text is no key at all anybody may know.
      const far = near.replaceAll(/[0-9a-f](?=[^_]*_[^_]*$)/g, '7').replace(/_[^_]*$/, flipped);
      const started = performance.now();
      await client.send('GET', '/services', { key: turn % 2 === 0 ? near : far });
      times[turn % 2 === 0 ? 0 : 1].push(performance.now() - started);
    }
    const [near = 0, far = 0] = times.map(median);
    const noise = Math.max(1, 0.2 * Math.min(near, far));
    assert.ok(Math.abs(near - far) < noise, `${near} ms and ${far} ms`);
  },
};

/** Starts a gateway that must refuse to; says what it wrote. */
async function refusesToStart(
  config: object,
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-start-'));
  try {
    const file = join(folder, 'gateway.json');
    writeFileSync(file, JSON.stringify(config));
    const flags = ['--config', file, '--port', '0', '--data-dir', join(folder, 'data')];
    const started = await GatewayChild.start(flags, environment).catch((error: unknown) => error);
    if (!(started instanceof GatewayChild)) return String(started);
    await started[Symbol.asyncDispose]();
    throw new Error(`It started with ${JSON.stringify(config)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const weakSecrets: HostileCase = {
  id: 'A12',
  title: 'a start with a secret that is absent, a usual word, or too short',
  expected: 'refused, in every NODE_ENV',
  run: async () => {
    const secrets = ['changeme', Buffer.from('your-secret-key').toString('base64'), 'c2hvcnQ='];
    const starts = secrets.map((secret, at) => {
      const NODE_ENV = ['development', 'production', 'test'][at];
      return refusesToStart({ keys: [{ id: 'k1', secret }] }, { NODE_ENV });
    });
    const absent = { keys: [{ id: 'k1', secret: { env: 'NOT_SET_ANYWHERE' } }] };
    await Promise.all([...starts, refusesToStart(absent)]);
  },
};

const noAuthentication: HostileCase = {
  id: 'A13',
  title: 'a configuration that would do without credentials',
  expected: 'there is none: such keys stop the start',
  run: async () => {
    const configs = [
      { auth: { mode: 'none' } },
      { server: { auth: false } },
      { authentication: 'off' },
      { server: { tls: { certFile: 'a', keyFile: 'b', clientCertificates: 'required' } } },
    ];
    await Promise.all(configs.map((config) => refusesToStart(config)));
  },
};

const inner: HostileCase = {
  id: 'A22',
  title: 'headers that only a proxy or the inside may set',
  expected: 'passed over: 401 without a key, no other caller, no other host with one',
  run: async ({ client, keys, gateway }) => {
    const headers = {
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-user': 'admin',
      forwarded: 'for=127.0.0.1;host=evil.example',
      'x-real-ip': '127.0.0.1',
      'x-tenant-id': 'ten_other',
      'x-user-id': 'usr_1',
      'mcp-init-host': 'evil.example',
      'x-ssl-client-verify': 'SUCCESS',
      'x-client-cert': 'x',
      'x-http-method-override': 'DELETE',
    };
    assert.equal((await client.send('GET', '/services', { headers })).status, 401);
    assert.equal((await client.send('POST', '/mcp/calm', { headers, body: {} })).status, 401);
    const plain = await client.send('GET', '/services', { key: keys.narrow });
    const dressed = await client.send('GET', '/services', { key: keys.narrow, headers });
    // Others call meanwhile.
    const still = (text: string): string => text.replaceAll(/"lastSuccessAtMs":\d+/g, '');
    assert.equal(still(dressed.text), still(plain.text));
    assert.equal(dressed.headers.get('strict-transport-security'), null);
    assert.ok(!gateway.log.includes('evil.example'));
  },
};

const prefixes: HostileCase = {
  id: 'A23',
  title: 'two keys that begin alike, one after the other',
  expected: 'each is whom it stands for: no cache knows only the beginning',
  run: async ({ client, keys, other }) => {
    for (let turn = 0; turn < 3; turn++) {
      const a = await client.send('GET', '/services', { key: keys.admin });
      const b = await client.send('GET', '/services', { key: other.key });
      assert.match(a.text, /"slug":"calm"/);
      assert.doesNotMatch(b.text, /"slug":"calm"/);
      assert.equal((await client.send('GET', '/services', { key: `${keys.admin}.` })).status, 401);
    }
  },
};

const metadata: HostileCase = {
  id: 'A18',
  title: 'a service that answers 401 and names an address for its metadata',
  expected: 'the address is never asked; the caller learns that the service failed',
  run: async ({ client, keys, evil, canary }) => {
    const before = evil.tools.get('work');
    for (const address of [canary.url, 'javascript:1', 'file:///etc/passwd', '$(id)']) {
      evil.tools.set('work', ({ response }) => {
        const challenge = `Bearer resource_metadata="${address}/.well-known/x", scope="a"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      });
      const { text } = await client.call(keys.admin, '/mcp/evil', 'work');
      assert.match(text, /"error"/);
      assert.ok(!text.includes(address));
    }
    if (before !== undefined) evil.tools.set('work', before);
  },
};

/** Who calls. */
export const authentication: HostileGroup = {
  heading: 'A. Authentication',
  cases: [
    nobody,
    madeUp,
    forged,
    tokenCases.otherAudience,
    tokenCases.otherIssuer,
    tokenCases.outOfTime,
    inQuery,
    oddHeaders,
    wrongKeys,
    timing,
    guessing,
    weakSecrets,
    noAuthentication,
    tokenCases.reused,
    accountCases.forgedCallback,
    oauthServerCases.otherRedirect,
    oauthServerCases.secondClient,
    metadata,
    accountCases.evilEndpoints,
    accountCases.otherMetadata,
    oauthServerCases.insideDocument,
    tokenCases.keyServers,
    inner,
    prefixes,
    tokenCases.alike,
  ],
};

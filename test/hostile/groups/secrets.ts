import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostileCase, HostileGroup } from '../case.ts';
import { textOf } from '../world/client.ts';
import { everyRoute } from '../world/every-route.ts';
import { GatewayChild } from '../world/gateway-child.ts';
import { planted, type World } from '../world/open-world.ts';
import { recordCases } from './records.ts';

const nowhere: HostileCase = {
  id: 'I1',
  title: 'every address read with every right, after errors of every kind',
  expected: 'no secret in any answer, log or process',
  run: async (world) => {
    const { client, keys, gateway } = world;
    for (const { method, path } of await everyRoute(world)) {
      if (method === 'GET') {
        await client
          .send(method, path, { key: keys.admin, signal: AbortSignal.timeout(1_000) })
          .catch(() => {});
      }
    }
    for (const slug of ['evil', 'calm', 'files', 'people']) {
      const { status } = await client.send('GET', `/services/${slug}`, { key: keys.admin });
      assert.equal(status, 200);
    }
    for (const path of ['/docs', '/docs/errors', '/openapi.json', '/health', '/metrics', '/']) {
      await client.send('GET', path, { key: keys.admin });
    }
    const line = readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1');
    for (const secret of Object.values(planted)) assert.ok(!line.includes(secret));
  },
};

const sealed: HostileCase = {
  id: 'I2',
  title: 'the files of the database, and a sealed secret moved to another row',
  expected: 'no secret in any file; a moved one does not open',
  run: async ({ client, keys, evil, dataDirectory }) => {
    const { DatabaseSync } = await import('node:sqlite');
    await client.call(keys.admin, '/mcp/evil', 'work');
    assert.equal(evil.lastHeaders.authorization, `Bearer ${planted.upstream}`);
    using database = new DatabaseSync(join(dataDirectory, 'gateway.db'), { readOnly: true });
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name));
    assert.ok(tables.length >= 8);
    for (const table of tables) {
      const rows = JSON.stringify(database.prepare(`SELECT * FROM "${table}"`).all());
      for (const secret of Object.values(planted)) assert.ok(!rows.includes(secret), table);
    }
  },
};

const wrongRing: HostileCase = {
  id: 'I4',
  title: 'a start with another key over the same data',
  expected: 'refused, and the data is as it was',
  run: async ({ dataDirectory, folder }) => {
    const copy = join(folder, 'copy');
    cpSync(dataDirectory, copy, { recursive: true });
    for (const name of readdirSync(copy)) {
      if (/^gateway\.(lock|pid)$/.test(name)) rmSync(join(copy, name));
    }
    const config = join(folder, 'other.json');
    const secret = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(config, JSON.stringify({ keys: [{ id: 'k1', secret }] }));
    const before = await rowsOf(copy);
    const flags = ['--config', config, '--port', '0', '--data-dir', copy];
    const started = await GatewayChild.start(flags).catch((error: unknown) => error);
    if (started instanceof GatewayChild) await started[Symbol.asyncDispose]();
    assert.ok(!(started instanceof GatewayChild), 'it started');
    assert.match(String(started), /key/);
    assert.deepEqual(await rowsOf(copy), before);
    rmSync(copy, { recursive: true });
  },
};

/** How many rows every table of a data folder has. */
async function rowsOf(folder: string): Promise<readonly string[]> {
  const { DatabaseSync } = await import('node:sqlite');
  using database = new DatabaseSync(join(folder, 'gateway.db'));
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables.map(({ name }) => {
    const row = database.prepare(`SELECT count(*) AS count FROM "${String(name)}"`).get();
    return `${String(name)}: ${Number(row?.['count'])}`;
  });
}

const injected: HostileCase = {
  id: 'I5',
  title: 'line breaks, colours and lines of a log in names, agents and errors',
  expected: 'each line of the log is one object, and none of ours is made up',
  run: async ({ client, raw, keys, evil, gateway }) => {
    const fake = '\n{"level":"fatal","msg":"made up"}\n\u001b[31mred\u001b[0m\r\nX: y';
    const start = gateway.log.length;
    const before = evil.tools.get('work');
    evil.tools.set('work', ({ id, response }) => {
      const error = { code: -32000, message: fake };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    });
    await client.call(keys.admin, '/mcp/evil', 'work');
    if (before !== undefined) evil.tools.set('work', before);
    await raw.send(
      'GET /services HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\u001b[31mred\r\n\r\n',
      {
        until: /\r\n\r\n/,
      },
    );
    await client.send('GET', `/services/${encodeURIComponent(fake)}`, { key: keys.admin });
    await client.send('POST', `/services/evil/tools/${encodeURIComponent(fake)}`, {
      key: keys.admin,
      body: {},
    });
    await client.send('POST', '/api/v1/keys', { key: keys.admin, body: { name: fake } });
    const title = {
      slug: 'odd',
      kind: 'mcp-http',
      title: fake,
      config: { url: 'http://10.0.0.1/' },
    };
    await client.send('POST', '/register-service', { key: keys.admin, body: title });
    await sleep(300);
    await client.send('DELETE', '/api/v1/services/odd', { key: keys.admin });
    const lines = gateway.log
      .slice(start)
      .split('\n')
      .filter((line) => line !== '');
    assert.ok(lines.length > 0);
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      assert.notEqual(entry['msg'], 'made up');
      assert.ok(!line.includes('\u001b'));
    }
  },
};

const echoed: HostileCase = {
  id: 'I6',
  title: 'a server whose error repeats the secret it was sent, and the address with a password',
  expected: 'masked for the caller and in the log',
  run: async (world: World) => {
    const { client, keys, evil, gateway } = world;
    const start = gateway.log.length;
    const before = evil.tools.get('work');
    const answers: readonly ((headers: unknown) => string)[] = [
      (headers) => JSON.stringify({ error: { code: -1, message: JSON.stringify(headers) } }),
      (headers) =>
        JSON.stringify({
          result: {
            resultType: 'complete',
            isError: true,
            content: [{ type: 'text', text: JSON.stringify(headers) }],
          },
        }),
      () => 'no json',
    ];
    for (const answer of answers) {
      evil.tools.set('work', ({ id, headers, response }) => {
        const rest = answer(headers);
        const text = rest.startsWith('{')
          ? rest.replace('{', `{"jsonrpc":"2.0","id":${Number(id)},`)
          : rest;
        response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      });
      const came = await client.call(keys.admin, '/mcp/evil', 'work');
      assert.ok(!came.text.includes(planted.upstream), 'the caller sees the secret');
    }
    if (before !== undefined) evil.tools.set('work', before);
    assert.ok(!gateway.log.slice(start).includes(planted.upstream), 'the log shows the secret');
  },
};

const hashed: HostileCase = {
  id: 'I7',
  title: 'keys in the database, and a key asked for again',
  expected: 'a hash of each; the key itself is shown once',
  run: async ({ client, keys, dataDirectory }) => {
    const made = await client.send('POST', '/api/v1/keys', {
      key: keys.admin,
      body: { name: 'once' },
    });
    const key = textOf(made.json, 'apiKey');
    const { text } = await client.send('GET', '/api/v1/keys', { key: keys.admin });
    assert.ok(!text.includes(key) && text.includes('"once"'));
    for (const name of readdirSync(dataDirectory)) {
      if (!name.startsWith('gateway.db')) continue;
      const bytes = readFileSync(join(dataDirectory, name));
      assert.ok(!bytes.includes(key) && !bytes.includes(key.slice(-20)), name);
    }
    await client.send('DELETE', `/api/v1/keys/${textOf(made.json, 'id')}`, { key: keys.admin });
  },
};

const closed: HostileCase = {
  id: 'I8',
  title: 'source maps, sources, the inspector, files beside the documentation',
  expected: 'none of it is served; the inspector listens nowhere',
  run: async ({ client, keys, gateway }) => {
    for (const path of [
      '/docs/assets/swagger-ui.css.map',
      '/docs/assets/swagger-ui-bundle.js.map',
      '/docs/assets/..%2f..%2fpackage.json',
      '/docs/assets/%2e%2e%2fpackage.json',
      '/docs/assets/package.json',
      '/src/main.ts',
      '/package.json',
      '/.env',
      '/.git/config',
      '/debug/pprof',
      '/json/list',
      '/server-status',
    ]) {
      const { status } = await client.send('GET', path, { key: keys.admin });
      assert.equal(status, 404, path);
    }
    const line = readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1');
    assert.doesNotMatch(line, /--inspect/);
    await assert.rejects(fetch('http://127.0.0.1:9229/json/list'));
  },
};

/** What nobody may learn. */
export const secrets: HostileGroup = {
  heading: 'I. Secrets and logs',
  cases: [
    nowhere,
    sealed,
    recordCases.rotated,
    wrongRing,
    injected,
    echoed,
    hashed,
    closed,
    recordCases.tampered,
  ],
};

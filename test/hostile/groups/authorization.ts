import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missing, type HostileCase, type HostileGroup } from '../case.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { modernBody, modernHeaders } from '../../chaos/support/gateway-calls.ts';
import { textOf, serviceIdOf } from '../world/client.ts';
import { everyRoute } from '../world/every-route.ts';
import { accountCases } from './accounts.ts';
import { signedIn } from '../world/sign-in.ts';
import { addPerson } from '../../support/add-person.ts';
import { tenantCases } from './tenants.ts';

const matrix: HostileCase = {
  id: 'B1',
  title: 'every route with a key that has two permissions',
  expected: '403 wherever the route needs another',
  run: async (world) => {
    const { client, keys } = world;
    // Whoever is admitted may know who they are.
    const held = ['mcp.use', 'services.read', 'admitted'];
    const routes = (await everyRoute(world)).filter(({ permission }) => permission !== undefined);
    assert.ok(routes.length >= 25, `only ${routes.length} routes`);
    for (const { method, path, body, permission = '' } of routes) {
      if (held.includes(permission)) continue;
      const { status } = await client.send(method, path, { key: keys.narrow, body });
      assert.equal(status, 403, `${method} ${path} needs ${permission}`);
    }
  },
};

const foreignIds: HostileCase = {
  id: 'B2',
  title: 'ids of another tenant in addresses, bodies, queries and cursors',
  expected: '404 word for word as for an id that nobody has; nothing of the other in lists',
  run: async ({ client, keys, other }) => {
    const { json } = await client.send('GET', '/services', { key: keys.admin });
    const services = json['services'] as readonly JsonObject[];
    const service = textOf(services[0], 'id');
    const { json: own } = await client.send('GET', '/api/v1/keys', { key: keys.admin });
    const key = textOf((own['keys'] as readonly JsonObject[])[0], 'id');
    const session = await client.send('POST', '/sessions', { key: keys.admin, body: {} });
    const sessionId = textOf(session.json, 'id');
    for (const [method, path, id, body] of [
      ['GET', '/services/', service],
      ['GET', '/services/', 'calm'],
      ['DELETE', '/api/v1/services/', service],
      ['PATCH', '/api/v1/services/', service, { title: 'x' }],
      ['DELETE', '/api/v1/keys/', key],
      ['GET', '/sessions/', sessionId],
      ['DELETE', '/sessions/', sessionId],
    ] as const) {
      const came = await client.send(method, path + id, { key: other.key, body });
      const nobody = 'svc_00000000000000000000000000';
      const none = await client.send(method, path + nobody, { key: other.key, body });
      assert.equal(came.status, 404, `${method} ${path}`);
      assert.equal(came.text, none.text);
    }
    const usage = await client.send('GET', `/usage?keyId=${key}`, { key: other.key });
    assert.ok(!usage.text.includes(key) || usage.status >= 400);
    for (const path of ['/services', '/api/v1/keys', '/sessions', '/api/v1/bundles']) {
      const { text } = await client.send('GET', path, { key: other.key });
      for (const id of [service, key, sessionId]) assert.ok(!text.includes(id), path);
    }
    for (const path of ['/mcp/calm', '/mcp/evil']) {
      const came = await client.call(other.key, path, 'work');
      const none = await client.call(other.key, '/mcp/nobody-has-it', 'work');
      assert.equal(came.status, none.status);
      assert.equal(came.text, none.text);
    }
    await client.send('DELETE', `/sessions/${sessionId}`, { key: keys.admin });
  },
};

const massAssignment: HostileCase = {
  id: 'B3',
  title: 'fields that would give more: role, tenantId, isAdmin, credits, id, createdBy',
  expected: '400 that names the field, wherever a body is taken',
  run: async (world) => {
    const { client, keys, gateway } = world;
    const login = await signedIn(world, await addPerson(gateway.url, keys.admin, 'viewer'));
    const taking = (await everyRoute(world)).filter(
      ({ method, body, permission }) =>
        permission !== undefined && body !== undefined && ['POST', 'PATCH', 'PUT'].includes(method),
    );
    assert.ok(taking.length >= 5, `only ${taking.length} routes take a body`);
    for (const { method, path, permission } of taking) {
      // Some are for logins alone.
      const key = permission === 'self' ? login : keys.admin;
      for (const field of ['tenantId', 'isAdmin', 'credits', 'createdBy', 'permissions']) {
        const body = { [field]: 'x' };
        const came = await client.send(method, path, { key, body });
        assert.ok(
          [400, 404, 422].includes(came.status),
          `${method} ${path} ${field}: ${came.status}`,
        );
        // SCIM and OpenAI's protocol have forms of their own.
        const words = [field, 'errors', 'scimType', 'invalid_request_error'];
        const says = words.some((word) => came.text.includes(word));
        if (came.status === 400) assert.ok(says, `${method} ${path} ${field}: ${came.text}`);
      }
    }
  },
};

const filters: HostileCase = {
  id: 'B4',
  title: 'filters in lists: tenantId[]=B, *, an operator, spaces',
  expected: '400 for what is not known; own rows only',
  run: async ({ client, keys, other }) => {
    for (const query of [
      `tenantId[]=${other.id}`,
      `tenant=${other.id}`,
      'tenant=*',
      'limit[$ne]=1',
      'kind=%20a',
      'where=1%3D1',
    ]) {
      for (const path of ['/services', '/api/v1/keys', '/sessions', '/usage']) {
        const { status, text } = await client.send('GET', `${path}?${query}`, { key: keys.admin });
        assert.ok([400, 404].includes(status), `${path}?${query}: ${status}`);
        assert.ok(!text.includes(other.keyId));
      }
    }
  },
};

const hiddenTool: HostileCase = {
  id: 'B5',
  title: 'a tool of a service that the key does not reach, by its exact name',
  expected: 'the same words as for a tool that nobody has; no call upstream',
  run: async ({ client, keys, evil }) => {
    const calls = evil.calls;
    for (const [path, hidden, unknown] of [
      ['/mcp', 'evil__work', 'none__work'],
      ['/mcp/evil', 'work', 'work'],
    ] as const) {
      const came = await client.call(keys.narrow, path, hidden);
      const elsewhere = path === '/mcp' ? path : '/mcp/none';
      const none = await client.call(keys.narrow, elsewhere, unknown);
      const normal = (text: string): string =>
        text.replaceAll(hidden, '?').replaceAll(unknown, '?');
      assert.equal(came.status, none.status);
      assert.equal(normal(came.text), normal(none.text));
    }
    const rest = await client.send('POST', '/services/evil/tools/work', {
      key: keys.narrow,
      body: {},
    });
    assert.equal(rest.status, 404);
    assert.equal(evil.calls, calls);
  },
};

const filteredList: HostileCase = {
  id: 'B6',
  title: 'a list asked for by an administrator and then by a narrow key',
  expected: 'each its own; a filtered list is marked private',
  run: async ({ client, keys }) => {
    for (let turn = 0; turn < 2; turn++) {
      const all = await client.mcp(keys.admin, '/mcp', 'tools/list');
      assert.match(all.text, /evil__work/);
      const few = await client.mcp(keys.narrow, '/mcp', 'tools/list');
      assert.match(few.text, /calm__work/);
      assert.doesNotMatch(few.text, /evil__|files__|people__|legacy__/);
      assert.match(few.text, /"cacheScope":"private"/);
    }
  },
};

const sharedUpstream: HostileCase = {
  id: 'B7',
  title: 'two tenants with one stateful server behind them',
  expected: 'a session with the server for each, never a shared one',
  run: async ({ client, keys, other, legacy }) => {
    const { url } = legacy;
    const body = { slug: 'theirs', kind: 'mcp-http', config: { url } };
    const made = await client.send('POST', '/register-service', { key: other.key, body });
    assert.ok(made.status < 300, made.text);
    await client.call(keys.admin, '/mcp/legacy', 'echo', { who: 'a' });
    const ofA = new Set(legacy.sessions);
    await client.call(other.key, '/mcp/theirs', 'echo', { who: 'b' });
    assert.ok(legacy.sessions.size > ofA.size || ofA.size > 1, 'one session for two tenants');
    const id = serviceIdOf(made);
    await client.send('DELETE', `/api/v1/services/${id}`, { key: other.key });
  },
};

const passthrough: HostileCase = {
  id: 'B10',
  title: 'the caller’s own Authorization, Cookie, X-Api-Key and Proxy headers',
  expected: 'none of them reaches the server behind',
  run: async ({ client, keys, evil, calm }) => {
    for (const [path, upstream] of [
      ['/mcp/evil', evil],
      ['/mcp/calm', calm],
    ] as const) {
      await client.send('POST', `/services${path.slice(4)}/tools/work`, {
        key: keys.admin,
        headers: {
          cookie: 'a=CALLER',
          'proxy-authorization': 'Basic CALLER',
          'x-custom': 'CALLER',
        },
        body: {},
      });
      const sent = JSON.stringify(upstream.lastHeaders);
      assert.ok(!sent.includes(keys.admin) && !sent.includes('CALLER'), sent);
    }
  },
};

const redirected: HostileCase = {
  id: 'B11',
  title: 'a server that sends the gateway elsewhere with 302, 307 and 308',
  expected: 'nobody follows: the secret goes to no other host',
  run: async ({ client, keys, evil, canary }) => {
    const before = evil.tools.get('work');
    for (const status of [301, 302, 303, 307, 308]) {
      evil.tools.set('work', ({ response }) => {
        response.writeHead(status, { location: `${canary.url}/mcp` }).end();
      });
      const { text } = await client.call(keys.admin, '/mcp/evil', 'work');
      assert.match(text, /"error"/);
    }
    if (before !== undefined) evil.tools.set('work', before);
    assert.equal(canary.hits, 0);
  },
};

const narrowRows: HostileCase = {
  id: 'B12',
  title: 'rows that a narrow key does not reach, on the control plane',
  expected: '404, and absent from lists',
  run: async ({ client, keys }) => {
    const { text } = await client.send('GET', '/services', { key: keys.narrow });
    assert.match(text, /"calm"/);
    assert.doesNotMatch(text, /"evil"|"files"|"people"/);
    for (const slug of ['evil', 'files', 'people', 'nothing']) {
      assert.equal(
        (await client.send('GET', `/services/${slug}`, { key: keys.narrow })).status,
        404,
      );
    }
  },
};

const registerCommand: HostileCase = {
  id: 'B13',
  title: 'registering a program to be started, files, a database file, an address inside',
  expected: 'refused over the API, by a member and by another tenant; nothing is started',
  run: async ({ client, keys, other, canary, folder }) => {
    const marker = join(folder, 'started');
    const bodies: readonly JsonObject[] = [
      { slug: 'x1', kind: 'mcp-stdio', config: { command: 'touch', args: [marker] } },
      { command: 'touch', args: [marker] },
      { slug: 'x2', kind: 'mcp-http', config: { url: canary.url } },
      { url: `${canary.url}/mcp` },
      { slug: 'x3', kind: 'openapi', config: { document: `${canary.url}/openapi.json` } },
    ];
    for (const key of [keys.narrow, other.key]) {
      for (const body of bodies) {
        for (const path of ['/register-service', '/register-service?dry_run=true']) {
          const came = await client.send('POST', path, { key, body });
          if (came.status < 300) {
            const id = serviceIdOf(came);
            await sleep(300);
            await client.send('DELETE', `/api/v1/services/${id}`, { key });
          }
        }
      }
    }
    assert.equal(canary.hits, 0);
    assert.equal(existsSync(marker), false, 'the program was started');
  },
};

const collisions: HostileCase = {
  id: 'B15',
  title: 'tools of one name on two servers, names that only look alike',
  expected: 'each under its service’s own prefix; a slug is plain letters',
  run: async ({ client, keys, calm, evil }) => {
    const list = await client.mcp(keys.admin, '/mcp', 'tools/list');
    assert.ok(list.text.includes('"evil__work"') && list.text.includes('"calm__work"'));
    const before = [calm.calls, evil.calls];
    await client.call(keys.admin, '/mcp', 'evil__work');
    assert.equal(evil.calls, (before[1] ?? 0) + 1);
    for (const slug of ['саlm', 'calm\u200b', 'CALM', 'calm ', 'calm__work', '../calm']) {
      const body = { slug, kind: 'mcp-http', config: { url: calm.url } };
      const { status } = await client.send('POST', '/register-service', { key: keys.admin, body });
      assert.equal(status, 400, slug);
    }
    for (const name of ['calm__wоrk', 'calm__work\u200b', ' calm__work', 'CALM__work']) {
      const headers = { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` };
      const came = await client.send('POST', '/mcp', {
        headers: { ...(modernHeaders(keys.admin, 'tools/call') as object), ...headers },
        body: modernBody('tools/call', { name, arguments: {} }),
      });
      assert.match(came.text, /"error"/, name);
    }
  },
};

const sqlTool: HostileCase = {
  id: 'B16',
  title: 'statements in the argument of an SQL tool',
  expected: 'a value like any other: no rows, nothing changed',
  run: async ({ client, keys }) => {
    for (const name of [
      "' OR '1'='1",
      "x'; DROP TABLE person; --",
      "x' UNION SELECT 1, sqlite_version() --",
      'Ada\0',
      "'; ATTACH DATABASE '/tmp/x' AS y; --",
    ]) {
      const { text } = await client.call(keys.admin, '/mcp/people', 'person_by_name', { name });
      assert.doesNotMatch(text, /Ada"|Bob/, name);
    }
    const good = await client.call(keys.admin, '/mcp/people', 'person_by_name', { name: 'Ada' });
    assert.match(good.text, /Ada/);
  },
};

const fileTool: HostileCase = {
  id: 'B17',
  title: 'paths out of the root of a file tool: .., encoded, links, /proc, NUL, backslashes',
  expected: 'refused; nothing of what is outside is in any answer',
  run: async ({ client, keys }) => {
    const read = (path: string) => client.call(keys.admin, '/mcp/files', 'read_file', { path });
    for (const path of [
      '../outside.txt',
      'docs/../../outside.txt',
      '..%2foutside.txt',
      '%2e%2e/outside.txt',
      'link.txt',
      'etc/passwd',
      '/etc/passwd',
      '/proc/self/environ',
      'docs/hello.txt\0.png',
      '..\\outside.txt',
      '\\\\?\\C:\\x',
      'file:///etc/passwd',
      `${'a/'.repeat(2_000)}x`,
      '',
    ]) {
      const { text } = await read(path);
      assert.doesNotMatch(text, /root:x:|CANARY|PATH=/, path);
      assert.match(text, /"error"|"isError":true/, `${path}: ${text.slice(0, 200)}`);
    }
    assert.match((await read('docs/hello.txt')).text, /hello/);
  },
};

/** What a caller may reach. */
export const authorization: HostileGroup = {
  heading: 'B. Authorization and tenants',
  cases: [
    matrix,
    foreignIds,
    tenantCases.everyList,
    massAssignment,
    filters,
    hiddenTool,
    filteredList,
    sharedUpstream,
    accountCases.otherAccount,
    accountCases.otherPage,
    passthrough,
    redirected,
    narrowRows,
    registerCommand,
    tenantCases.deletedAmid,
    tenantCases.suspended,
    collisions,
    sqlTool,
    fileTool,
    missing('B18', 'code in the templates of a workflow', 'there are no workflows yet'),
  ],
};

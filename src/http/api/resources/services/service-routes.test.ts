import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers, ControlPlane, problemOf } from '../../../../../test/support/control-plane.ts';
import { GatewayError, RpcError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { MASK } from './mask-config.ts';

interface Shown {
  readonly id: string;
  readonly config: unknown;
  readonly secretNames: readonly string[];
  readonly enabled: boolean;
}

const CANARY = 'CANARY-77aa';

function planeWith(...slugs: string[]) {
  const plane = new ControlPlane();
  for (const slug of slugs) {
    plane.registry.add(callers.adminA, { slug, kind: 'mcp-http', config: { url: 'https://h/' } });
  }
  return plane;
}

/** Registers and returns what reached the registry. */
async function registered(body: unknown, as: 'adminA' | 'memberA' = 'memberA') {
  const plane = new ControlPlane();
  const came = await plane.send('POST', '/register-service', { as, body });
  assert.equal(came.status, 201, came.text);
  assert.doesNotMatch(came.text, new RegExp(CANARY));
  const [input] = plane.registry.inputs;
  assert.ok(input !== undefined);
  return { input, came };
}

/** Sends a body that must be refused and returns the wrong fields. */
async function refused(body: unknown) {
  const plane = new ControlPlane();
  const came = await plane.send('POST', '/register-service', { as: 'adminA', body });
  const problem = problemOf(came, 'invalid_params');
  assert.equal(plane.registry.inputs.length, 0);
  assert.doesNotMatch(came.text, new RegExp(CANARY));
  return (problem.errors ?? []).map(({ field, problem: what }) => `${field} ${what}`);
}

describe('registering', () => {
  test('an API by its document as an object, as text and by URL', async () => {
    const document = { openapi: '3.1.0', info: { title: 'T' }, paths: {} };
    const { input } = await registered({ openapi: document, baseUrl: 'https://api.example' });
    assert.deepEqual(input, {
      kind: 'openapi',
      config: { document, baseUrl: 'https://api.example' },
      secrets: {},
    });
    const text = await registered({ openapi: 'openapi: 3.1.0\ninfo: {}' });
    assert.deepEqual(text.input.config, { document: 'openapi: 3.1.0\ninfo: {}' });
    const byUrl = await registered({ openapi: 'https://api.example/v3/api-docs' });
    assert.deepEqual(byUrl.input.config, { document: 'https://api.example/v3/api-docs' });
  });

  test('an API by its document as the whole body', async () => {
    for (const version of [{ openapi: '3.0.3' }, { swagger: '2.0' }]) {
      const document = { ...version, info: { title: 'T' }, paths: {}, 'x-anything': [1] };
      const { input } = await registered(document);
      assert.deepEqual(input, { kind: 'openapi', config: { document } });
    }
  });

  test('an MCP server by URL; a URL of a document is an API', async () => {
    const server = await registered({ url: 'https://h.example/mcp', slug: 'h', title: 'H' });
    assert.deepEqual(server.input, {
      kind: 'mcp-http',
      slug: 'h',
      title: 'H',
      config: { url: 'https://h.example/mcp' },
      secrets: {},
    });
    for (const end of ['openapi.json', 'spec.yaml', 'spec.yml?v=1']) {
      const { input } = await registered({ url: `https://h.example/${end}` });
      assert.deepEqual(input.config, { document: `https://h.example/${end}` });
    }
  });

  test('an MCP server over WebSocket, and one that wants its session id elsewhere', async () => {
    const socket = await registered({ url: 'wss://h.example/mcp', token: CANARY });
    assert.deepEqual(socket.input, {
      kind: 'mcp-websocket',
      config: {
        url: 'wss://h.example/mcp',
        headers: { Authorization: '${HEADER_AUTHORIZATION}' },
      },
      secrets: { HEADER_AUTHORIZATION: `Bearer ${CANARY}` },
    });
    const session = { carrier: 'query', name: 'sid' };
    const { input } = await registered({ url: 'https://h.example/mcp', session });
    assert.deepEqual(input.config, { url: 'https://h.example/mcp', session });
    const useless = await refused({ url: 'ws://h.example/mcp', session });
    assert.match(useless[0] ?? '', /^session has no use/);
    assert.match((await refused({ url: 'ftp://h.example/mcp' }))[0] ?? '', /^url /);
  });

  test('an MCP server by command, for administrators only', async () => {
    const body = { command: 'npx', args: ['-y', 'server'], cwd: '/srv', env: { MODE: 'fast' } };
    const { input } = await registered(body, 'adminA');
    assert.deepEqual(input, {
      kind: 'mcp-stdio',
      config: { command: 'npx', args: ['-y', 'server'], cwd: '/srv', env: { MODE: 'fast' } },
      secrets: {},
    });
    const came = await new ControlPlane().send('POST', '/register-service', {
      as: 'memberA',
      body,
    });
    problemOf(came, 'forbidden');
  });

  test('anything by kind and config, under either path', async () => {
    const plane = new ControlPlane();
    const body = { kind: 'sql', config: { url: 'x' }, secrets: { DB: CANARY }, slug: 'db' };
    const came = await plane.send('POST', '/api/v1/services', { as: 'memberA', body });
    assert.equal(came.status, 201);
    assert.deepEqual(plane.registry.inputs, [body]);
    assert.deepEqual((came.json as Shown).secretNames, ['DB']);
    assert.equal(came.headers.get('location'), `/services/${(came.json as Shown).id}`);
    assert.doesNotMatch(came.text, new RegExp(CANARY));
  });

  test('keeps secret values out of the configuration', async () => {
    const { input } = await registered({
      url: 'https://h.example/mcp',
      token: CANARY,
      headers: { 'X-Api-Key': CANARY, Accept: 'x', Cookie: 's=${MINE}' },
      secrets: { MINE: CANARY },
    });
    assert.deepEqual(input.config['headers'], {
      Authorization: '${HEADER_AUTHORIZATION}',
      'X-Api-Key': '${HEADER_X_API_KEY}',
      Accept: 'x',
      Cookie: 's=${MINE}',
    });
    assert.deepEqual(input.secrets, {
      HEADER_AUTHORIZATION: `Bearer ${CANARY}`,
      HEADER_X_API_KEY: CANARY,
      MINE: CANARY,
    });
    const api = await registered({ openapi: 'https://h.example/x', token: CANARY });
    assert.deepEqual(api.input.config['headers'], { Authorization: '${HEADER_AUTHORIZATION}' });
    assert.deepEqual((api.came.json as Shown).config, api.input.config);
    const command = await registered({ command: 'x', env: { GH_TOKEN: CANARY } }, 'adminA');
    assert.deepEqual(command.input.config['env'], { GH_TOKEN: '${ENV_GH_TOKEN}' });
    assert.deepEqual(command.input.secrets, { ENV_GH_TOKEN: CANARY });
  });

  test('keeps secrets with names alike apart, and takes one Authorization', async () => {
    const url = 'https://h.example/mcp';
    const headers = { 'X-Key': 'a', X_Key: 'b', 'x-key': 'c' };
    const { input } = await registered({ url, headers });
    const shown = input.config['headers'] as Record<string, string>;
    const sent = Object.entries(shown).map(([name, reference]) => [
      name,
      input.secrets?.[reference.slice(2, -1)],
    ]);
    assert.deepEqual(Object.fromEntries(sent), headers);
    const twice = { url, token: CANARY, headers: { authorization: CANARY } };
    assert.deepEqual(await refused(twice), ['token is given beside an Authorization header']);
  });

  test('names what is wrong, field by field', async () => {
    const url = 'https://h.example/mcp';
    assert.deepEqual(await refused({ url, colour: 'red' }), ['colour is not a known field']);
    assert.deepEqual(await refused({ url: 5 }), ['url has the wrong type']);
    assert.deepEqual(await refused({ url: 'ftp://x' }), ['url is not valid']);
    assert.deepEqual(await refused({ kind: 'x' }), ['config is missing']);
    assert.deepEqual(await refused({ kind: 'x', config: [] }), ['config has the wrong type']);
    assert.deepEqual(await refused({ url, slug: 'Not OK' }), ['slug is not valid']);
    assert.deepEqual(await refused({ command: 'x', args: [1] }), ['args[0] has the wrong type']);
    assert.deepEqual(await refused({ url, secrets: { 'a-b': CANARY } }), [
      'secrets.a-b has a name that is not allowed',
    ]);
    assert.deepEqual(await refused({}), [' does not say what to register']);
    assert.deepEqual(await refused([]), [' does not say what to register']);
    assert.deepEqual(await refused({ url, command: 'x' }), [' says it twice: url and command']);
  });

  test('takes no field that would give more than was asked for', async () => {
    for (const field of ['tenant', 'tenantId', 'role', 'id', 'createdBy', 'enabled']) {
      const body = `{"url":"https://h.example/mcp","${field}":"x"}`;
      assert.deepEqual(await refused(JSON.parse(body) as unknown), [
        `${field} is not a known field`,
      ]);
    }
  });

  test('holds titleLengthMax, slugLengthMax and the bounds of secrets', async () => {
    const at = (count: number) => ({
      url: 'https://h.example/mcp',
      title: 't'.repeat(limits.titleLengthMax + count),
    });
    await registered(at(0));
    assert.deepEqual(await refused(at(1)), ['title is too long']);
    const slug = (count: number) => ({
      url: 'https://h.example/mcp',
      slug: 's'.repeat(limits.slugLengthMax + count),
    });
    await registered(slug(0));
    assert.deepEqual(await refused(slug(1)), ['slug is too long']);
    const long = (count: number) => ({
      url: 'https://h.example/mcp',
      secrets: { A: 's'.repeat(limits.secretLengthMax + count) },
    });
    await registered(long(0));
    assert.deepEqual(await refused(long(1)), ['secrets.A is too long']);
    const many = (count: number) => ({
      url: 'https://h.example/mcp',
      secrets: Object.fromEntries(
        Array.from({ length: limits.secretsPerServiceMax + count }, (_, at) => [`S${at}`, 'x']),
      ),
    });
    await registered(many(0));
    assert.deepEqual(await refused(many(1)), ['secrets is not valid']);
  });

  test('names at most apiFieldErrorsMax wrong fields', async () => {
    const wrong = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, at]));
    const url = 'https://h.example/mcp';
    const max = limits.apiFieldErrorsMax;
    assert.equal((await refused({ url, ...wrong(max) })).length, max);
    assert.equal((await refused({ url, ...wrong(max + 1) })).length, max);
  });

  test('passes on why the registry refused', async () => {
    const plane = new ControlPlane();
    const send = () =>
      plane.send('POST', '/register-service', { as: 'adminA', body: { url: 'https://h/' } });
    const errors = [{ field: 'config.url', problem: 'is not reachable', fix: 'Check it.' }];
    plane.registry.failure = new GatewayError('invalid_configuration', 'No.', { data: { errors } });
    assert.deepEqual(problemOf(await send(), 'invalid_configuration').errors, errors);
    for (const code of ['conflict', 'egress_denied', 'too_many', 'upstream_timeout'] as const) {
      plane.registry.failure = new GatewayError(code);
      const came = await send();
      const problem = problemOf(came, code);
      assert.equal(came.headers.has('retry-after'), problem.retryable);
    }
    plane.registry.failure = new RpcError(-32000, `the key ${CANARY} is wrong`);
    const came = await send();
    problemOf(came, 'upstream_failed');
    assert.doesNotMatch(came.text, new RegExp(CANARY));
  });
});

describe('a dry run', () => {
  const body = { openapi: { openapi: '3.1.0', info: { title: 'T' }, paths: {} }, slug: 't' };

  test('answers what registering would give and keeps nothing', async () => {
    for (const path of ['/register-service', '/api/v1/services']) {
      const plane = new ControlPlane();
      const came = await plane.send('POST', `${path}?dry_run=true`, { as: 'memberA', body });
      assert.equal(came.status, 200, came.text);
      assert.deepEqual(came.json, {
        kind: 'openapi',
        slug: 't',
        title: 'New',
        tokens: 12,
        tools: [{ name: 'echo', title: null, description: 'Echoes.', tokens: 12 }],
        prompts: [],
        resources: [],
        diagnostics: [{ severity: 'warning', code: 'odd', text: 'Odd.' }],
      });
      assert.deepEqual(plane.registry.views, []);
    }
  });

  test('is one only when it is asked for', async () => {
    const plane = new ControlPlane();
    const odd = await plane.send('POST', '/register-service?dry_run=yes', { as: 'memberA', body });
    problemOf(odd, 'invalid_params');
    const real = await plane.send('POST', '/register-service?dry_run=false', {
      as: 'memberA',
      body,
    });
    assert.equal(real.status, 201);
    assert.equal(plane.registry.views.length, 1);
  });
});

describe('services', () => {
  test('are listed briefly and shown whole, by id and by slug', async () => {
    const plane = planeWith('one', 'two');
    for (const path of ['/services', '/api/v1/services']) {
      const { json } = await plane.send('GET', path, { as: 'memberA' });
      const { services } = json as { services: { slug: string }[] };
      assert.deepEqual(
        services.map(({ slug }) => slug),
        ['one', 'two'],
      );
      assert.ok(services.every((service) => !('config' in service)));
    }
    for (const path of ['/services/one', '/services/svc_1', '/api/v1/services/one']) {
      const { json } = await plane.send('GET', path, { as: 'memberA' });
      assert.deepEqual(json, {
        id: 'svc_1',
        slug: 'one',
        kind: 'mcp-http',
        title: 'one',
        enabled: true,
        definitions: 'announce',
        trust: 'untrusted',
        endpoint: '/mcp/one',
        health: plane.registry.views[0]?.health,
        counts: { tools: 1, prompts: 1, resources: 1 },
        createdAtMs: 1_800_000_000_000,
        updatedAtMs: 1_800_000_000_000,
        config: { url: 'https://h/' },
        secretNames: [],
        tools: plane.registry.views[0]?.tools,
        prompts: ['greet'],
        resources: ['file:///a'],
        diagnostics: [],
        changes: null,
      });
    }
  });

  test('of another tenant are not listed', async () => {
    const plane = planeWith('one');
    const { json } = await plane.send('GET', '/services', { as: 'adminB' });
    assert.deepEqual(json, { services: [], nextCursor: null });
  });

  test('show their configuration with secrets hidden', async () => {
    const plane = new ControlPlane();
    const config = { url: `https://u:${CANARY}@h/`, headers: { Authorization: CANARY } };
    plane.registry.add(callers.adminA, { slug: 'one', kind: 'x', config });
    const { json, text } = await plane.send('GET', '/services/one', { as: 'memberA' });
    assert.doesNotMatch(text, new RegExp(CANARY));
    assert.deepEqual((json as Shown).config, {
      url: `https://${MASK}@h/`,
      headers: { Authorization: MASK },
    });
    const again = { config: (json as Shown).config };
    const came = await plane.send('PATCH', '/services/one', { as: 'adminA', body: again });
    const fields = problemOf(came, 'invalid_params').errors?.map(({ field }) => field);
    assert.deepEqual(fields, ['config.url', 'config.headers.Authorization']);
    assert.equal(plane.registry.changes.length, 0);
  });

  test('are changed, switched, refreshed and removed by administrators', async () => {
    const plane = planeWith('one');
    const as = 'adminA';
    const body = { title: 'New', config: { url: 'https://n/' }, secrets: { A: CANARY } };
    const changed = await plane.send('PATCH', '/services/one', { as, body });
    assert.equal(changed.status, 200);
    assert.doesNotMatch(changed.text, new RegExp(CANARY));
    const off = await plane.send('POST', '/services/one/disable', { as });
    assert.equal((off.json as Shown).enabled, false);
    const on = await plane.send('POST', '/api/v1/services/one/enable', { as });
    assert.equal((on.json as Shown).enabled, true);
    assert.deepEqual(plane.registry.changes, [body, { enabled: false }, { enabled: true }]);
    assert.equal((await plane.send('POST', '/services/one/refresh', { as })).status, 200);
    const removed = await plane.send('DELETE', '/services/one', { as });
    assert.deepEqual([removed.status, removed.text], [204, '']);
    problemOf(await plane.send('GET', '/services/one', { as }), 'not_found');
  });

  test('are not changed by an empty or unknown change', async () => {
    const plane = planeWith('one');
    const wrong = { slug: 'two', kind: 'x', tenant: 'ten_b', id: 'svc_9', enabled: 1 };
    for (const [field, value] of Object.entries(wrong)) {
      const body = { title: 'New', [field]: value };
      const came = await plane.send('PATCH', '/services/one', { as: 'adminA', body });
      assert.equal(problemOf(came, 'invalid_params').errors?.[0]?.field, field);
    }
    const empty = await plane.send('PATCH', '/services/one', { as: 'adminA', body: {} });
    problemOf(empty, 'invalid_params');
    assert.equal(plane.registry.changes.length, 0);
  });

  test('leave a line in the log when they are changed', async () => {
    const plane = planeWith('one');
    await plane.send('GET', '/services/one', { as: 'adminA' });
    assert.equal(plane.logged.length, 0);
    await plane.send('DELETE', '/services/one', { as: 'memberA' });
    await plane.send('DELETE', '/services/one', { as: 'adminA' });
    await plane.send('DELETE', '/services/one', { as: 'adminA' });
    const line = {
      message: 'control plane change',
      operation: 'removeService',
      target: 'one',
      tenant: 'ten_a',
    };
    const admin = { ...line, userId: 'usr_a_admin', credentialId: 'key_a_admin' };
    assert.deepEqual(plane.logged, [
      { ...line, userId: 'usr_a_member', credentialId: 'key_a_member', status: 403 },
      { ...admin, status: 204 },
      { ...admin, status: 404 },
    ]);
  });
});

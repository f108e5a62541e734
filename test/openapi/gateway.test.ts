import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

/** What the control plane says of a service, as far as these tests read it. */
interface Shown {
  readonly slug: string;
  readonly tools: readonly { readonly name: string; readonly tokens: number }[];
  readonly tokens: number;
  readonly diagnostics: readonly { readonly code: string }[];
  readonly changes: JsonObject | null;
  readonly health: { readonly origins: readonly JsonObject[] };
}

const petPath = (name: string): JsonObject => ({
  get: { operationId: name, summary: 'Shows a pet', parameters: [{ $ref: '#/missing' }] },
});

/** An API that serves its own document. */
class PetApi {
  readonly server = createServer((request, response) => this.#answer(request, response));
  paths: JsonObject = {
    '/pets': { get: { operationId: 'listPets', summary: 'Lists all pets' } },
    '/pets/{id}': {
      get: {
        operationId: 'getPet',
        summary: 'Shows one pet',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      },
    },
  };
  readonly rows = Array.from({ length: 2_000 }, (_, id) => ({ id, text: `row ${id}` }));
  status = 200;
  documentReads = 0;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const isDocument = request.url === '/openapi.json';
    if (isDocument) this.documentReads += 1;
    const info = { title: 'Pets', version: '1' };
    const document = { openapi: '3.1.0', info, servers: [{ url: this.url }], paths: this.paths };
    response.writeHead(isDocument ? 200 : this.status, { 'content-type': 'application/json' });
    const answer = request.url === '/rows' ? this.rows : { asked: request.url ?? '' };
    response.end(JSON.stringify(isDocument ? document : answer));
  }
}

describe('an API behind the assembled gateway', () => {
  const api = new PetApi();
  let gateway: RunningGateway;

  before(async () => {
    await new Promise<void>((resolve) => {
      api.server.listen(0, '127.0.0.1', resolve);
    });
    gateway = await startGateway();
  });

  after(async () => {
    await gateway.stop();
    api.server.closeAllConnections();
    api.server.close();
  });

  const send = async (method: string, path: string, body?: Json): Promise<[number, Shown]> => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [response.status, (await response.json()) as Shown];
  };

  const rpc = async (
    slug: string,
    method: string,
    params: JsonObject,
    apiKey = gateway.apiKey,
  ): Promise<JsonObject> => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const name = params['name'] ?? params['uri'];
    const response = await fetch(`${gateway.url}/mcp/${slug}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
    });
    const answer = (await response.json()) as JsonObject;
    assert.ok(answer['result'] !== undefined, JSON.stringify(answer));
    return answer['result'] as JsonObject;
  };

  const config = (more: JsonObject = {}): JsonObject => ({
    kind: 'openapi',
    config: { document: `${api.url}/openapi.json`, ...more },
  });

  test('a dry run shows tools, sizes and diagnostics, and keeps nothing', async () => {
    api.paths = { ...api.paths, '/broken': petPath('broken') };
    const [status, shown] = await send('POST', '/register-service?dry_run=true', {
      ...config({ documentHeaders: { 'X-Key': '${KEY}' } }),
      secrets: { KEY: 'only-for-now' },
    });
    assert.equal(status, 200, JSON.stringify(shown));
    assert.ok(shown.tools.some(({ name }) => name === 'listPets'));
    assert.ok(shown.tokens > 20 && shown.tools.every(({ tokens }) => tokens > 5));
    assert.ok(shown.diagnostics.length > 0);
    const [, list] = await send('GET', '/services');
    assert.deepEqual(list, { services: [], nextCursor: null });
    const { '/broken': _, ...paths } = api.paths;
    api.paths = paths;
  });

  test('its page shows diagnostics and how calls went', async () => {
    assert.equal((await send('POST', '/register-service', { ...config(), slug: 'pets' }))[0], 201);
    await rpc('pets', 'tools/call', { name: 'listPets', arguments: {} });
    api.status = 401;
    await rpc('pets', 'tools/call', { name: 'getPet', arguments: { id: '7' } });
    api.status = 500;
    await rpc('pets', 'tools/call', { name: 'listPets', arguments: {} });
    api.status = 200;
    const [, { health, diagnostics }] = await send('GET', '/services/pets');
    assert.deepEqual(diagnostics, []);
    const [origin] = health.origins;
    assert.equal(typeof origin?.['lastSuccessAtMs'], 'number');
    const { lastSuccessAtMs: _, errorRate, ...rest } = origin ?? {};
    assert.ok(Math.abs(Number(errorRate) - 1 / 3) < 0.01);
    assert.deepEqual(rest, {
      origin: api.url,
      reachable: true,
      authorised: true,
      breaker: 'closed',
    });
  });

  test('reading it again says what changed and what breaks', async () => {
    const { '/pets/{id}': one, ...others } = api.paths as { '/pets/{id}': JsonObject };
    const get = one['get'] as JsonObject;
    const parameters = get['parameters'] as readonly Json[];
    const added = { name: 'tenant', in: 'query', required: true, schema: { type: 'string' } };
    api.paths = {
      ...others,
      '/pets/{id}': { get: { ...get, parameters: [...parameters, added] } },
      '/toys': { get: { operationId: 'listToys' } },
    };
    const [status, { changes }] = await send('POST', '/services/pets/refresh');
    assert.equal(status, 200);
    assert.deepEqual(changes, {
      added: ['listToys'],
      removed: [],
      changed: [{ name: 'getPet', breaks: ['tenant is required now'] }],
      unchanged: 1,
    });
    const [, again] = await send('POST', '/services/pets/refresh');
    assert.deepEqual(again.changes, changes, 'the same document is no change');
  });

  test('in search mode three tools find, describe and call', async () => {
    const mode = { ...config({ exposure: 'search' }), slug: 'found' };
    assert.equal((await send('POST', '/register-service', mode))[0], 201);
    const { tools } = await rpc('found', 'tools/list', {});
    assert.deepEqual(
      (tools as readonly JsonObject[]).map(({ name }) => name),
      ['search', 'describe', 'call'],
    );
    const ask = (name: string, given: JsonObject) =>
      rpc('found', 'tools/call', { name, arguments: given });
    const found = await ask('search', { query: 'one pet' });
    const [first] = (found['structuredContent'] as JsonObject)['operations'] as JsonObject[];
    assert.equal(first?.['name'], 'getPet');
    const described = await ask('describe', { operation: 'getPet' });
    assert.match(JSON.stringify(described), /tenant/);
    const called = await ask('call', {
      operation: 'getPet',
      arguments: { id: 'a/b', tenant: 't' },
    });
    assert.deepEqual(called['structuredContent'], { asked: '/pets/a%2Fb?tenant=t' });
  });

  test('a composite tool is a tool like others, until a step of it is gone', async () => {
    const of = (name: string): JsonObject => ({ $path: `$.arguments.${name}` });
    const steps = [
      { name: 'all', operation: 'listPets' },
      { name: 'one', operation: 'getPet', arguments: { id: of('pet'), tenant: 't' } },
    ];
    const result = { all: { $path: '$.steps.all.asked' }, one: { $path: '$.steps.one.asked' } };
    const look = { description: 'Looks at a pet among all.', steps, result };
    const tools = { getPet: { hidden: true } };
    const body = { ...config({ composites: { look }, tools }), slug: 'look' };
    const [status, shown] = await send('POST', '/register-service?dry_run=true', body);
    assert.equal(status, 200, JSON.stringify(shown));
    assert.deepEqual(
      shown.tools.map(({ name }) => name),
      ['listPets', 'listToys', 'look'],
    );
    assert.equal((await send('POST', '/register-service', body))[0], 201);
    const called = await rpc('look', 'tools/call', { name: 'look', arguments: { pet: '7' } });
    assert.deepEqual(called['structuredContent'], { all: '/pets', one: '/pets/7?tenant=t' });
    const { '/pets': list, ...others } = api.paths;
    api.paths = others;
    const [, { changes, diagnostics }] = await send('POST', '/services/look/refresh');
    api.paths = { '/pets': list as JsonObject, ...others };
    assert.deepEqual(changes?.['removed'], ['listPets', 'look']);
    assert.ok(diagnostics.some(({ code }) => code === 'composite_left_out'));
    const [, { changes: back }] = await send('POST', '/services/look/refresh');
    assert.deepEqual(back?.['added'], ['listPets', 'look']);
    const bad = { look: { ...look, result: { $path: '$.steps.none' } } };
    const wrong = { ...config({ composites: bad }), slug: 'wrong' };
    assert.equal((await send('POST', '/register-service', wrong))[0], 422);
  });

  test('a long answer is read to its end by its caller, and by nobody else', async () => {
    const rows = { get: { operationId: 'rows' } };
    const info = { title: 'Rows', version: '1' };
    const document = { openapi: '3.1.0', info, paths: { '/rows': rows } };
    const more = { document, baseUrl: api.url, answerCharacters: 10_000 };
    const body = { ...config(more), slug: 'rows' };
    assert.equal((await send('POST', '/register-service', body))[0], 201);
    const [, other] = await send('POST', '/api/v1/keys', { name: 'other' });
    const { apiKey } = other as unknown as { apiKey: string };
    const call = (given: JsonObject, key?: string) =>
      rpc('rows', 'tools/call', { name: 'rows', arguments: given }, key);
    const cursorOf = (result: JsonObject): Json | undefined =>
      (result['_meta'] as JsonObject | undefined)?.['mcp-gateway/cursor'];
    let result = await call({});
    let seen = (result['structuredContent'] as unknown as readonly Json[]).length;
    const stolen = await call({ _cursor: cursorOf(result) as Json }, apiKey);
    assert.equal(stolen['isError'], true);
    for (let cursor = cursorOf(result); cursor !== undefined; cursor = cursorOf(result)) {
      result = await call({ _cursor: cursor });
      const { parts } = result['structuredContent'] as unknown as {
        parts: readonly { from: number; items: readonly { id: number }[] }[];
      };
      for (const { from, items } of parts) {
        assert.deepEqual([from, items[0]?.id], [seen, seen]);
        seen += items.length;
      }
    }
    assert.equal(seen, api.rows.length);
  });

  test('operations that are routed to resources are read, not called', async () => {
    const routes = [{ operations: ['list*'], expose: 'resource' }];
    const body = { ...config({ routes }), slug: 'read' };
    assert.equal((await send('POST', '/register-service', body))[0], 201);
    const { resources } = await rpc('read', 'resources/list', {});
    const uri = (resources as readonly JsonObject[])[0]?.['uri'];
    assert.equal(uri, 'openapi:///results/listPets');
    const { contents } = await rpc('read', 'resources/read', { uri });
    assert.deepEqual((contents as readonly JsonObject[])[0]?.['text'], '{"asked":"/pets"}');
    const { tools } = await rpc('read', 'tools/list', {});
    assert.deepEqual(
      (tools as readonly JsonObject[]).map(({ name }) => name),
      ['getPet'],
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cancellation } from '../../kernel/cancellation.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { ConnectorContext, Upstream, UpstreamRequest } from '../../upstream/contract.ts';
import type { Egress, EgressRequest } from '../../kernel/egress.ts';
import type { OpenapiConfig } from './prepare/config.ts';
import { createOpenapiConnector } from './connector.ts';
import { repeatByTimer } from '../../../test/support/repeat-by-timer.ts';
import { callerOf } from '../../upstream/upstream.ts';

const openapiConnector = createOpenapiConnector();

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A door that answers by address and remembers what was asked. */
function fakeDoor(answers: Readonly<Record<string, Answer>>): {
  readonly egress: Egress;
  readonly seen: EgressRequest[];
} {
  const seen: EgressRequest[] = [];
  const egress: Egress = {
    request: (request) => {
      seen.push(request);
      const { status = 200, headers = {}, body = '' } = answers[request.url] ?? { status: 404 };
      return Promise.resolve({
        status,
        headers,
        bytes: () => Promise.resolve(Buffer.from(body)),
        stream: async function* () {
          yield await Promise.resolve(Buffer.from(body));
        },
        discard: () => {},
      });
    },
    connect: () => Promise.reject(new Error('no connection expected')),
    openWebSocket: () => Promise.reject(new Error('no socket expected')),
  };
  return { egress, seen };
}

const context = (egress: Egress): ConnectorContext => ({
  serviceId: 'svc_1',
  caller: callerOf('ten_1', 'service'),
  slug: 'pets',
  signal: new AbortController().signal,
  egress,
  secret: () => Promise.resolve('s3cret'),
  log: silentLog,
  changed: () => {},
  repeat: repeatByTimer,
});

const document = (count = 1): JsonObject => ({
  openapi: '3.1.0',
  info: { title: 'Pets', version: '7', description: 'All about pets.' },
  servers: [{ url: 'https://api.example/v1' }],
  components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  security: [{ key: [] }],
  paths: Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `/pets${at}/{id}`,
      { get: { operationId: `getPet${at}`, tags: [at % 2 === 0 ? 'even' : 'odd'] } },
    ]),
  ),
});

const open = (
  config: Omit<OpenapiConfig, 'document'> & { document: unknown },
  egress: Egress,
): Promise<Upstream> => openapiConnector.open(config as OpenapiConfig, context(egress));

const io = {
  cancellation: new Cancellation(),
  deadlineMs: 0,
  notified: 0,
  notify: () => undefined,
};

const ask = async (upstream: Upstream, method: string, params: JsonObject): Promise<JsonObject> => {
  const request: UpstreamRequest = {
    method,
    params,
    client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
    wantsProgress: false,
    caller: callerOf('ten_1', 'key_1'),
  };
  const outcome = await upstream.request(request, io);
  assert.equal(outcome.resultType, 'complete');
  return outcome.result.value;
};

const toolsOf = (page: JsonObject): readonly JsonObject[] => page['tools'] as readonly JsonObject[];

describe('the connector', () => {
  test('describes itself from the document', async () => {
    const upstream = await open({ document: document() }, fakeDoor({}).egress);
    assert.deepEqual(await upstream.discover(new AbortController().signal), {
      era: 'modern',
      protocolVersion: '2026-07-28',
      serverInfo: { name: 'Pets', version: '7' },
      capabilities: { tools: {} },
      instructions: 'All about pets.',
      diagnostics: [
        {
          severity: 'warning',
          code: 'path_mismatch',
          operation: 'GET /pets0/{id}',
          text: 'In GET /pets0/{id}, "{id}" is not declared; it is taken as text.',
        },
      ],
      listsVaryByCapabilities: false,
    });
  });

  test('lists every tool, a page at a time (listPageItems)', async () => {
    const upstream = await open(
      { document: document(limits.listPageItems + 1) },
      fakeDoor({}).egress,
    );
    const first = await ask(upstream, 'tools/list', {});
    assert.equal(toolsOf(first).length, limits.listPageItems);
    const second = await ask(upstream, 'tools/list', { cursor: first['nextCursor'] as Json });
    assert.equal(toolsOf(second).length, 1);
    assert.equal(second['nextCursor'], undefined);
    const exact = await open({ document: document(limits.listPageItems) }, fakeDoor({}).egress);
    assert.equal((await ask(exact, 'tools/list', {}))['nextCursor'], undefined);
    for (const cursor of ['-1', 'x', '99999999', 5]) {
      await assert.rejects(ask(upstream, 'tools/list', { cursor }), { rpcCode: -32602 });
    }
  });

  test('calls one operation with the service’s credentials', async () => {
    const { egress, seen } = fakeDoor({
      'https://api.example/v1/pets0/a%2Fb': {
        headers: { 'content-type': 'application/json' },
        body: '{"id":1}',
      },
    });
    const upstream = await open(
      { document: document(), credentials: { key: { value: '${k}' } } },
      egress,
    );
    const result = await ask(upstream, 'tools/call', { name: 'getPet0', arguments: { id: 'a/b' } });
    assert.deepEqual(result, {
      content: [{ type: 'text', text: '{"id":1}' }],
      structuredContent: { id: 1 },
    });
    assert.equal(seen[0]?.method, 'GET');
    assert.equal(seen[0]?.headers['authorization'], 'Bearer s3cret');
  });

  test('a bad argument and a refusal of the API are tool errors; the rest is thrown', async () => {
    const { egress, seen } = fakeDoor({});
    const upstream = await open({ document: document() }, egress);
    const bad = await ask(upstream, 'tools/call', { name: 'getPet0', arguments: { id: '..' } });
    assert.equal(bad['isError'], true);
    assert.equal(seen.length, 0);
    const missing = await ask(upstream, 'tools/call', { name: 'getPet0', arguments: { id: 'x' } });
    assert.equal(missing['isError'], true);
    await assert.rejects(ask(upstream, 'tools/call', { name: 'nope' }), { code: 'invalid_params' });
    await assert.rejects(ask(upstream, 'tools/call', { name: 'getPet0', arguments: [] }), {
      code: 'invalid_params',
    });
    await assert.rejects(ask(upstream, 'resources/list', {}), { rpcCode: -32601 });
  });

  test('reads the document from its address, within one origin only', async () => {
    const address = 'https://docs.example/openapi.json';
    const body = JSON.stringify(document());
    const good = fakeDoor({
      [address]: { status: 302, headers: { location: '/v2/openapi.json' } },
      'https://docs.example/v2/openapi.json': { body },
    });
    const upstream = await open(
      { document: address, documentHeaders: { 'X-Key': '${k}' } },
      good.egress,
    );
    assert.equal(toolsOf(await ask(upstream, 'tools/list', {})).length, 1);
    assert.equal(good.seen[0]?.headers['x-key'], 's3cret');
    const away = fakeDoor({
      [address]: { status: 302, headers: { location: 'http://169.254.169.254/' } },
    });
    const loop = fakeDoor({ [address]: { status: 302, headers: { location: address } } });
    const gone = fakeDoor({});
    for (const { egress, seen } of [away, loop, gone]) {
      const lost = await open({ document: address }, egress);
      await assert.rejects(lost.discover(new AbortController().signal), {
        code: 'upstream_failed',
      });
      assert.ok(seen.every(({ url }) => url === address));
    }
  });

  test('a failed start is tried again', async () => {
    const address = 'https://docs.example/openapi.json';
    const answers: Record<string, Answer> = { [address]: { status: 503 } };
    const upstream = await open({ document: address }, fakeDoor(answers).egress);
    await assert.rejects(upstream.discover(new AbortController().signal));
    answers[address] = { body: JSON.stringify(document()) };
    assert.equal(
      (await upstream.discover(new AbortController().signal)).serverInfo['name'],
      'Pets',
    );
  });

  test('offers what include and exclude leave', async () => {
    const names = async (rules: Partial<OpenapiConfig>): Promise<readonly unknown[]> => {
      const upstream = await open({ document: document(4), ...rules }, fakeDoor({}).egress);
      return toolsOf(await ask(upstream, 'tools/list', {})).map(({ name }) => name);
    };
    assert.deepEqual(await names({ include: [{ tags: ['odd'] }] }), ['getPet1', 'getPet3']);
    assert.deepEqual(await names({ include: [{ paths: ['/pets0/*'] }, { operations: ['*3'] }] }), [
      'getPet0',
      'getPet3',
    ]);
    assert.deepEqual(
      await names({ exclude: [{ paths: ['/pets1/**'] }, { methods: ['get'], tags: ['even'] }] }),
      ['getPet3'],
    );
    assert.deepEqual(await names({ include: [{ methods: ['post'] }] }), []);
  });

  test('further files of a document are used when they are given, and only then', async () => {
    const root = {
      openapi: '3.0.0',
      info: {},
      paths: { '/x': { $ref: 'paths/x.yaml' }, '/y': { $ref: 'paths/y.yaml' } },
    };
    const files = {
      './paths/x.yaml': 'get: {operationId: x, parameters: [{$ref: "../parts.json#/p"}]}',
      'parts.json': {
        p: { name: 'q', in: 'query', schema: { $ref: '#/s' } },
        s: { type: 'integer' },
      },
    };
    const { egress, seen } = fakeDoor({});
    const upstream = await open({ document: root, files }, egress);
    const tools = toolsOf(await ask(upstream, 'tools/list', {}));
    assert.deepEqual(
      tools.map(({ inputSchema }) => inputSchema),
      [{ type: 'object', properties: { q: { type: 'integer' } } }],
    );
    assert.equal(seen.length, 0);
  });

  test('tools are changed as configured', async () => {
    const { egress, seen } = fakeDoor({
      'https://api.example/v1/pets0/7': {
        headers: { 'content-type': 'application/json' },
        body: '{"id":7,"secret":"x","tags":[{"id":1,"n":"a"},{"n":"b"}]}',
      },
    });
    const tools = {
      getPet0: {
        name: 'pet',
        description: 'The pet.',
        fixed: { id: 7 },
        fields: ['id', 'tags[].id'],
      },
      'GET /pets1/{id}': { name: 'getPet2' },
      nothing: {},
    };
    const upstream = await open({ document: document(3), tools }, egress);
    const [first, second] = toolsOf(await ask(upstream, 'tools/list', {}));
    assert.deepEqual(first, {
      name: 'pet',
      description: 'The pet.',
      inputSchema: { type: 'object', properties: {} },
      annotations: { readOnlyHint: true },
    });
    assert.equal(second?.['name'], 'getPet1', 'a name that is taken is not given twice');
    const result = await ask(upstream, 'tools/call', { name: 'pet', arguments: {} });
    assert.deepEqual(result['structuredContent'], { id: 7, tags: [{ id: 1 }, {}] });
    const overridden = await ask(upstream, 'tools/call', { name: 'pet', arguments: { id: 8 } });
    assert.equal(overridden['isError'], true);
    assert.equal(seen.length, 1);
  });

  test('a hidden argument is neither seen nor set; one that is needed is reported', async () => {
    const query = (name: string) => ({ name, in: 'query', schema: { type: 'string' } });
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
    const get = { operationId: 'pet', parameters: [id, query('view'), query('debug')] };
    const servers = [{ url: 'https://api.example' }];
    const own = { openapi: '3.1.0', info: {}, servers, paths: { '/pets/{id}': { get } } };
    const { egress, seen } = fakeDoor({});
    const hiding = (hide: readonly string[], more: object = {}) =>
      open({ document: own, tools: { pet: { hide: [...hide], ...more } } }, egress);
    const upstream = await hiding(['debug', 'view'], { defaults: { view: 'all' } });
    const [tool] = toolsOf(await ask(upstream, 'tools/list', {}));
    assert.deepEqual(tool?.['inputSchema'], {
      type: 'object',
      properties: { id: { type: 'string' } },
      required: ['id'],
    });
    const call = (given: JsonObject) =>
      ask(upstream, 'tools/call', { name: 'pet', arguments: given });
    for (const name of ['debug', 'view']) {
      const refused = await call({ id: '1', [name]: 'x' });
      assert.match(JSON.stringify(refused), /is not known; this tool takes: id/);
    }
    assert.equal(seen.length, 0);
    await call({ id: '1' });
    assert.equal(seen[0]?.url, 'https://api.example/pets/1?view=all');
    const { diagnostics } = await (
      await hiding(['id', 'none'])
    ).discover(new AbortController().signal);
    assert.deepEqual(
      diagnostics?.map(({ code }) => code),
      ['no_such_argument', 'argument_needed'],
    );
  });

  test('a document that changes is noticed, one that breaks is not', async () => {
    const address = 'https://docs.example/openapi.json';
    const answers: Record<string, Answer> = { [address]: { body: JSON.stringify(document(1)) } };
    const changes: unknown[] = [];
    const heard = Promise.withResolvers<void>();
    const { egress } = fakeDoor(answers);
    const upstream = await openapiConnector.open(
      { document: address, refreshMs: 5 },
      {
        ...context(egress),
        changed: (change) => {
          changes.push(change);
          heard.resolve();
        },
      },
    );
    const count = async (): Promise<number> =>
      toolsOf(await ask(upstream, 'tools/list', {})).length;
    assert.equal(await count(), 1);
    answers[address] = { status: 500 };
    await setTimeout(25);
    assert.equal(await count(), 1);
    answers[address] = { body: JSON.stringify(document(2)) };
    await heard.promise;
    assert.equal(await count(), 2);
    await upstream[Symbol.asyncDispose]();
    await setTimeout(15);
    assert.deepEqual(changes, [{ kind: 'lists', lists: ['tools'] }]);
  });

  test('a stream of changes is silent and ends with its exchange', async () => {
    const upstream = await open({ document: document() }, fakeDoor({}).egress);
    const cancellation = new Cancellation();
    const caller = callerOf('ten_1', 'key_1');
    const heard: unknown[] = [];
    const listening = (async () => {
      for await (const each of upstream.listen({}, caller, { ...io, cancellation }))
        heard.push(each);
    })();
    cancellation.cancel('client_gone');
    await listening;
    assert.deepEqual(heard, []);
    await upstream[Symbol.asyncDispose]();
  });

  test('a document without an absolute server says so when it is registered', async () => {
    const { egress } = fakeDoor({});
    const codes = async (servers: Json, baseUrl?: string): Promise<readonly string[]> => {
      const config = { document: { ...document(), servers }, ...(baseUrl ? { baseUrl } : {}) };
      const { diagnostics } = await (
        await open(config, egress)
      ).discover(new AbortController().signal);
      return (diagnostics ?? []).map(({ code }) => code);
    };
    for (const servers of [[], [{ url: '/v1' }], [{ url: 'https://{host}/' }]]) {
      assert.deepEqual((await codes(servers)).slice(0, 1), ['no_server']);
      assert.ok(!(await codes(servers, 'https://api.example')).includes('no_server'));
    }
    assert.ok(!(await codes([{ url: 'https://api.example' }])).includes('no_server'));
  });
});

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../../test/support/open-connector.ts';
import { estimateTokens } from '../../../kernel/estimate-tokens.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { createOpenapiConnector } from '../connector.ts';
import { createDocumentCache } from '../prepare/document-cache.ts';
import type { CompiledDocument } from '../model/compiled-document.ts';
import { prepareDocument, type DocumentJob } from '../prepare/prepare-document.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const sent = Buffer.concat(chunks).toString();
    response.end(JSON.stringify({ method: request.method, url: request.url, sent }));
  });
});

before(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

const query = (name: string, required = false): JsonObject => ({
  name,
  in: 'query',
  required,
  schema: { type: 'string' },
});

const paths: JsonObject = {
  '/orders': {
    get: { operationId: 'listOrders', tags: ['orders'], summary: 'Lists orders' },
    post: {
      operationId: 'createOrder',
      tags: ['orders'],
      summary: 'Creates an order',
      requestBody: {
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                note: { type: 'string' },
                labels: { type: 'object', additionalProperties: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  },
  '/users/{id}': {
    get: {
      operationId: 'getUser',
      tags: ['users'],
      summary: 'Shows one user',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        query('view', true),
      ],
    },
  },
};

const document = (more: JsonObject = {}): JsonObject => ({
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  paths: { ...paths, ...more },
});

const opened = (config: object): Promise<OpenedConnector> =>
  openConnector(
    createOpenapiConnector(),
    { document: document(), baseUrl: `http://${host()}`, ...config },
    { allowHosts: [host()] },
  );

const diagnosticsOf = async (config: object): Promise<readonly string[]> => {
  await using shop = await opened(config);
  const { diagnostics } = await shop.upstream.discover(new AbortController().signal);
  return (diagnostics ?? []).map(({ code }) => code);
};

const many = (count: number): JsonObject =>
  document(
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [
        `/things${at}`,
        { get: { operationId: `getThing${at}`, tags: [`tag number ${at}`], summary: 'A thing' } },
      ]),
    ),
  );

describe('the static list', () => {
  test('is called too long above toolsInOneListMax', async () => {
    const given = Object.values(paths).flatMap((path) => Object.keys(path as JsonObject)).length;
    const most = limits.toolsInOneListMax - given;
    assert.deepEqual(await diagnosticsOf({ document: many(most) }), []);
    assert.deepEqual(await diagnosticsOf({ document: many(most + 1) }), ['many_tools']);
    const searched = { document: many(most + 1), exposure: 'search' };
    assert.deepEqual(await diagnosticsOf(searched), []);
  });

  test('diagnostics are shown up to documentDiagnosticsMax', async () => {
    const changes = (count: number) => ({
      tools: Object.fromEntries(Array.from({ length: count }, (_, at) => [`none${at}`, {}])),
    });
    const max = limits.documentDiagnosticsMax;
    const exact = await diagnosticsOf(changes(max));
    assert.equal(exact.length, max);
    assert.ok(!exact.includes('more_diagnostics'));
    const more = await diagnosticsOf(changes(max + 1));
    assert.equal(more.length, max);
    assert.equal(more.at(-1), 'more_diagnostics');
  });
});

describe('the mode search', () => {
  test('lists three small tools, however large the API is', async () => {
    await using shop = await opened({ document: many(3_000), exposure: 'search' });
    const tools = await shop.tools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['search', 'describe', 'call'],
    );
    assert.ok(estimateTokens(JSON.stringify(tools)) <= 2_500);
  });

  test('finds by words and tag, at most searchedOperationsMax', async () => {
    await using shop = await opened({ document: many(100), exposure: 'search' });
    const names = async (given: JsonObject): Promise<readonly string[]> => {
      const { structuredContent } = await shop.call('search', given);
      const { operations } = structuredContent as { operations: { name: string }[] };
      return operations.map(({ name }) => name);
    };
    assert.equal((await names({ query: 'make a new order' }))[0], 'createOrder');
    assert.deepEqual(await names({ query: 'order', tag: 'users' }), []);
    const max = limits.searchedOperationsMax;
    assert.equal((await names({ query: 'thing', limit: max })).length, max);
    assert.equal((await names({ query: 'thing', limit: max + 1 })).length, max);
    const filler = ' '.repeat(limits.searchQueryCharactersMax - 'order'.length);
    assert.notDeepEqual(await names({ query: `${filler}order` }), []);
    const late = `x${filler}     order`;
    assert.deepEqual(await names({ query: late }), [], 'searchQueryCharactersMax');
  });

  test('says so when nothing matches, and what to do about an unknown operation', async () => {
    await using shop = await opened({ exposure: 'search' });
    assert.match(await shop.text('search', { query: 'fly to the moon' }), /No operation matches/);
    assert.match(await shop.text('describe', { operation: 'nothing' }), /search first/);
    assert.match(await shop.text('call', { operation: 'nothing' }), /search first/);
    assert.match(await shop.text('call', { operation: 'getUser' }), /id is required|id.*required/);
  });

  test('hidden and excluded operations are neither found nor called', async () => {
    await using shop = await opened({
      exposure: 'search',
      tools: { listOrders: { hidden: true } },
      routes: [{ methods: ['post'], expose: 'exclude' }],
    });
    const found = await shop.text('search', { query: 'orders' });
    assert.doesNotMatch(found, /listOrders|createOrder/);
    for (const operation of ['listOrders', 'createOrder']) {
      assert.equal((await shop.call('call', { operation })).isError, true);
    }
  });
});

describe('the mode resources', () => {
  test('offers the document and its operations for reading, and no tools', async () => {
    await using shop = await opened({ exposure: 'resources' });
    const { capabilities } = await shop.upstream.discover(new AbortController().signal);
    assert.deepEqual(capabilities, { resources: {} });
    await assert.rejects(shop.request('tools/list'));
    const read = async (uri: string): Promise<string> => {
      const { contents } = await shop.request('resources/read', { uri });
      const [first] = contents as readonly { readonly text: string }[];
      return first?.text ?? '';
    };
    assert.deepEqual(JSON.parse(await read('openapi:///document')), document());
    assert.match(await read('openapi:///operations/getUser'), /GET \/users\/\{id\}/);
    for (const uri of [
      'openapi:///operations/none',
      'openapi:///results/listOrders',
      'file:///x',
    ]) {
      await assert.rejects(read(uri), /no such resource/);
    }
  });
});

describe('routes', () => {
  test('the first rule that matches decides', async () => {
    const routes = [
      { operations: ['listOrders'], expose: 'tool' },
      { methods: ['GET'], expose: 'resource' },
      { tags: ['orders'], expose: 'exclude' },
    ];
    await using shop = await opened({ routes });
    const names = (await shop.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['listOrders']);
    const { resourceTemplates } = await shop.request('resources/templates/list');
    const [template] = resourceTemplates as readonly JsonObject[];
    assert.equal(template?.['uriTemplate'], 'openapi:///results/getUser{?id,view}');
    const uri = 'openapi:///results/getUser?id=a%2Fb&view=v';
    const { contents } = await shop.request('resources/read', { uri });
    assert.match(JSON.stringify(contents), /\/users\/a%2Fb\?view=v/);
    await assert.rejects(
      shop.request('resources/read', { uri: 'openapi:///results/getUser?id=..&view=v' }),
    );
  });

  test('only what a GET answers is a resource, up to operationResourcesMax', async () => {
    const routes = [{ expose: 'resource' }];
    assert.deepEqual(await diagnosticsOf({ routes }), ['not_a_resource']);
    const max = limits.operationResourcesMax;
    await using shop = await opened({ routes, document: many(max) });
    const { resources } = await shop.request('resources/list');
    const { resourceTemplates } = await shop.request('resources/templates/list');
    const seen = [resources, resourceTemplates].flatMap((list) => list as readonly Json[]);
    assert.equal(seen.length, max);
  });
});

describe('curation', () => {
  test('defaults are used when a call leaves them out, and shown', async () => {
    await using shop = await opened({ tools: { getUser: { defaults: { view: 'short' } } } });
    const tool = (await shop.tools()).find(({ name }) => name === 'getUser');
    assert.deepEqual(tool?.inputSchema['required'], ['id']);
    assert.match(JSON.stringify(tool?.inputSchema['properties']), /"default":"short"/);
    assert.match(await shop.text('getUser', { id: '1' }), /\?view=short/);
    assert.match(await shop.text('getUser', { id: '1', view: 'long' }), /\?view=long/);
  });

  test('an argument that does not exist is reported', async () => {
    const tools = { getUser: { fixed: { nothing: 1 } } };
    assert.deepEqual(await diagnosticsOf({ tools }), ['no_such_argument']);
  });

  test('overlays change the document before it is compiled', async () => {
    const overlay = `overlay: 1.0.0
info: { title: Less, version: '1' }
actions:
  - target: $.paths[*].post
    remove: true
  - target: $.paths['/orders'].get
    update: { operationId: allOrders }
`;
    await using shop = await opened({ overlays: [overlay] });
    const names = (await shop.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['allOrders', 'getUser']);
  });
});

describe('profiles', () => {
  test('what a model gives by a fitted schema arrives as the API wants it', async () => {
    await using shop = await opened({ profile: 'openai-strict' });
    const given = { body: { note: null, labels: '{"a":"b"}' } };
    const sent = JSON.parse(textOf(await shop.call('createOrder', given))) as { sent: string };
    assert.deepEqual(JSON.parse(sent.sent), { labels: { a: 'b' } });
  });
});

describe('the same document twice', () => {
  const job: DocumentJob = {
    document: document(),
    files: {},
    overlays: [],
    toolNameLengthMax: 64,
    config: {},
  };

  test('is compiled once; another configuration is another document', async () => {
    const cache = createDocumentCache();
    let compiled = 0;
    const prepare = (one: DocumentJob): Promise<CompiledDocument> => {
      compiled += 1;
      return Promise.resolve(prepareDocument(one));
    };
    const first = await cache(job, prepare);
    assert.equal(await cache(structuredClone(job), prepare), first);
    assert.equal(compiled, 1);
    await cache({ ...job, config: { profile: 'gemini' } }, prepare);
    assert.equal(compiled, 2);
  });

  test('a failure is not remembered', async () => {
    const cache = createDocumentCache();
    await assert.rejects(cache(job, () => Promise.reject(new Error('no'))));
    assert.ok(await cache(job, (one) => Promise.resolve(prepareDocument(one))));
  });
});

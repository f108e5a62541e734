import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import { request as sendPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { prepareDocument } from '../../src/connectors/openapi/prepare/prepare-document.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import {
  documentJob,
  makeEjectedProject,
  startEjectedHttp,
  type EjectedProject,
} from './ejected-project.ts';
import { argumentsOf } from './run-wire-cases.ts';
import { startWireServer, type Arrived, type WireServer } from './start-wire-server.ts';
import { wireDocument } from './wire-document.ts';
import { wireSuites } from './wire-suites.ts';

type Connect = () => Promise<Client>;

interface Call {
  readonly name: string;
  readonly given: JsonObject;
}

/** What one call came to: what arrived at the API, and what the client was told. */
interface Seen {
  readonly name: string;
  readonly arrived: readonly object[];
  readonly told: unknown;
}

/** What a server showed at first, and what came of each call. */
interface Observed {
  readonly shown: readonly unknown[];
  readonly seen: readonly Seen[];
}

interface Comparison {
  readonly slug: string;
  readonly config: JsonObject;
  readonly calls: readonly Call[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** Both unless it says. */
  readonly transports?: readonly ('stdio' | 'http')[];
}

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

async function connect(transport: Parameters<Client['connect']>[0]): Promise<Client> {
  const info = { name: 'test', version: '1' };
  const client = new Client(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(transport);
  return client;
}

const overStdio =
  ({ main }: EjectedProject, env: Readonly<Record<string, string>>): Connect =>
  () =>
    connect(new StdioClientTransport({ command: process.execPath, args: [main], env }));

const overHttp =
  (url: string, token?: string): Connect =>
  () => {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    return connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  };

/** A boundary is made anew for every request. */
const plain = (text: string): string => text.replaceAll(/gateway-[0-9a-f]{32}/g, 'boundary');

function shown({ method, url, headers, body }: Arrived): object {
  const { host: _host, connection: _connection, ...sent } = headers;
  return {
    method,
    url,
    headers: JSON.parse(plain(JSON.stringify(sent))) as object,
    body: plain(body),
  };
}

/** A JSON-RPC error, which a client shows in one way or another by the status it came with. */
function failureOf(error: unknown): object {
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  const inner = /"error":(\{.*\})\}$/.exec(message)?.[1];
  return inner === undefined ? { code, message } : (JSON.parse(inner) as object);
}

async function call(client: Client, api: WireServer, { name, given }: Call): Promise<Seen> {
  api.arrived.length = 0;
  let told: unknown;
  try {
    const { _meta: meta, ...result } = await client.callTool({ name, arguments: given });
    // How a server names itself is not part of a tool's result.
    const { [SERVER_INFO]: _, ...rest } = { [SERVER_INFO]: undefined, ...meta };
    told = { ...result, meta: rest };
  } catch (error) {
    told = failureOf(error);
  }
  return { name, arrived: api.arrived.map(shown), told };
}

/** All that a server shows and does, call by call. */
async function observe(open: Connect, api: WireServer, calls: readonly Call[]): Promise<Observed> {
  const client = await open();
  try {
    const { tools, resources } = client.getServerCapabilities() ?? {};
    const shown: unknown[] = [];
    if (tools !== undefined) shown.push((await client.listTools()).tools);
    if (resources !== undefined) {
      const { resources: listed } = await client.listResources();
      shown.push(listed, (await client.listResourceTemplates()).resourceTemplates);
      for (const { uri } of listed) shown.push((await client.readResource({ uri })).contents);
    }
    const seen: Seen[] = [];
    for (const each of calls) seen.push(await call(client, api, each));
    return { shown, seen };
  } finally {
    await client.close();
  }
}

async function register(gateway: RunningGateway, slug: string, body: JsonObject): Promise<Connect> {
  const response = await fetch(`${gateway.url}/register-service`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'openapi', slug, ...body }),
  });
  assert.equal(response.status, 201, await response.text());
  return overHttp(`${gateway.url}/mcp/${slug}`, gateway.apiKey);
}

/** The gateway's service and the ejected server, over these transports, do the same. */
async function assertSame(
  gateway: RunningGateway,
  api: WireServer,
  { slug, config, calls, secrets = {}, transports = ['stdio', 'http'] }: Comparison,
): Promise<Observed> {
  const body = { config: { ...config, baseUrl: api.url }, secrets };
  const expected = await observe(await register(gateway, slug, body), api, calls);
  await using project = await makeEjectedProject(config, slug);
  const environment = { ...secrets, BASE_URL: api.url };
  if (transports.includes('stdio')) {
    assert.deepEqual(await observe(overStdio(project, environment), api, calls), expected);
  }
  if (transports.includes('http')) {
    await using server = await startEjectedHttp(project.main, environment);
    assert.deepEqual(await observe(overHttp(server.url), api, calls), expected);
  }
  const sent = expected.seen.filter(({ arrived }) => arrived.length > 0);
  assert.ok(sent.length >= calls.length / 2, `only ${sent.length} calls arrived`);
  return expected;
}

const text = { type: 'string' };

/** A configuration that says what becomes of each operation. */
const curated: JsonObject = {
  document: {
    openapi: '3.1.0',
    info: { title: 'pets', version: '1' },
    components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'A-Key' } } },
    security: [{ key: [] }],
    paths: {
      '/pets': {
        get: {
          operationId: 'listPets',
          parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }],
        },
        post: { operationId: 'addPet' },
      },
      '/pets/{id}': {
        get: {
          operationId: 'get_pet',
          parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
        },
      },
      '/state': { get: { operationId: 'state' } },
    },
  },
  overlays: [
    {
      overlay: '1.0.0',
      info: { title: 'words', version: '1' },
      actions: [{ target: '$.paths["/pets"].get', update: { summary: 'All of them' } }],
    },
  ],
  tools: { listPets: { name: 'all_pets', fixed: { limit: 5 } }, addPet: { hidden: true } },
  routes: [{ operations: ['state'], expose: 'resource' }],
  composites: {
    both: {
      description: 'One pet and the list.',
      steps: [
        { name: 'list', operation: 'listPets' },
        { name: 'one', operation: 'get_pet', arguments: { id: { $path: '$.arguments.id' } } },
      ],
      result: { list: { $path: '$.steps.list' }, one: { $path: '$.steps.one' } },
    },
  },
  credentials: { key: { value: '${PET_KEY}' } },
  headers: { 'X-App': 'x-${APP}' },
};

/** Answers of every kind, by the last segment of the path. */
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  object: (response) => json(response, 200, { a: 1, big: 12345678901234 }),
  list: (response) => json(response, 200, [1, 'two', null]),
  number: (response) => json(response, 200, 7),
  broken: (response) => send(response, 200, 'application/json', '{"a":'),
  text: (response) => send(response, 200, 'text/plain; charset=iso-8859-1', 'caf\u00e9'),
  xml: (response) => send(response, 200, 'application/xml', '<a b="c"/>'),
  image: (response) => send(response, 200, 'image/png', Buffer.from([137, 80, 78, 71])),
  bytes: (response) => send(response, 200, 'application/octet-stream', Buffer.alloc(64, 1)),
  zipped: (response) => {
    const body = gzipSync(JSON.stringify({ zipped: true }));
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(body);
  },
  nothing: (response) => void response.writeHead(204).end(),
  created: (response) => void response.writeHead(201, { location: '/answers/object' }).end(),
  moved: (response) => void response.writeHead(302, { location: 'https://else.example/' }).end(),
  next: (response) => {
    const link = '</answers/list?page=2>; rel="next"';
    response.writeHead(200, { 'content-type': 'application/json', link }).end('[1]');
  },
  lines: (response) => send(response, 200, 'application/x-ndjson', '{"a":1}\n{"a":2}\n'),
  events: (response) => send(response, 200, 'text/event-stream', 'data: {"a":1}\n\ndata: x\n\n'),
  cookies: (response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] });
    response.end('ok');
  },
  problem: (response) => {
    send(response, 404, 'application/problem+json', '{"title":"No pet","detail":"none has 7"}');
  },
  refused: (response) => json(response, 401, { error: { message: 'who are you' } }),
  page: (response) => send(response, 500, 'text/html', '<h1>no</h1>'),
  cut: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"a":1', () => response.destroy());
  },
};

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  response.writeHead(status, { 'content-type': type }).end(bytes);
}

const json = (response: ServerResponse, status: number, value: unknown): void =>
  send(response, status, 'application/json', JSON.stringify(value));

describe('an ejected server beside the gateway', () => {
  let gateway: RunningGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  test('sends the same requests and tells the same results', async () => {
    await using api = await startWireServer();
    let count = 0;
    const suites = [
      [wireSuites[0], ['stdio']],
      [wireSuites[3], ['stdio', 'http']],
    ] as const;
    for (const [[dialect, entries], transports] of suites) {
      const { document, cases } = wireDocument(dialect, entries);
      const compiled = prepareDocument(documentJob(document));
      const byName = new Map(compiled.operations.map((it) => [it.tool.name, it]));
      const calls = cases.map((each) => {
        const operation = byName.get(each.id);
        assert.ok(operation !== undefined, each.id);
        return { name: each.id, given: argumentsOf(operation, each) };
      });
      count += calls.length;
      const slug = `wire-${dialect.startsWith('2') ? 'two' : 'three'}`;
      await assertSame(gateway, api, { slug, config: { document }, calls, transports });
    }
    assert.ok(count >= 140, `only ${count} cases`);
  });

  test('reads the same from answers of every kind', async () => {
    await using api = await startWireServer(({ url }, response) => {
      answers[url.split('/').pop() ?? '']?.(response);
    });
    const names = Object.keys(answers);
    const security = [{ key: [] }];
    // Nobody listens there.
    const servers = [{ url: 'http://127.0.0.1:1' }];
    const absent = { operationId: 'absent', servers, responses: {} };
    const paths = names.map((name) => [
      `/answers/${name}`,
      { get: { operationId: name, security, responses: {} } },
    ]);
    const document = {
      openapi: '3.1.0',
      info: { title: 'answers', version: '1', description: 'Answers.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      paths: { ...(Object.fromEntries(paths) as JsonObject), '/absent': { post: absent } },
    };
    const calls = [
      ...names.map((name) => ({ name, given: {} })),
      { name: 'object', given: { stranger: 1 } },
      { name: 'absent', given: {} },
    ];
    await assertSame(gateway, api, {
      slug: 'answers',
      config: { document },
      calls,
      transports: ['http'],
    });
  });

  test('keeps curation, credentials, resources and search', async () => {
    await using api = await startWireServer();
    const secrets = { PET_KEY: 'k-1', APP: 'shop' };
    const get = { name: 'get_pet', given: { id: 'a/b' } };
    const byId = { id: '7' };
    const both = { name: 'both', given: byId };
    const exposures = [
      ['static', 'http', [{ name: 'all_pets', given: {} }, get, both]],
      ['search', 'stdio', [{ name: 'call', given: { operation: 'get_pet', arguments: byId } }]],
      ['resources', 'http', []],
    ] as const;
    for (const [exposure, transport, calls] of exposures) {
      const config = { ...curated, exposure };
      const slug = `pets-${exposure}`;
      const transports = [transport];
      const comparison = { slug, config, calls, secrets, transports };
      const { shown, seen } = await assertSame(gateway, api, comparison);
      const hidden = exposure === 'resources' || !JSON.stringify(shown).includes('addPet');
      assert.ok(hidden && shown.length > 0);
      for (const { arrived } of seen) assert.match(JSON.stringify(arrived), /x-shop.*k-1/);
    }
  });

  test('admits whom it should, tells progress, and serves older clients', async () => {
    await using api = await startWireServer((_request, response) => {
      send(response, 200, 'text/event-stream', 'data: 1\n\ndata: 2\n\n');
    });
    const document = curated['document'] ?? {};
    await using project = await makeEjectedProject({ document });
    const environment = { BASE_URL: api.url, AUTH_TOKEN: 'secret', CREDENTIAL_KEY: 'k-2' };
    await using server = await startEjectedHttp(project.main, environment);
    const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const request = sendPlain(server.url, { method: 'POST', headers: { ...headers } });
      request.end('{}');
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    };
    const right = { authorization: 'Bearer secret' };
    assert.equal(await statusOf({}), 401);
    assert.equal(await statusOf({ authorization: 'Bearer other' }), 401);
    assert.equal(await statusOf({ ...right, host: 'elsewhere.example' }), 403);
    assert.equal(await statusOf({ ...right, origin: 'https://elsewhere.example' }), 403);
    const headers = { requestInit: { headers: right } };
    for (const mode of [{ pin: '2026-07-28' }, 'legacy'] as const) {
      const info = { name: 'test', version: '1' };
      const client = new Client(info, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(new URL(server.url), headers));
      const told: unknown[] = [];
      const onprogress = (progress: unknown): void => void told.push(progress);
      const { content, structuredContent } = await client.callTool(
        { name: 'listPets' },
        { onprogress },
      );
      await client.close();
      assert.deepEqual(content, [{ type: 'text', text: '[1,2]' }]);
      const wanted = mode === 'legacy' ? { result: [1, 2] } : [1, 2];
      assert.deepEqual(structuredContent, wanted);
      assert.deepEqual(told, [
        { progress: 1, message: '1' },
        { progress: 2, message: '2' },
      ]);
    }
    assert.equal(api.arrived[0]?.headers['a-key'], 'k-2');
  });
});

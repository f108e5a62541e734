import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenapiConnector } from '../../src/connectors/openapi/connector.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { openConnector, type OpenedConnector, type ToolResult } from '../support/open-connector.ts';

/** One thing tried over a real connection, and whether it came out as it must. */
export interface CallCheck {
  readonly group: 'A13' | 'A14' | 'A15' | 'A16';
  readonly name: string;
  readonly right: boolean;
}

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** An API that remembers what arrived and answers as it is told. */
interface Api extends AsyncDisposable {
  readonly url: string;
  readonly arrived: Arrived[];
  answer: (request: Arrived) => { status: number; headers?: Record<string, string>; body: string };
}

async function startApi(): Promise<Api> {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume();
    const { method = '', url = '', headers } = incoming;
    arrived.push({ method, url, headers });
    const { status, headers: more, body } = api.answer({ method, url, headers });
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const api: Api = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    answer: () => ({ status: 200, body: '{}' }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return api;
}

const open = (api: Api, document: JsonObject, config: JsonObject = {}) =>
  openConnector(
    createOpenapiConnector(),
    { document: { openapi: '3.1.0', info: { title: 'T', version: '1' }, ...document }, ...config },
    { allowHosts: [new URL(api.url).host] },
  );

/** Runs the checks of output size, credentials, servers and repetition against a loopback API. */
export async function evaluateCalls(): Promise<readonly CallCheck[]> {
  await using api = await startApi();
  return [
    ...(await outputs(api)),
    ...(await credentials(api)),
    ...(await servers(api)),
    ...(await repetitions(api)),
  ];
}

async function outputs(api: Api): Promise<readonly CallCheck[]> {
  const paths = { '/list': { get: { operationId: 'list' } } };
  const rows = Array.from({ length: 60_000 }, (_, id) => ({ id, text: 'x'.repeat(150) }));
  const body = JSON.stringify({ data: rows });
  const next = '</list?page=2>; rel="next"';
  api.answer = () => ({ status: 200, headers: { link: next }, body });
  await using whole = await open(api, { paths, servers: [{ url: api.url }] });
  const result = await whole.call('list');
  const text = result.content[0]?.text ?? '';
  const tools = { list: { fields: ['data[].id'] } };
  await using part = await open(api, { paths, servers: [{ url: api.url }] }, { tools });
  const [picked] = (await part.call('list')).content;
  const read = await readToTheEnd(whole, result);
  const valid = (given: string | undefined): boolean => {
    try {
      return JSON.parse(given ?? '') !== undefined;
    } catch {
      return false;
    }
  };
  const says = JSON.stringify(result.content);
  const check = (name: string, right: boolean): CallCheck => ({ group: 'A13', name, right });
  return [
    check('10 MB within its budget', text.length <= limits.toolTextCharactersMax),
    check('still valid JSON', valid(text)),
    check('says what was left out', says.includes('shortened')),
    check('names the next page', says.includes('page=2')),
    check('every row once by cursors', read.ids.length === rows.length && read.inOrder),
    check(
      'every page within its budget',
      read.pages > 90 && read.longest <= limits.toolTextCharactersMax,
    ),
    check('projection before budget', valid(picked?.text) && !picked?.text?.includes('xxx')),
  ];
}

interface ReadRows {
  readonly ids: readonly number[];
  /** True when the rows are 0, 1, 2 … without a gap. */
  readonly inOrder: boolean;
  readonly pages: number;
  /** Characters of the longest page. */
  readonly longest: number;
}

/** Follows the cursors of a long answer; every page must be JSON. */
async function readToTheEnd(api: OpenedConnector, first: ToolResult): Promise<ReadRows> {
  const ids: number[] = [];
  const note = (rows: readonly JsonObject[]): void =>
    void ids.push(...rows.map(({ id }) => Number(id)));
  note((first.structuredContent as unknown as { data: JsonObject[] }).data);
  let pages = 0;
  let longest = 0;
  let cursor = cursorOf(first);
  while (cursor !== undefined) {
    const result = await api.call('list', { _cursor: cursor });
    const text = result.content[0]?.text ?? '';
    const { parts } = JSON.parse(text) as { parts: { at: string; items: JsonObject[] }[] };
    for (const { items } of parts) note(items);
    pages += 1;
    longest = Math.max(longest, text.length);
    cursor = cursorOf(result);
  }
  return { ids, inOrder: ids.every((id, at) => id === at), pages, longest };
}

const cursorOf = (result: ToolResult): string | undefined =>
  (result as unknown as { _meta?: Record<string, string> })._meta?.['mcp-gateway/cursor'];

async function credentials(api: Api): Promise<readonly CallCheck[]> {
  const key = (place: string) => ({ type: 'apiKey', in: place, name: 'key' });
  const securitySchemes = {
    inHeader: key('header'),
    inQuery: key('query'),
    inCookie: key('cookie'),
    basic: { type: 'http', scheme: 'basic' },
    bearer: { type: 'http', scheme: 'bearer' },
    oauth: {
      type: 'oauth2',
      flows: { clientCredentials: { tokenUrl: `${api.url}/token`, scopes: {} } },
    },
  };
  const given = {
    inHeader: { value: 'h' },
    inQuery: { value: 'q' },
    inCookie: { value: 'c' },
    basic: { username: 'u', password: 'p' },
    bearer: { value: 'b' },
    oauth: { clientId: 'i', clientSecret: 's' },
  };
  const token = JSON.stringify({ access_token: 't0', token_type: 'Bearer', expires_in: 60 });
  api.answer = ({ url }) => ({ status: 200, body: url === '/token' ? token : '{}' });
  const seen = async (
    security: readonly JsonObject[],
    only: readonly string[],
  ): Promise<string> => {
    const kept = Object.entries(given).filter(([name]) => only.includes(name));
    await using service = await open(
      api,
      {
        servers: [{ url: api.url }],
        components: { securitySchemes },
        paths: { '/a': { get: { operationId: 'a', security } } },
      },
      { credentials: Object.fromEntries(kept) },
    );
    await service.call('a');
    const last = api.arrived.at(-1);
    const { key: own, cookie, authorization } = last?.headers ?? {};
    return [last?.url, own, cookie, authorization].join(' ');
  };
  const all = Object.keys(given);
  const check = async (
    name: string,
    security: readonly JsonObject[],
    only: readonly string[],
    wanted: string,
  ): Promise<CallCheck> => ({
    group: 'A14',
    name,
    right: (await seen(security, only)) === wanted,
  });
  return [
    await check('key in a header', [{ inHeader: [] }], all, '/a h  '),
    await check('key in the query', [{ inQuery: [] }], all, '/a?key=q   '),
    await check('key in a cookie', [{ inCookie: [] }], all, '/a  key=c '),
    await check('basic', [{ basic: [] }], all, '/a   Basic dTpw'),
    await check('bearer', [{ bearer: [] }], all, '/a   Bearer b'),
    await check('client credentials', [{ oauth: [] }], all, '/a   Bearer t0'),
    await check('all of several', [{ inHeader: [], bearer: [] }], all, '/a h  Bearer b'),
    await check('the first of several', [{ basic: [] }, { bearer: [] }], all, '/a   Basic dTpw'),
    await check('the one there is', [{ basic: [] }, { bearer: [] }], ['bearer'], '/a   Bearer b'),
    await check('none when none is wanted', [], all, '/a   '),
  ];
}

async function servers(api: Api): Promise<readonly CallCheck[]> {
  api.answer = () => ({ status: 200, body: '{}' });
  const version = { default: 'v1', enum: ['v1', 'v2'] };
  const document = (url: string): JsonObject => ({
    servers: [{ url, variables: { version } }],
    paths: {
      '/root': { get: { operationId: 'root' } },
      '/path': { servers: [{ url: `${api.url}/p` }], get: { operationId: 'path' } },
      '/own': { get: { operationId: 'own', servers: [{ url: `${api.url}/o` }] } },
    },
  });
  const asked = async (tool: string, given: JsonObject, config: JsonObject = {}) => {
    await using service = await open(api, given, config);
    const before = api.arrived.length;
    await service.call(tool);
    return api.arrived.length > before ? api.arrived.at(-1)?.url : undefined;
  };
  const check = async (
    name: string,
    wanted: string | undefined,
    action: () => Promise<string | undefined>,
  ): Promise<CallCheck> => ({
    group: 'A15',
    name,
    right: (await action().catch(() => undefined)) === wanted,
  });
  const varied = document(`${api.url}/{version}`);
  const reported = async (): Promise<string | undefined> => {
    await using service = await open(api, varied, { serverVariables: { version: 'v3' } });
    const { diagnostics } = await service.upstream.discover(AbortSignal.timeout(5_000));
    return diagnostics?.[0]?.code;
  };
  const moved = { baseUrl: `${api.url}/moved` };
  return [
    await check('of the document', '/v1/root', () => asked('root', varied)),
    await check('of the path', '/p/path', () => asked('path', varied)),
    await check('of the operation', '/o/own', () => asked('own', varied)),
    await check('a variable', '/v2/root', () =>
      asked('root', varied, { serverVariables: { version: 'v2' } }),
    ),
    await check('a value outside the enum is reported', 'server_variable', reported),
    await check('another base', '/moved/root', () => asked('root', varied, moved)),
  ];
}

async function repetitions(api: Api): Promise<readonly CallCheck[]> {
  const paths = {
    '/a': {
      get: { operationId: 'read' },
      post: {
        operationId: 'write',
        parameters: [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } }],
      },
    },
  };
  await using service = await open(api, { paths, servers: [{ url: api.url }] });
  const sent = async (
    tool: string,
    statuses: readonly number[],
    given: JsonObject = {},
    headers: Record<string, string> = {},
  ): Promise<number> => {
    let at = 0;
    api.answer = () => ({ status: statuses[at++] ?? 200, headers, body: '{}' });
    const before = api.arrived.length;
    await service.call(tool, given);
    return api.arrived.length - before;
  };
  const check = (name: string, right: boolean): CallCheck => ({ group: 'A16', name, right });
  const start = performance.now();
  const waited = await sent('read', [429], {}, { 'retry-after': '1' });
  const waitedMs = performance.now() - start;
  return [
    check('a read twice', (await sent('read', [503])) === 2),
    check('a read at most three times', (await sent('read', [502, 502, 502, 502])) === 3),
    check('no read after 500', (await sent('read', [500])) === 1),
    check('no write twice', (await sent('write', [503])) === 1),
    check('a write with a key', (await sent('write', [503], { 'Idempotency-Key': 'k' })) === 2),
    check('as late as it was told', waited === 2 && waitedMs >= 1_000),
  ];
}

import {
  isJsonObject,
  objectMember,
  stringMember,
  type JsonObject,
} from '../../../src/kernel/json.ts';
import { envelope, modernHeaders } from '../../support/mcp-post.ts';
import { startGateway, type RunningGateway } from '../../support/start-gateway.ts';
import { CREDENTIAL } from './documented-api.ts';
import {
  APIS,
  operationsOf,
  readRestBench,
  type ApiName,
  type GoldPath,
} from './read-restbench.ts';
import { sampleArguments } from './sample-arguments.ts';
import { startApis, type StartedApis } from './start-api.ts';
import { startScriptedModel, type KnownTool } from './start-scripted-model.ts';

const write = (line: string): void => void process.stdout.write(`${line}\n`);

/** Requests to the gateway under test, as its administrator. */
type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<JsonObject>;

const CREDENTIALS: Readonly<Record<ApiName, JsonObject>> = {
  tmdb: { credentials: { api_key: { value: CREDENTIAL } } },
  spotify: { credentials: { oauth_2_0: { value: CREDENTIAL } } },
};

function sender({ url, apiKey }: RunningGateway): Send {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...headers,
        authorization: `Bearer ${apiKey}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const json: unknown = await answer.json();
    if (!answer.ok || !isJsonObject(json)) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(json)}`);
    }
    return json;
  };
}

/**
 * Which tool calls which operation, seen from the other side: each tool is called once, and what
 * arrives says what it is. Keys are `tmdb GET /search/movie`.
 */
async function learnTools(send: Send, apis: StartedApis): Promise<Map<string, KnownTool>> {
  const tools = new Map<string, KnownTool>();
  for (const api of APIS) {
    const { tools: listed } = await listTools(send, api);
    for (const { name, inputSchema } of listed) {
      apis.take();
      await send('POST', `/services/${api}/tools/${name}`, sampleArguments(inputSchema));
      const [arrived] = apis.take();
      const { operation } = arrived ?? {};
      if (operation !== undefined) {
        tools.set(`${api} ${operation}`, { name: `${api}__${name}`, inputSchema });
      }
    }
  }
  return tools;
}

async function listTools(send: Send, api: ApiName): Promise<{ tools: readonly KnownTool[] }> {
  const tools: KnownTool[] = [];
  let cursor: string | undefined;
  do {
    const params = { _meta: envelope(), ...(cursor === undefined ? {} : { cursor }) };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params };
    const result =
      objectMember(
        await send('POST', `/mcp/${api}`, body, modernHeaders('tools/list')),
        'result',
      ) ?? {};
    tools.push(...((result['tools'] ?? []) as unknown as KnownTool[]));
    cursor = stringMember(result, 'nextCursor');
  } while (cursor !== undefined);
  return { tools };
}

/** What went wrong with a question; nothing when it went as it must. */
async function ask(send: Send, apis: StartedApis, path: GoldPath): Promise<readonly string[]> {
  apis.take();
  let state = await send('POST', '/chat', { message: `[${path.id}] ${path.query}` });
  for (let round = 0; state['status'] === 'waiting' && round < 10; round++) {
    const waiting = state['waiting'] as readonly { readonly id: string; readonly kind: string }[];
    const answers = waiting.map(({ id }) => ({ id, approve: true }));
    await send('POST', `/chat/runs/${stringMember(state, 'run_id')}/answers`, { answers });
    state = await ended(send, stringMember(state, 'run_id') ?? '');
  }
  const arrived = apis.take();
  const faults = arrived.flatMap((one) => one.faults.map((fault) => `${one.operation}: ${fault}`));
  const seen = arrived.map(({ operation }) => operation);
  if (seen.join('\n') !== path.operations.join('\n')) {
    faults.push(`arrived: ${seen.join(', ') || 'nothing'}; wanted: ${path.operations.join(', ')}`);
  }
  const token = arrived.at(-1)?.token ?? 'none';
  if (state['stop_reason'] !== 'done') faults.push(`stopped: ${JSON.stringify(state['error'])}`);
  if (!(stringMember(state, 'answer') ?? '').includes(token)) faults.push('the answer lacks it');
  return faults;
}

/** Where a run stands once it neither works nor has just been answered. */
async function ended(send: Send, run: string): Promise<JsonObject> {
  for (let look = 0; look < 600; look++) {
    const state = await send('GET', `/chat/runs/${run}`);
    if (state['status'] !== 'running') return state;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the run ${run} does not end`);
}

/** Returns the exit code: 0 all as the documents say, 1 something is not, 2 nothing to run. */
async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    write('Say which folder: npm run eval:chat -- <folder of RestBench>');
    return 2;
  }
  const bench = readRestBench(folder);
  for (const one of bench.leftOut) write(`left out  ${one}`);
  await using apis = await startApis(bench.documents);
  const gateway = await startGateway();
  try {
    const send = sender(gateway);
    for (const api of APIS) {
      const config = { document: bench.documents[api], baseUrl: apis.urlOf(api) };
      const body = { slug: api, title: api, kind: 'openapi' };
      await send('POST', '/register-service', {
        ...body,
        config: { ...config, ...CREDENTIALS[api] },
      });
    }
    const tools = await learnTools(send, apis);
    const operations = APIS.flatMap((api) => operationsOf(bench.documents[api])).length;
    write(`${tools.size} of ${operations} operations are called by a tool`);
    const paths = new Map(bench.paths.map((path) => [path.id, path]));
    await using model = await startScriptedModel({ paths, tools });
    await send('POST', '/api/v1/models/providers', {
      name: 'scripted',
      settings: { kind: 'openai_compatible', baseUrl: model.url },
      models: [{ id: 'scripted', contextTokens: 200_000, isDefault: true }],
    });
    let wrong = 0;
    for (const path of bench.paths) {
      const faults = await ask(send, apis, path);
      for (const fault of faults) write(`wrong  ${path.id}  ${fault}`);
      if (faults.length > 0) wrong += 1;
    }
    const right = bench.paths.length - wrong;
    write(`${right} of ${bench.paths.length} call paths arrived as the documents say`);
    write(`at most ${model.offeredMost} tools offered at once, ${model.searches} searches`);
    return wrong === 0 && right > 0 ? 0 : 1;
  } finally {
    await gateway.stop();
  }
}

process.exitCode = await main(process.argv[2]);

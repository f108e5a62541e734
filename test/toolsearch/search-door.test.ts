import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, SSEClientTransport } from '@modelcontextprotocol/client';
import { callApi } from '../../examples/quickstart/call-api.ts';
import { limits } from '../../src/kernel/limits.ts';
import { openBareClient } from '../interop/open-answering-client.ts';
import { startChangingServer, toolNamed } from '../support/mcp-http/changing-server.ts';
import { modernRequest, talkSocket } from '../support/talk-socket.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

type Answer = Readonly<Record<string, unknown>>;
type Rows = readonly Answer[];

type Era = 'modern' | 'legacy';

/** What there is to a call. */
interface Called {
  readonly text: string;
  readonly isError: boolean;
  readonly value: Answer;
}

const invoice = toolNamed('create_invoice', {
  description: 'Creates an invoice for a customer.',
  inputSchema: {
    type: 'object',
    properties: { customer: { type: 'string' }, amount: { type: 'number' } },
    required: ['customer'],
  },
});

describe('the endpoint that finds tools', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let billing: Awaited<ReturnType<typeof startChangingServer>>;
  let weather: Awaited<ReturnType<typeof startChangingServer>>;
  let limited: string;
  const admin = (method: string, path: string, body?: Answer): Promise<Answer> =>
    callApi(gateway, method, path, body);
  const call = async (
    name: string,
    args: Record<string, unknown>,
    { apiKey = gateway.apiKey, era = 'modern' }: { apiKey?: string; era?: Era } = {},
  ): Promise<Called> => {
    const endpoint = `${gateway.url}/mcp/search`;
    const client = await openBareClient({ endpoint, apiKey, era });
    try {
      const result = await client.callTool({ name, arguments: args });
      const blocks = result.content as readonly { text: string }[];
      return {
        text: blocks.map((one) => one.text).join('\n'),
        isError: result.isError === true,
        value: (result.structuredContent ?? {}) as Answer,
      };
    } finally {
      await client.close();
    }
  };
  const found = ({ value }: Called): readonly string[] =>
    (value['tools'] as Rows).map(({ name }) => String(name));

  before(async () => {
    billing = await startChangingServer([invoice, toolNamed('list_invoices')]);
    weather = await startChangingServer([toolNamed('forecast', { description: 'Tells weather.' })]);
    gateway = await startGateway();
    await admin('POST', '/register-service', { slug: 'billing', url: billing.url });
    await admin('POST', '/register-service', { slug: 'weather', url: weather.url });
    const access = { services: ['weather'] };
    const { apiKey } = await admin('POST', '/api/v1/keys', { name: 'limited', access });
    limited = String(apiKey);
  });
  after(async () => {
    await gateway?.stop();
    await billing?.[Symbol.asyncDispose]();
    await weather?.[Symbol.asyncDispose]();
  });

  test('has three tools, on every door and in both eras', async () => {
    for (const era of ['modern', 'legacy'] as const) {
      const endpoint = `${gateway.url}/mcp/search`;
      const client = await openBareClient({ endpoint, apiKey: gateway.apiKey, era });
      const { tools } = await client.listTools();
      const names = tools.map(({ name }) => name);
      assert.deepEqual(names, ['search_tools', 'describe_tools', 'call_tool'], era);
      assert.match(client.getInstructions() ?? '', /search_tools/, era);
      await client.close();
      const answer = await call('call_tool', { name: 'weather__forecast' }, { era });
      assert.equal(answer.isError, false, era);
    }
    const everything = await openBareClient({
      endpoint: `${gateway.url}/mcp`,
      apiKey: gateway.apiKey,
      era: 'modern',
    });
    const all = (await everything.listTools()).tools.map(({ name }) => name);
    assert.ok(all.includes('billing__create_invoice'));
    assert.ok(!all.some((name) => name.includes('search_tools')), 'they are at their place alone');
    await everything.close();
  });

  test('finds, describes and calls, and says of how many', async () => {
    const searched = await call('search_tools', { query: 'bill a customer: make an invoice' });
    assert.equal(found(searched)[0], 'billing__create_invoice');
    assert.match(searched.text, /^\d of 3 tools:\nbilling__create_invoice\(customer\) 1\.00: /);
    const described = await call('describe_tools', {
      names: ['billing__create_invoice', 'billing__no_such_tool'],
    });
    const [tool] = described.value['tools'] as Rows;
    assert.equal(tool?.['name'], 'billing__create_invoice');
    assert.deepEqual(tool?.['inputSchema'], invoice['inputSchema']);
    assert.deepEqual(described.value['unknown'], ['billing__no_such_tool']);
    const args = { customer: 'Ada', amount: 3 };
    const called = await call('call_tool', { name: 'billing__create_invoice', arguments: args });
    assert.deepEqual(JSON.parse(called.text), args);
    const sent = billing.calls.at(-1) ?? {};
    assert.deepEqual([sent['name'], sent['arguments']], ['create_invoice', args]);
  });

  test('keeps to one service, and falls back to spelling and to the services', async () => {
    const query = 'list invoices';
    assert.deepEqual(found(await call('search_tools', { query, service: 'weather' })), []);
    const misspelt = await call('search_tools', { query: 'frecast' });
    assert.deepEqual(found(misspelt), ['weather__forecast']);
    const nothing = await call('search_tools', { query: 'quux' });
    assert.match(nothing.text, /^0 of 3 tools: .*\nbilling: .*\nweather: /);
    const unknown = await call('search_tools', { query, service: 'nowhere' });
    assert.ok(unknown.isError);
    assert.match(unknown.text, /"service" is not known; there is: billing, weather/);
    const limit = await call('search_tools', { query: 'invoice', limit: 1 });
    assert.equal(found(limit).length, 1);
    const { describedToolsMax, searchedToolsMax } = limits;
    const names = Array.from({ length: describedToolsMax }, (_, at) => `x${at}`);
    assert.deepEqual((await call('describe_tools', { names })).value['unknown'], names);
    assert.ok(!(await call('search_tools', { query: 'a', limit: searchedToolsMax })).isError);
    for (const [name, args] of [
      ['search_tools', {}],
      ['search_tools', { query: 'a', limit: searchedToolsMax + 1 }],
      ['describe_tools', { names: Array.from({ length: describedToolsMax + 1 }, () => 'x') }],
      ['call_tool', {}],
      ['call_tool', { name: 'weather__forecast', arguments: 3 }],
    ] as const) {
      assert.ok((await call(name, args)).isError, JSON.stringify(args));
    }
  });

  test('knows nothing of what its caller does not see', async () => {
    const as = { apiKey: limited };
    const searched = await call('search_tools', { query: 'create an invoice' }, as);
    assert.doesNotMatch(searched.text, /billing|invoice/);
    assert.match(searched.text, /of 1 tools/);
    const names = ['billing__create_invoice', 'billing__no_such_tool'];
    const described = await call('describe_tools', { names }, as);
    assert.deepEqual(described.value, { tools: [], unknown: names });
    const refusals = await Promise.all(
      names.map((name) =>
        call('call_tool', { name }, as).then(
          () => 'called',
          (error: unknown) => String(error).replaceAll(name, 'NAME'),
        ),
      ),
    );
    assert.match(refusals[0] ?? '', /Unknown tool: NAME/);
    assert.equal(refusals[0], refusals[1], 'what is hidden is told from what is not there');
  });

  test('has calls metered under the name of the tool that was called', async () => {
    await call('call_tool', { name: 'weather__forecast', arguments: { text: 'metered' } });
    const { records } = await admin('GET', '/api/v1/usage');
    const calls = (records as Rows).filter(({ method }) => method === 'tools/call');
    assert.ok(
      calls.some(({ tool }) => tool === 'forecast'),
      JSON.stringify(calls),
    );
    // One that names no call is no call of another tool.
    const outer = calls.filter(({ tool }) => tool === 'call_tool');
    assert.ok(outer.every(({ outcome }) => outcome === 'tool_error'));
  });

  test('is there over HTTP+SSE too, as every service is', async () => {
    const made = await admin('POST', '/sessions', { services: ['search'] });
    const { sse } = made['endpoints'] as Readonly<Record<string, string>>;
    const headers = { Authorization: `Bearer ${gateway.apiKey}` };
    const transport = new SSEClientTransport(new URL(`${gateway.url}${sse ?? ''}`), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, ...headers } }),
      },
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    const result = await client.callTool({
      name: 'search_tools',
      arguments: { query: 'weather forecast' },
    });
    assert.match(JSON.stringify(result.content), /weather__forecast/);
    await client.close();
  });

  test('is there over WebSocket too', async () => {
    const headers = { Authorization: `Bearer ${gateway.apiKey}` };
    const socket = await talkSocket(gateway.url, '/ws/search', { headers });
    const params = { name: 'call_tool', arguments: { name: 'weather__forecast' } };
    socket.say(modernRequest(1, 'tools/call', params));
    const answer = await socket.next(({ id }) => id === 1);
    assert.ok('result' in answer, JSON.stringify(answer));
  });

  test('leaves the name to nobody else', async () => {
    const body = { slug: 'search', url: weather.url };
    await assert.rejects(admin('POST', '/register-service', body), /search/);
  });
});

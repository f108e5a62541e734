import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { RpcError } from '../../kernel/errors.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { complete, FakeUpstream, type FakeMethod } from '../../../test/support/fake-upstream.ts';
import { callModern, envelope, modernHeaders, post } from '../../../test/support/mcp-post.ts';
import { startDoors, testKeys, type RunningDoors } from '../../../test/support/start-doors.ts';

const UI = 'io.modelcontextprotocol/ui';
const uiSettings = { mimeTypes: ['text/html;profile=mcp-app'] };
const skillPages = (name: string): FakeMethod => {
  return ({ params }) => {
    const { cursor } = params;
    const second = cursor === `${name}-2`;
    if (cursor !== undefined && !second) throw new RpcError(-32602, 'bad cursor');
    const skills = [{ uri: `skill://${name}/${second ? 2 : 1}`, kept: true }];
    return complete(second ? { skills } : { skills, nextCursor: `${name}-2` });
  };
};

/** Has some resources, and some that it does not list. */
function service(name: string, unlisted: readonly string[]): FakeUpstream {
  const read: FakeMethod = ({ params }) => {
    const uri = params['uri'] as string;
    const has = uri.endsWith('shared') || uri.includes(name) || unlisted.includes(uri);
    if (!has) throw new RpcError(-32602, `Resource not found: ${uri}`);
    return complete({ contents: [{ uri, text: name }] });
  };
  return new FakeUpstream(
    {
      'tools/list': () =>
        complete({
          tools: [
            {
              name: 'app',
              _meta: { ui: { resourceUri: `ui://${name}/page`, csp: { connectDomains: ['x'] } } },
            },
            { name: 'old', _meta: { 'ui/resourceUri': `ui://${name}/old` } },
          ],
        }),
      'resources/list': () => complete({ resources: [{ uri: 'test://shared', title: name }] }),
      'resources/templates/list': () => complete({ resourceTemplates: [] }),
      'tools/call': ({ client, params }) =>
        complete({ content: [], client: client.capabilities, params }),
      'resources/read': read,
      'skills/list': skillPages(name),
      'skills/get': read,
    },
    {
      tools: {},
      resources: {},
      extensions: { [UI]: uiSettings, 'io.modelcontextprotocol/skills': { directoryRead: true } },
    },
  );
}

describe('several services as one', () => {
  const one = service('one', []);
  const two = service('two', ['test://secret']);
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('one', one);
    await doors.add('two', two);
    await doors.add('zero', new FakeUpstream({}, { resources: {} }));
  });
  after(() => doors[Symbol.asyncDispose]());

  const ask = async (
    method: string,
    params: JsonObject = {},
    capabilities: JsonObject = {},
  ): Promise<JsonObject> => {
    const answer = await callModern(`${doors.url}/mcp`, method, params, capabilities);
    return objectMember(answer.body, 'result') ?? objectMember(answer.body, 'error') ?? {};
  };
  const served = async (uri: string, method = 'resources/read'): Promise<unknown> => {
    const result = await ask(method, { uri });
    return (
      (result['contents'] as readonly JsonObject[] | undefined)?.[0]?.['text'] ?? result['code']
    );
  };

  it('keeps the apps extension whole and leads to the pages of tools', async () => {
    const capabilities = objectMember(await ask('server/discover'), 'capabilities');
    assert.deepEqual(objectMember(capabilities, 'extensions')?.[UI], uiSettings);
    const { tools } = (await ask('tools/list')) as { tools: readonly JsonObject[] };
    const app = tools.find(({ name }) => name === 'two__app');
    assert.deepEqual(app?.['_meta'], {
      ui: { resourceUri: 'ui://two/page', csp: { connectDomains: ['x'] } },
    });
    const askedOne = one.requests.length;
    assert.equal(await served('ui://two/page'), 'two');
    assert.equal(await served('ui://two/old'), 'two');
    assert.equal(one.requests.length, askedOne, 'the owner is known');
    const declared = { extensions: { [UI]: uiSettings } };
    const called = await ask('tools/call', { name: 'one__app' }, declared);
    assert.deepEqual(called['client'], declared);
  });

  it('finds what nobody lists by asking one after the other', async () => {
    const usage = doors.usage.length;
    assert.equal(await served('test://secret'), 'two');
    const [record] = doors.usage.slice(usage);
    const live = doors.catalog.lives(doors.tenant).find((one) => one.service.slug === 'two');
    assert.equal(record?.serviceId, live?.service.id);
    assert.equal(await served('test://nowhere'), -32602);
    assert.equal(doors.usage.at(-1)?.serviceId, null);
  });

  it('lists one of two resources with one URI, the one that is read', async () => {
    const { resources } = (await ask('resources/list')) as { resources: readonly JsonObject[] };
    assert.deepEqual(resources, [{ uri: 'test://shared', title: 'one', name: 'one' }]);
    assert.equal(await served('test://shared'), 'one');
    const own = await callModern(`${doors.url}/mcp/two`, 'resources/read', {
      uri: 'test://shared',
    });
    assert.match(JSON.stringify(own.body), /"text":"two"/);
  });

  it('lists skills page by page, service by service, and finds their owner', async () => {
    const seen: unknown[] = [];
    const cursors: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask('skills/list', cursor === undefined ? {} : { cursor });
      seen.push(...(page['skills'] as readonly JsonObject[]));
      cursor = page['nextCursor'] as string | undefined;
      if (cursor !== undefined) cursors.push(cursor);
    } while (cursor !== undefined);
    const uris = ['one/1', 'one/2', 'two/1', 'two/2'].map((path) => `skill://${path}`);
    assert.deepEqual(
      seen,
      uris.map((uri) => ({ uri, kept: true })),
    );
    assert.equal(await served('skill://two/1', 'skills/get'), 'two');
    for (const forged of ['two-2', `${cursors[0]}A`, '']) {
      assert.equal((await ask('skills/list', { cursor: forged }))['code'], -32602);
    }
    const params = { cursor: cursors[0], _meta: envelope() };
    const body = { jsonrpc: '2.0', id: 1, method: 'skills/list', params };
    const authorization = `Bearer ${testKeys.a2}`;
    const headers = { ...modernHeaders('skills/list'), authorization };
    const stolen = await post(`${doors.url}/mcp`, body, headers);
    assert.equal(objectMember(stolen.body, 'error')?.['code'], -32602);
  });

  it('passes the ids of a trace on and keeps its baggage', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const _meta = { traceparent, tracestate: 'a=1', baggage: 'user=secret', custom: 1 };
    const { params } = await ask('tools/call', { name: 'one__app', _meta });
    const { _meta: sent } = params as JsonObject;
    assert.deepEqual(sent, { traceparent, tracestate: 'a=1', custom: 1 });
  });
});

describe('a search for what nobody lists', () => {
  it('asks so many services, in the order of their names, until one has it', async () => {
    await using doors = await startDoors();
    const asked: number[] = [];
    const last = limits.candidatesMax;
    for (let index = 0; index <= last; index++) {
      const read: FakeMethod = ({ params }) => {
        asked.push(index);
        const has = params['uri'] === `test://${index}`;
        if (!has) throw new RpcError(-32602, 'Resource not found');
        return complete({ contents: [] });
      };
      const slug = `s${String(index).padStart(2, '0')}`;
      await doors.add(slug, new FakeUpstream({ 'resources/read': read }, { resources: {} }));
    }
    const order = Array.from({ length: last }, (_, index) => index);
    for (const [found, status] of [
      [last - 1, 'result'],
      [last, 'error'],
    ] as const) {
      asked.length = 0;
      const uri = `test://${found}`;
      const { body } = await callModern(`${doors.url}/mcp`, 'resources/read', { uri });
      assert.ok(body !== undefined && status in body);
      assert.deepEqual(asked, order);
    }
  });
});

describe('a cursor of a merged list', () => {
  const many = Array.from({ length: limits.listPageItems + 1 }, (_, index) => ({
    name: `t${index}`,
  }));
  const tools = new FakeUpstream({ 'tools/list': () => complete({ tools: many }) }, { tools: {} });
  let doors: RunningDoors;
  before(async () => {
    doors = await startDoors();
    await doors.add('many', tools);
  });
  after(() => doors[Symbol.asyncDispose]());

  it('goes on for the same list only, and after no change', async () => {
    const list = async (method: string, cursor?: string): Promise<JsonObject> => {
      const params = cursor === undefined ? {} : { cursor };
      const { body } = await callModern(`${doors.url}/mcp`, method, params);
      return objectMember(body, 'result') ?? objectMember(body, 'error') ?? {};
    };
    const { nextCursor } = await list('tools/list');
    const cursor = nextCursor as string;
    const page = await list('tools/list', cursor);
    assert.equal((page['tools'] as readonly JsonObject[]).length, 1);
    assert.equal((await list('prompts/list', cursor))['code'], -32602);
    const position = fc.nat({ max: cursor.length - 1 });
    const letter = fc.constantFrom(...'ABZaz09-_.=+/ '.split(''));
    await fc.assert(
      fc.asyncProperty(position, letter, async (at, to) => {
        const forged = `${cursor.slice(0, at)}${to}${cursor.slice(at + 1)}`;
        fc.pre(forged !== cursor);
        assert.equal((await list('tools/list', forged))['code'], -32602, forged);
      }),
      { numRuns: 60 },
    );
  });
});

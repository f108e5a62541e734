import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { complete, FakeUpstream } from '../../../../../test/support/fake-upstream.ts';
import { callModern } from '../../../../../test/support/mcp-post.ts';
import { readEvents } from '../../../../../test/support/read-events.ts';
import {
  startDoors,
  testKeys,
  type RunningDoors,
} from '../../../../../test/support/start-doors.ts';
import {
  legacyRequest,
  modernRequest,
  talkSocket,
} from '../../../../../test/support/talk-socket.ts';
import { toolUpstream } from '../../../../../test/support/tool-upstream.ts';
import { until } from '../../../../../test/support/until.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';

const withId = (id: unknown) => (message: JsonObject) => message['id'] === id;
const forecast = {
  name: 'get.forecast',
  title: 'Forecast',
  description: 'The long description.',
  inputSchema: {
    type: 'object',
    properties: { where: { $ref: '#/$defs/place' }, self: { $ref: '#' } },
    $defs: { place: { type: 'string' } },
  },
  outputSchema: { type: 'object', properties: { degrees: { type: 'number' } } },
  annotations: { readOnlyHint: true },
};

const weather = new FakeUpstream({
  'tools/list': () => complete({ tools: [forecast, { name: 'hidden', inputSchema: {} }] }),
  'prompts/list': () => complete({ prompts: [{ name: 'ask' }, { name: 'secret' }] }),
  'resources/list': () =>
    complete({
      resources: [
        { name: 'map', uri: 'w://map' },
        { name: 'x', uri: 'w://hidden' },
      ],
    }),
  'resources/templates/list': () =>
    complete({ resourceTemplates: [{ name: 'city', uriTemplate: 'w://city/{name}' }] }),
  'tools/call': ({ params }) =>
    complete({ content: [], structuredContent: { called: params['name'] as string } }),
  'prompts/get': ({ params }) => complete({ messages: [], got: params['name'] as string }),
  'resources/read': ({ params }) => complete({ contents: [{ uri: params['uri'] as string }] }),
});

const items = [
  { kind: 'tool', service: 'weather', name: 'get.forecast', as: 'forecast', description: 'Short.' },
  { kind: 'tool', service: 'weather', name: 'get.forecast', as: 'again', title: 'Again' },
  { kind: 'tool', service: 'one', name: 'echo' },
  { kind: 'tool', service: 'one', name: 'not-there' },
  { kind: 'prompt', service: 'weather', name: 'ask', as: 'question', title: 'A question' },
  { kind: 'resource', service: 'weather', name: 'w://map', as: 'The map', description: 'A map.' },
  { kind: 'resourceTemplate', service: 'weather', name: 'w://city/{name}' },
];

describe('bundles', () => {
  let doors: RunningDoors;
  const send = async (method: string, path: string, body?: unknown, key: string = testKeys.a) => {
    const answer = await fetch(`${doors.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: answer.status, json };
  };
  const resultOf = async (method: string, params: JsonObject = {}, path = '/mcp/bundles/desk') => {
    const { body } = await callModern(`${doors.url}${path}`, method, params);
    return (body?.['result'] ?? body?.['error']) as JsonObject;
  };
  const namesOf = (result: JsonObject, member: string, key = 'name') =>
    (result[member] as JsonObject[]).map((one) => one[key]);

  before(async () => {
    doors = await startDoors();
    await doors.add('weather', weather);
    await doors.add('one', toolUpstream().upstream);
    await doors.add('two', toolUpstream().upstream);
    const body = { slug: 'desk', title: 'Travel desk', description: 'Ask me.', items };
    assert.equal((await send('POST', '/api/v1/bundles', body)).status, 201);
  });
  after(() => doors[Symbol.asyncDispose]());

  test('show what they name, renamed and described anew, the rest as it is', async () => {
    const { tools } = (await resultOf('tools/list')) as { tools: readonly JsonObject[] };
    assert.deepEqual(
      tools.map(({ name, title, description }) => [name, title, description]),
      [
        ['echo', undefined, 'The tool echo.'],
        ['forecast', 'Forecast', 'Short.'],
        ['again', 'Again', 'The long description.'],
      ],
    );
    assert.deepEqual(tools[1]?.['annotations'], { readOnlyHint: true });
    assert.deepEqual((await resultOf('prompts/list'))['prompts'], [
      { name: 'question', title: 'A question' },
    ]);
    assert.deepEqual((await resultOf('resources/list'))['resources'], [
      { name: 'The map', uri: 'w://map', description: 'A map.' },
    ]);
    const templates = await resultOf('resources/templates/list');
    assert.deepEqual(namesOf(templates, 'resourceTemplates'), ['city']);
    const discovered = await resultOf('server/discover');
    assert.equal(discovered['instructions'], 'Ask me.');
    const { 'io.modelcontextprotocol/serverInfo': info } = discovered['_meta'] as JsonObject;
    assert.equal((info as JsonObject)['title'], 'Travel desk');
  });

  test('have a version that a change can ask for', async () => {
    const path = `${doors.url}/api/v1/bundles/desk`;
    const change = async (ifMatch: string) => {
      const answer = await fetch(path, {
        method: 'PATCH',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${testKeys.a}`,
          'if-match': ifMatch,
        },
        body: JSON.stringify({ title: 'Travel desk' }),
      });
      await answer.text();
      return [answer.status, answer.headers.get('etag')];
    };
    assert.deepEqual(await change('"7"'), [409, null]);
    assert.deepEqual(await change('"1"'), [200, '"2"']);
    const seen = await fetch(path, { headers: { authorization: `Bearer ${testKeys.a}` } });
    await seen.text();
    assert.equal(seen.headers.get('etag'), '"2"');
  });

  test('lead where they name and nowhere else', async () => {
    const call = (name: string) => resultOf('tools/call', { name, arguments: {} });
    assert.deepEqual((await call('forecast'))['structuredContent'], { called: 'get.forecast' });
    assert.deepEqual((await call('again'))['structuredContent'], { called: 'get.forecast' });
    const { tool, serviceId } = doors.usage.at(-1) ?? {};
    assert.equal(tool, 'get.forecast');
    assert.match(String(serviceId), /^svc_/);
    for (const name of ['get.forecast', 'hidden', 'weather__hidden', 'one__echo', 'not-there']) {
      assert.deepEqual(await call(name), { code: -32602, message: `Unknown tool: ${name}` });
    }
    assert.equal((await resultOf('prompts/get', { name: 'question' }))['got'], 'ask');
    assert.equal((await resultOf('prompts/get', { name: 'ask' }))['code'], -32602);
    const read = async (uri: string) => (await resultOf('resources/read', { uri }))['code'] ?? 'ok';
    assert.equal(await read('w://map'), 'ok');
    assert.equal(await read('w://city/Bern'), 'ok');
    assert.equal(await read('w://hidden'), -32602);
    assert.equal(await read('w://anything'), -32602, 'nobody is asked for what is not named');
    assert.equal((await resultOf('skills/list'))['code'], -32601);
    assert.equal((await resultOf('tools/list', {}, '/mcp/bundles/nowhere'))['code'], 4040);
  });

  test('are served to legacy clients, over WebSocket, HTTP+SSE and plain HTTP', async () => {
    const url = new URL(`${doors.url}/mcp/bundles/desk`);
    const authorization = `Bearer ${testKeys.a}`;
    const transport = new StreamableHTTPClientTransport(url, {
      requestInit: { headers: { authorization } },
    });
    const client = new Client(
      { name: 't', version: '1' },
      { versionNegotiation: { mode: 'legacy' } },
    );
    await client.connect(transport);
    assert.deepEqual((await client.listTools()).tools.length, 3);
    await client.close();
    const socket = await talkSocket(doors.url, '/ws/bundles/desk');
    socket.say(modernRequest(1, 'tools/call', { name: 'forecast', arguments: {} }));
    assert.ok('result' in (await socket.next(withId(1))));
    socket.socket.close();
    const stream = readEvents(
      await fetch(`${doors.url}/sse/bundles/desk`, { headers: { authorization } }),
    );
    await until(() => stream.events.length > 0);
    const posted = await send('POST', String(stream.events[0]?.data), legacyRequest(1, 'ping'));
    assert.equal(posted.status, 202);
    await stream.next(withId(1));
    const plain = await send('POST', '/bundles/desk/tools/forecast', {});
    assert.deepEqual(plain, { status: 200, json: { called: 'get.forecast' } });
    assert.equal((await send('POST', '/bundles/desk/tools/hidden', {})).status, 400);
  });

  test('announce when they change, and when what they take changes', async () => {
    const talk = await talkSocket(doors.url, '/ws/bundles/desk');
    const uris = ['w://map', 'w://hidden'];
    const notifications = { toolsListChanged: true, resourceSubscriptions: uris };
    talk.say(modernRequest('s', 'subscriptions/listen', { notifications }));
    const { params } = await talk.next(
      ({ method }) => method === 'notifications/subscriptions/acknowledged',
    );
    const honoured = (params as JsonObject)['notifications'] as JsonObject;
    assert.deepEqual(honoured['resourceSubscriptions'], ['w://map']);
    const changes = () =>
      talk.came.filter(({ method }) => method === 'notifications/tools/list_changed');
    const settle = () => new Promise((resolve) => setTimeout(resolve, 250));
    const refresh = async (slug: string) => {
      const live = doors.catalog.lives(doors.tenant).find((one) => one.service.slug === slug);
      await live?.refresh();
      await settle();
    };
    await refresh('two');
    assert.equal(changes().length, 0, 'nothing of that service is in the bundle');
    await refresh('one');
    assert.equal(changes().length, 1);
    const change = await send('PATCH', '/api/v1/bundles/desk', { title: 'The desk' });
    assert.equal(change.status, 200);
    await settle();
    assert.equal(changes().length, 2);
    talk.socket.close();
  });

  test('are described as OpenAPI', async () => {
    const { status, json } = await send('GET', '/bundles/desk/openapi.json');
    assert.equal(status, 200);
    assert.equal(json['openapi'], '3.1.0');
    const paths = json['paths'] as Record<string, { post: JsonObject }>;
    assert.deepEqual(Object.keys(paths), [
      '/bundles/desk/tools/forecast',
      '/bundles/desk/tools/again',
      '/bundles/desk/tools/echo',
    ]);
    const { post } = paths['/bundles/desk/tools/forecast'] as { post: JsonObject };
    assert.equal(post['description'], 'Short.');
    const { schemas } = json['components'] as { schemas: Record<string, JsonObject> };
    assert.deepEqual(schemas['forecastInput']?.['properties'], {
      where: { $ref: '#/components/schemas/forecastInput/$defs/place' },
      self: { $ref: '#/components/schemas/forecastInput' },
    });
    assert.deepEqual(schemas['forecastOutput'], forecast.outputSchema);
    const echoed = paths['/bundles/desk/tools/echo']?.post['responses'] as JsonObject;
    assert.match(JSON.stringify(echoed['200']), /ContentBlocks/);
    assert.equal((await send('GET', '/bundles/none/openapi.json')).status, 404);
    assert.equal((await send('GET', '/bundles/desk/openapi.json', undefined, 'x')).status, 401);
    assert.equal(
      (await send('GET', '/bundles/desk/openapi.json', undefined, testKeys.b)).status,
      404,
    );
  });

  test('are made, seen, changed and removed by their tenant', async () => {
    const body = { slug: 'other', title: 'Other', items: [items[2]] };
    const made = await send('POST', '/api/v1/bundles', body);
    assert.equal(made.status, 201);
    assert.deepEqual(made.json['endpoints'], {
      mcp: '/mcp/bundles/other',
      sse: '/sse/bundles/other',
      ws: '/ws/bundles/other',
      openapi: '/bundles/other/openapi.json',
    });
    assert.equal((await send('POST', '/api/v1/bundles', body)).status, 409);
    const seen = await send('GET', `/api/v1/bundles/${String(made.json['id'])}`);
    assert.deepEqual(seen.json, made.json);
    const listed = (await send('GET', '/api/v1/bundles')).json['bundles'] as JsonObject[];
    assert.deepEqual(
      listed.map(({ slug }) => slug),
      ['desk', 'other'],
    );
    const desk = listed[0]?.['items'] as JsonObject[];
    assert.deepEqual(
      desk.filter(({ available }) => available === false).map(({ name }) => name),
      ['not-there'],
    );
    for (const [method, sent] of [
      ['GET', undefined],
      ['PATCH', { title: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      assert.equal((await send(method, '/api/v1/bundles/other', sent, testKeys.b)).status, 404);
    }
    const changed = await send('PATCH', '/api/v1/bundles/other', { items: [items[0]] });
    assert.equal((changed.json['items'] as JsonObject[])[0]?.['as'], 'forecast');
    const { tools } = await resultOf('tools/list', {}, '/mcp/bundles/other');
    assert.deepEqual(namesOf({ tools: tools ?? [] }, 'tools'), ['forecast']);
    assert.equal((await send('DELETE', '/api/v1/bundles/other')).status, 204);
    assert.equal((await send('GET', '/api/v1/bundles/other')).status, 404);
    assert.equal((await resultOf('tools/list', {}, '/mcp/bundles/other'))['code'], 4040);
  });

  test('refuse what cannot be: names twice, names no model takes, unknown services', async () => {
    const create = async (list: readonly unknown[], more: object = {}) => {
      const body = { slug: 'bad', title: 'Bad', items: list, ...more };
      return (await send('POST', '/api/v1/bundles', body)).status;
    };
    const echo = { kind: 'tool', service: 'one', name: 'echo' };
    assert.equal(await create([echo, { ...echo, service: 'two' }]), 400);
    assert.equal(await create([{ ...echo, as: 'with space' }]), 400);
    assert.equal(await create([{ ...echo, as: 'x'.repeat(limits.toolNameLengthMax + 1) }]), 400);
    assert.equal(await create([{ ...echo, service: 'nowhere' }]), 404);
    assert.equal(await create([{ ...echo, kind: 'skill' }]), 400);
    assert.equal(await create([{ ...echo, tenantId: 'ten_b' }]), 400);
    assert.equal(await create([]), 400);
    assert.equal(await create([echo], { slug: 'Not a slug' }), 400);
    const long = 'x'.repeat(limits.bundleDescriptionLengthMax + 1);
    assert.equal(await create([echo], { description: long }), 400);
    const many = Array.from({ length: limits.bundleItemsMax + 1 }, (_, index) => ({
      ...echo,
      as: `echo${index}`,
    }));
    assert.equal(await create(many), 400);
    assert.equal(await create(many.slice(1)), 201);
    assert.equal((await send('PATCH', '/api/v1/bundles/bad', {})).status, 400);
    assert.equal((await send('PATCH', '/api/v1/bundles/bad', { slug: 'x' })).status, 400);
    await send('DELETE', '/api/v1/bundles/bad');
  });
});

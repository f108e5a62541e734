import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { openConnector, type OpenedConnector } from '../../../../test/support/open-connector.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { createOpenapiConnector } from '../connector.ts';

interface Arrived {
  readonly request: string;
  readonly sent: Json;
}

const arrived: Arrived[] = [];
const orders: readonly JsonObject[] = [
  { id: 7, owner: 'ada', state: 'open', total: 30 },
  { id: 8, owner: 'bob', state: 'open', total: 50 },
  { id: 9, owner: 'ada', state: 'paid', total: 20 },
];
let answers: Record<string, { status: number; body: string }> = {};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', url = '' } = request;
    const text = Buffer.concat(chunks).toString();
    const name = `${method} ${url.split('?')[0]}`;
    const sent = text === '' ? null : (JSON.parse(text) as Json);
    arrived.push({ request: `${method} ${url}`, sent });
    const list = name === 'GET /orders' ? { total: orders.length, items: orders } : { name, sent };
    const { status, body } = answers[name] ?? { status: 200, body: JSON.stringify(list) };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
});

before(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

beforeEach(() => {
  arrived.length = 0;
  answers = {};
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const text = { type: 'string' };
const state = { type: 'string', enum: ['open', 'paid'] };
const amount = { properties: { tax: { $ref: '#/components/schemas/Amount' } } };
const path = (name: string): JsonObject => ({ name, in: 'path', required: true, schema: text });
const json = (schema: JsonObject): JsonObject => ({ content: { 'application/json': { schema } } });

const paths: JsonObject = {
  '/orders': {
    get: {
      operationId: 'listOrders',
      parameters: [
        { name: 'state', in: 'query', schema: state },
        { name: 'tenant', in: 'query', schema: text },
      ],
    },
  },
  '/orders/{id}': {
    delete: { operationId: 'removeOrder', parameters: [path('id')] },
  },
  '/orders/{id}/payments': {
    post: {
      operationId: 'pay',
      parameters: [path('id')],
      requestBody: { required: true, ...json({ $ref: '#/components/schemas/Payment' }) },
    },
  },
  '/messages': {
    post: { operationId: 'notify', requestBody: json({ type: 'object' }) },
  },
};

const document = (own: JsonObject = paths): JsonObject => ({
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  components: {
    schemas: {
      Payment: {
        type: 'object',
        required: ['amount'],
        properties: { amount: { $ref: '#/components/schemas/Amount' }, note: text },
      },
      Amount: amount,
    },
  },
  paths: own,
});

const at = (place: string): JsonObject => ({ $path: place });

/** Finds an order by its owner, pays it and tells somebody. */
const settle: JsonObject = {
  description: 'Pays the first open order of somebody.',
  steps: [
    { name: 'find', operation: 'listOrders', arguments: { state: 'open' }, fields: ['items'] },
    {
      name: 'pay',
      operation: 'POST /orders/{id}/payments',
      arguments: {
        id: {
          $text: '{$.steps.find.items[?@.owner == $.arguments.owner].id}',
        },
        body: {
          amount: {
            ...at('$.steps.find.items[?@.owner == $.arguments.owner].total'),
            $first: true,
          },
          note: at('$.arguments.note'),
        },
      },
    },
    {
      name: 'tell',
      operation: 'notify',
      when: '$.arguments.tell == true && $.steps.find.items[0]',
      arguments: { body: { $literal: { $path: 'as it stands' } } },
      onError: 'continue',
    },
  ],
  result: {
    paid: at('$.steps.pay.name'),
    told: at('$.steps.tell.name'),
    trouble: at('$.errors.tell.message'),
    others: { ...at('$.steps.find.items[?@.owner != $.arguments.owner]'), $fields: ['[].id'] },
  },
};

const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

const opened = (composites: JsonObject, more: JsonObject = {}): Promise<OpenedConnector> =>
  openConnector(
    createOpenapiConnector(),
    { document: document(), baseUrl: `http://${host()}`, composites, ...more },
    { allowHosts: [host()] },
  );

const codesOf = async (
  composites: JsonObject,
  more: JsonObject = {},
): Promise<readonly string[]> => {
  await using shop = await opened(composites, more);
  const { diagnostics } = await shop.upstream.discover(AbortSignal.timeout(5_000));
  assert.deepEqual(
    (await shop.tools()).filter(({ name }) => name === 'settle'),
    [],
    'it is not offered',
  );
  return (diagnostics ?? []).map(({ text: says }) => says);
};

describe('a composite tool', () => {
  test('hands results of steps on, leaves steps out and shapes its answer', async () => {
    await using shop = await opened({ settle });
    const quiet = await shop.call('settle', { owner: 'ada', note: 'thanks' });
    assert.deepEqual(arrived, [
      { request: 'GET /orders?state=open', sent: null },
      { request: 'POST /orders/7/payments', sent: { amount: 30, note: 'thanks' } },
    ]);
    assert.deepEqual(quiet.structuredContent, {
      paid: 'POST /orders/7/payments',
      others: [{ id: 8 }],
    });
    const loud = await shop.call('settle', { owner: 'bob', tell: true });
    assert.deepEqual(arrived.slice(3), [
      { request: 'POST /orders/8/payments', sent: { amount: 50 } },
      { request: 'POST /messages', sent: { $path: 'as it stands' } },
    ]);
    assert.equal((loud.structuredContent as JsonObject)['told'], 'POST /messages');
  });

  test('lists with the arguments of its operations, as harmless as its steps', async () => {
    const first = {
      name: 'a',
      operation: 'listOrders',
      arguments: { state: at('$.arguments.state') },
    };
    const second = {
      name: 'b',
      operation: 'pay',
      arguments: { id: at('$.arguments.order'), body: { amount: at('$.arguments.amount') } },
    };
    const gone = {
      name: 'c',
      operation: 'removeOrder',
      arguments: { id: at('$.arguments.order') },
    };
    const made = (steps: readonly JsonObject[]): JsonObject => ({ description: 'D.', steps });
    await using shop = await opened({
      read: made([first]),
      write: made([first, second]),
      clear: made([first, gone]),
    });
    const tools = await shop.tools();
    const [read, write, clear] = ['read', 'write', 'clear'].map((name) =>
      tools.find((tool) => tool.name === name),
    );
    assert.deepEqual(read?.inputSchema, { type: 'object', properties: { state } });
    assert.deepEqual(read?.annotations, { readOnlyHint: true });
    const { $defs: _, ...schema } = write?.inputSchema ?? {};
    assert.deepEqual(schema, {
      type: 'object',
      properties: { state, order: text, amount: { $ref: '#/$defs/Amount' } },
      required: ['order', 'amount'],
    });
    const itself = { type: 'object', properties: { tax: { $ref: '#/$defs/Amount' } } };
    assert.deepEqual(write?.inputSchema['$defs'], { Amount: itself });
    assert.deepEqual(write?.annotations, {});
    assert.deepEqual(clear?.annotations, { destructiveHint: true, idempotentHint: true });
    assert.match(await shop.text('write', { order: '1' }), /"amount" is required/);
    assert.match(await shop.text('read', { colour: 'red' }), /"colour" is not known.*state/);
    assert.deepEqual(arrived, []);
  });

  test('stops at a step that fails, names it and says what was done', async () => {
    await using shop = await opened({ settle });
    answers['POST /orders/7/payments'] = { status: 409, body: '{"message":"Paid already"}' };
    const failed = await shop.call('settle', { owner: 'ada', tell: true });
    assert.equal(failed.isError, true);
    assert.match(
      failed.content[0]?.text ?? '',
      /^Step "pay" failed: HTTP 409 Conflict\nPaid already/,
    );
    assert.equal(failed.content[1]?.text, 'Done before it: find.');
    assert.equal(arrived.length, 2);
    const nobody = await shop.text('settle', { owner: 'eve' });
    assert.match(nobody, /Step "pay" failed: Argument "id" is required/);
  });

  test('goes on after a step that may fail, and the answer can tell', async () => {
    await using shop = await opened({ settle });
    answers['POST /messages'] = { status: 400, body: '{}' };
    const { structuredContent, isError } = await shop.call('settle', { owner: 'ada', tell: true });
    assert.equal(isError, undefined);
    const { trouble } = structuredContent as JsonObject;
    assert.equal(trouble, 'HTTP 400 Bad Request');
  });

  test('what the configuration fixes and hides holds inside it too', async () => {
    const tools = { listOrders: { fixed: { tenant: 't1' }, hidden: true } };
    const routes = [{ paths: ['/messages'], expose: 'exclude' }];
    await using shop = await opened({ settle }, { tools, routes });
    const names = (await shop.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['removeOrder', 'pay', 'settle']);
    await shop.call('settle', { owner: 'ada', tell: true });
    assert.deepEqual(
      arrived.map(({ request }) => request),
      ['GET /orders?state=open&tenant=t1', 'POST /orders/7/payments', 'POST /messages'],
    );
    const asked = await shop.text('settle', { owner: 'ada', tenant: 't2' });
    assert.match(asked, /"tenant" is not known/);
    const given = {
      name: 'a',
      operation: 'listOrders',
      arguments: { tenant: at('$.arguments.t') },
    };
    const [why] = await codesOf({ settle: { description: 'D.', steps: [given] } }, { tools });
    assert.match(why ?? '', /step "a" gives "tenant", which the configuration fixes/);
  });

  test('is left out when its operation is gone, takes less or needs more', async () => {
    const { '/orders': list, ...others } = paths;
    const [gone] = await codesOf({ settle }, { document: document(others) });
    assert.match(gone ?? '', /"settle" is not offered: step "find" calls "listOrders"/);
    const get = { operationId: 'listOrders', parameters: [] };
    const less = document({ ...paths, '/orders': { get } });
    const [strange] = await codesOf({ settle }, { document: less });
    assert.match(strange ?? '', /gives "state", which the operation does not take/);
    assert.ok(isJsonObject(list) && isJsonObject(list['get']));
    const needed = { name: 'shop', in: 'query', required: true, schema: text };
    const states = { name: 'state', in: 'query', schema: text };
    const more = { ...list['get'], parameters: [needed, states] };
    const [missing] = await codesOf(
      { settle },
      { document: document({ ...paths, '/orders': { get: more } }) },
    );
    assert.match(missing ?? '', /step "find" does not give "shop"/);
    const [taken] = await codesOf({ pay: settle });
    assert.match(taken ?? '', /another tool has this name/);
  });

  test('is found, described and called in the mode search', async () => {
    await using shop = await opened({ settle }, { exposure: 'search' });
    const found = await shop.call('search', { query: 'first open order of somebody' });
    const { operations } = found.structuredContent as { operations: JsonObject[] };
    assert.equal(operations[0]?.['name'], 'settle');
    assert.match(await shop.text('describe', { operation: 'settle' }), /"owner"/);
    const called = await shop.call('call', { operation: 'settle', arguments: { owner: 'ada' } });
    assert.equal((called.structuredContent as JsonObject)['paid'], 'POST /orders/7/payments');
  });

  test('fits a profile, and reads arguments by its full schema', async () => {
    await using shop = await opened({ settle }, { profile: 'openai-strict' });
    const tool = (await shop.tools()).find(({ name }) => name === 'settle');
    assert.equal(tool?.inputSchema['additionalProperties'], false);
    await shop.call('settle', { owner: 'ada', note: null, tell: null });
    assert.deepEqual(arrived[1]?.sent, { amount: 30 });
  });

  test('a condition or a result that looks at too much is a failure that it tells', async () => {
    const items = Array.from({ length: limits.overlayNodesMax + 1 }, () => 1);
    answers['GET /orders'] = { status: 200, body: JSON.stringify(items) };
    const find = { name: 'find', operation: 'listOrders' };
    const tell = { name: 'tell', operation: 'notify', when: 'count($.steps.find[*]) > 1' };
    await using shop = await opened({
      condition: { description: 'D.', steps: [find, tell] },
      result: { description: 'D.', steps: [find], result: at('$.steps.find[*]') },
    });
    assert.match(
      await shop.text('condition'),
      /^Step "tell" failed: its condition fails: it selects too much/,
    );
    assert.match(await shop.text('result'), /^The result cannot be made: it selects too much/);
  });

  test('has no more time than its call', async () => {
    const config = { document: document(), baseUrl: `http://${host()}`, composites: { settle } };
    const late = { allowHosts: [host()], deadlineMs: Date.now() - 1 };
    await using shop = await openConnector(createOpenapiConnector(), config, late);
    assert.match(
      await shop.text('settle', { owner: 'ada' }),
      /Step "find" failed: there was no time/,
    );
    assert.deepEqual(arrived, []);
  });

  test('keeps no more than compositeResultsBytesMax', async () => {
    const one = `"${'x'.repeat(limits.compositeResultsBytesMax / 4 - 2)}"`;
    answers['GET /orders'] = { status: 200, body: one };
    const step = (name: string): JsonObject => ({ name, operation: 'listOrders' });
    const of = (count: number): JsonObject => ({
      description: 'D.',
      steps: Array.from({ length: count }, (_, index) => step(`s${index}`)),
      result: 'done',
    });
    await using shop = await opened({ exact: of(4), more: of(5) });
    assert.equal(await shop.text('exact'), 'done');
    assert.match(await shop.text('more'), /Step "s4" failed: the answers are too large together/);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../test/support/open-connector.ts';
import { startChildServer, type ChildServer } from '../../../test/support/start-child-server.ts';
import type { YogaGreeting } from '../../../test/support/yoga-server.ts';
import { RpcError } from '../../kernel/errors.ts';
import { graphqlConnector } from './connector.ts';

const operations = [
  {
    document: `
      query Book($id: ID!) { book(id: $id) { ...Facts author { name } } }
      query Poems { books(genre: POETRY) { ...Facts } }
      fragment Facts on Book { id title copies lastSold }`,
  },
  { document: 'subscription Count($to: Int) { count(to: $to) }' },
  { document: 'subscription Added { bookAdded { id title } }' },
  { document: 'query Me { whoAmI }', description: 'Who the caller is.' },
  { document: 'query Broken { broken }' },
  { document: 'query Both { broken whoAmI }' },
];
const addBook = {
  document: 'mutation AddBook($input: BookInput!) { addBook(input: $input) { id title } }',
};

describe('a GraphQL server in its own process', () => {
  let yoga: ChildServer<YogaGreeting>;
  let host: string;
  const open = (config: object, secrets: Record<string, string> = {}): Promise<OpenedConnector> =>
    openConnector(
      graphqlConnector,
      { endpoint: `http://${host}/graphql`, ...config },
      { allowHosts: [host], secrets },
    );

  before(async () => {
    yoga = await startChildServer(new URL('../../../test/support/yoga-server.ts', import.meta.url));
    host = `127.0.0.1:${yoga.greeting.port}`;
  });
  after(() => yoga[Symbol.asyncDispose]());

  test('is introspected; operations become tools with schemas', async () => {
    await using service = await open({ operations });
    const discovery = await service.upstream.discover(AbortSignal.timeout(5_000));
    assert.deepEqual(discovery.capabilities, { tools: {} });
    const tools = await service.tools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['Book', 'Poems', 'Count', 'Added', 'Me', 'Broken', 'Both'],
    );
    const [book] = tools;
    assert.deepEqual(book?.inputSchema, {
      type: 'object',
      properties: { id: { type: ['string', 'integer'] } },
      required: ['id'],
      additionalProperties: false,
    });
    const described = JSON.stringify(book?.outputSchema);
    assert.match(described, /"copies":\{"type":\["integer","string","null"\]\}/);
    assert.match(described, /"author":\{"type":\["object","null"\]/);
    assert.deepEqual(book?.annotations, { readOnlyHint: true });
  });

  test('is queried: numbers keep every digit', async () => {
    await using service = await open({ operations });
    const result = await service.call('Book', { id: 1 });
    assert.deepEqual(result.structuredContent, {
      book: {
        id: '1',
        title: 'Notes',
        copies: '9007199254740993',
        lastSold: '2026-11-20T10:00:00.123456Z',
        author: { name: 'Ada' },
      },
    });
    assert.equal(textOf(result), JSON.stringify(result.structuredContent));
    const poems = await service.call('Poems');
    assert.match(textOf(poems), /"title":"Verses"/);
  });

  test('is mutated only where mutations are allowed', async () => {
    await using refused = await open({ operations: [addBook] });
    await assert.rejects(refused.upstream.discover(AbortSignal.timeout(5_000)), {
      code: 'invalid_configuration',
      message: /operations\.0: the document is a mutation/,
    });
    await using service = await open({ operations: [addBook], allowMutations: true });
    const [tool] = await service.tools();
    assert.deepEqual(tool?.annotations, { readOnlyHint: false });
    assert.deepEqual(tool?.inputSchema['$defs'], {
      BookInput: {
        type: 'object',
        properties: {
          title: { type: 'string' },
          genre: { type: 'string', enum: ['NOVEL', 'POETRY'] },
          authorId: { type: ['string', 'integer'] },
          copies: { type: ['integer', 'string'] },
        },
        required: ['title', 'authorId'],
        additionalProperties: false,
      },
    });
    const added = await service.call('AddBook', { input: { title: 'Letters', authorId: '1' } });
    assert.deepEqual(added.structuredContent, { addBook: { id: '3', title: 'Letters' } });
    const wrong = await service.call('AddBook', { input: { title: 5, authorId: '1' } });
    assert.equal(wrong.isError, true);
    assert.match(textOf(wrong), /^Argument "input" is not valid: .*String/);
  });

  test('is subscribed: events are progress, the result holds them, bounds hold', async () => {
    await using service = await open({ operations, subscriptions: { eventsMax: 20 } });
    const all = await service.call('Count', { to: 3 });
    const event = (count: number) => ({ data: { count } });
    assert.deepEqual(all.structuredContent, {
      events: [event(1), event(2), event(3)],
      ended: 'completed',
    });
    assert.deepEqual(
      service.notifications.map(({ method, params }) => [method, params]),
      [1, 2, 3].map((count) => [
        'notifications/progress',
        { progress: count, total: 20, message: JSON.stringify(event(count)) },
      ]),
    );
    const two = await service.call('Count', { maxEvents: 2 });
    assert.deepEqual(two.structuredContent, { events: [event(1), event(2)], ended: 'events' });
    const most = await service.call('Count', { maxEvents: 1_000 });
    assert.equal((most.structuredContent as { events: [] }).events.length, 20);
    const started = Date.now();
    const none = await service.call('Added', { maxSeconds: 1 });
    assert.deepEqual(none.structuredContent, { events: [], ended: 'time' });
    assert.ok(Date.now() - started >= 900, 'it listened');
    const bad = await service.text('Count', { maxEvents: 0 });
    assert.match(bad, /Argument "maxEvents" must be a whole number/);
  });

  test('a subscription ends with its exchange and fails when the server refuses', async () => {
    await using service = await open({ operations });
    const waiting = service.call('Added');
    setTimeout(() => service.cancellation.cancel('client_gone'), 100).unref();
    await assert.rejects(waiting, { code: 'cancelled' });
    const params = { connectionParams: { pass: '${PASS}' } };
    await using refused = await open({ operations, subscriptions: params }, { PASS: 'wrong' });
    await assert.rejects(refused.call('Count', { to: 1 }), {
      code: 'upstream_failed',
      message: /4403 Forbidden/,
    });
  });

  test('gets the headers of the configuration, secrets filled in', async () => {
    const headers = { Authorization: 'Bearer ${TOKEN}' };
    await using service = await open({ operations, headers }, { TOKEN: 'abc' });
    const me = await service.call('Me');
    assert.deepEqual(me.structuredContent, { whoAmI: 'Bearer abc' });
    assert.equal(
      graphqlConnector.config.safeParse({ endpoint: 'http://x/', headers: { Host: 'y' } }).success,
      false,
    );
  });

  test('its errors are tool errors, and part of an answer is an answer', async () => {
    await using service = await open({ operations, headers: { authorization: 'me' } });
    const broken = await service.call('Broken');
    assert.equal(broken.isError, true);
    assert.equal(textOf(broken), 'the shelf is empty (at broken)');
    const both = await service.call('Both');
    assert.equal(both.isError, undefined);
    assert.deepEqual(both.structuredContent, { broken: null, whoAmI: 'me' });
    assert.match(textOf(both), /Only part of this could be answered:\nthe shelf is empty/);
    const missing = await service.text('Book');
    assert.equal(missing, 'Argument "id" is missing; the tool needs it.');
    const stranger = await service.text('Book', { id: '1', nam: 'x' });
    assert.equal(stranger, 'Argument "nam" is not known; the tool takes: id.');
    await assert.rejects(service.call('Nothing'), (error) => {
      return error instanceof RpcError && error.rpcCode === -32602;
    });
    await assert.rejects(service.request('prompts/list'), (error) => {
      return error instanceof RpcError && error.rpcCode === -32601;
    });
  });

  test('offers search, introspect, validate and execute when nothing is chosen', async () => {
    await using service = await open({});
    const names = (await service.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['search', 'introspect', 'validate', 'execute']);
    assert.match(await service.text('search', { query: 'one book by id' }), /^Query\.book\(/);
    assert.doesNotMatch(await service.text('search', { query: 'add a book' }), /addBook/);
    assert.match(await service.text('introspect', { name: 'Query.book', depth: 2 }), /type Author/);
    const document = 'query ($id: ID!) { book(id: $id) { title } }';
    assert.match(await service.text('validate', { document }), /^Valid query: depth 2/);
    const result = await service.call('execute', { document, variables: { id: '2' } });
    assert.deepEqual(result.structuredContent, { book: { title: 'Verses' } });
    const counted = await service.call('execute', {
      document: 'subscription { count(to: 2) }',
      maxEvents: 1,
    });
    assert.match(textOf(counted), /"ended":"events"/);
    const mutation = await service.call('execute', {
      document: 'mutation { addBook(input: {title: "x", authorId: 1}) { id } }',
    });
    assert.equal(mutation.isError, true);
    assert.match(textOf(mutation), /Argument "document" is a mutation/);
  });

  test('offers a tool for each chosen root field', async () => {
    await using service = await open({ fields: { exclude: ['who*'] }, allowMutations: true });
    const names = (await service.tools()).map(({ name }) => name);
    const expected = ['book', 'books', 'find', 'broken', 'addBook', 'count', 'bookAdded'];
    assert.deepEqual(names, expected);
    const found = await service.call('find', { text: 'x' });
    const { book } = (await service.call('book', { id: '1' })).structuredContent as {
      book: object;
    };
    const { author: _author, ...plain } = book as { author?: object };
    assert.deepEqual(found.structuredContent, {
      find: [
        { __typename: 'Author', id: '1', name: 'Ada' },
        { __typename: 'Book', ...plain },
      ],
    });
  });
});

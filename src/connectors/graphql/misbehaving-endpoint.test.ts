import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../test/support/open-connector.ts';
import { limits } from '../../kernel/limits.ts';
import { graphqlConnector } from './connector.ts';

type Answer = (body: string, response: ServerResponse, request: IncomingMessage) => void;

interface Endpoint extends AsyncDisposable {
  readonly host: string;
  /** Bodies that arrived. */
  readonly bodies: string[];
}

const schema = `
  type Query { value(n: Int): String }
  type Subscription { tick: String }
`;
const operations = [
  { document: 'query Value($n: Int) { value(n: $n) }' },
  { document: 'subscription Tick { tick }' },
];

async function startEndpoint(
  answer: Answer,
  serve: (socket: WebSocket) => void = () => {},
): Promise<Endpoint> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => {
      bodies.push(body);
      answer(body, response, request);
    });
  });
  const handleProtocols = (): string => 'graphql-transport-ws';
  const sockets = new WebSocketServer({ server, handleProtocols });
  sockets.on('connection', serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const open = ({ host }: Endpoint, config: object = {}): Promise<OpenedConnector> =>
  openConnector(
    graphqlConnector,
    { endpoint: `http://${host}/graphql`, schema, operations, ...config },
    { allowHosts: [host] },
  );

const reply =
  (status: number, body: string): Answer =>
  (_body, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

describe('an endpoint that misbehaves', () => {
  test('refuses, errs or answers something else: the result says so', async () => {
    const cases: readonly (readonly [number, string, RegExp])[] = [
      [500, '<html>oops</html>', /HTTP 500 without data/],
      [401, '', /HTTP 401 without data/],
      [302, '', /HTTP 302 without data/],
      [200, '[]', /HTTP 200 without data/],
      [200, '{"data":[1]}', /HTTP 200 without data/],
      [400, '{"errors":[{"message":"no such field"}]}', /^no such field$/],
      [200, '{"data":null,"errors":[{"message":"a"},{"message":"b"}]}', /^a\nb$/],
      [200, '{"errors":[5,{"message":7},null]}', /^unknown error$/],
      [200, `{"data":{"value":"${'x'.repeat(100_000)}"}}`, /more than the 100000 that fit/],
    ];
    let at = 0;
    await using endpoint = await startEndpoint((body, response, request) => {
      const [status, text] = cases[at] ?? [500, ''];
      reply(status, text)(body, response, request);
    });
    await using service = await open(endpoint);
    for (; at < cases.length; at += 1) {
      const result = await service.call('Value');
      assert.equal(result.isError, true);
      assert.match(textOf(result), cases[at]?.[2] ?? /./);
    }
  });

  test('answers too much or nothing: the call fails and nothing is kept', async () => {
    await using big = await startEndpoint((_body, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(limits.toolResponseBytesMax + 1, 0x20));
    });
    await using bigService = await open(big);
    await assert.rejects(bigService.call('Value'), { code: 'upstream_failed' });
    await using silent = await startEndpoint(() => {});
    await using silentService = await open(silent, { timeoutMs: 100 });
    await assert.rejects(silentService.call('Value'), { code: 'upstream_timeout' });
    await using gone = await openConnector(graphqlConnector, {
      endpoint: `http://${silent.host}/graphql`,
      schema,
    });
    const asked = gone.call('execute', { document: '{ value }' });
    await assert.rejects(asked, { code: 'egress_denied' });
  });

  test('does not tell its schema: the service says what to do', async () => {
    await using endpoint = await startEndpoint(reply(400, '{"errors":[{"message":"disabled"}]}'));
    await using service = await open(endpoint, { schema: undefined });
    await assert.rejects(service.upstream.discover(AbortSignal.timeout(5_000)), {
      code: 'upstream_failed',
      message: /does not tell its schema \(disabled\); give it as SDL/,
    });
    assert.equal(endpoint.bodies.length, 3, 'it was asked ever more simply');
    await using huge = await startEndpoint((_body, response) => {
      response.end(Buffer.alloc(limits.graphqlSchemaBytesMax + 1, 0x20));
    });
    await using other = await open(huge, { schema: undefined });
    await assert.rejects(other.tools(), { code: 'upstream_failed' });
    const config = { endpoint: 'http://a/', schema: ' '.repeat(limits.graphqlSchemaBytesMax) };
    const accepts = (value: object): boolean => graphqlConnector.config.safeParse(value).success;
    assert.equal(accepts(config), true);
    assert.equal(accepts({ ...config, schema: `${config.schema} ` }), false);
    await using broken = await open(endpoint, { schema: 'type Query { a: }' });
    await assert.rejects(broken.tools(), { code: 'invalid_document' });
  });

  test('knows operations by their id: nothing else is sent', async () => {
    await using endpoint = await startEndpoint(reply(200, '{"data":{"value":"v"}}'));
    const manifest = [{ id: 'abc', body: operations[0]?.document, name: 'Value', type: 'query' }];
    for (const protocol of ['apollo', 'documentId']) {
      const persistedQueries = { protocol, operations: manifest };
      await using service = await open(endpoint, { operations: [], persistedQueries });
      const result = await service.call('Value', { n: 1 });
      assert.deepEqual(result.structuredContent, { value: 'v' });
    }
    assert.deepEqual(
      endpoint.bodies.map((body) => JSON.parse(body) as unknown),
      [
        {
          extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } },
          operationName: 'Value',
          variables: { n: 1 },
        },
        { documentId: 'abc', operationName: 'Value', variables: { n: 1 } },
      ],
    );
  });

  test('breaks the subscription protocol: the call ends with what came, or fails', async () => {
    const say = (socket: WebSocket, ...messages: readonly object[]): void => {
      for (const message of messages) socket.send(JSON.stringify(message));
    };
    const next = (data: unknown): object => ({ type: 'next', id: '1', payload: { data } });
    const behaviours: Record<string, (socket: WebSocket) => void> = {
      'not JSON': (socket) => socket.send('hello'),
      'a message that is none': (socket) => say(socket, { type: 'next' }),
      'an early end': (socket) => socket.close(1011, 'tired'),
      'a flood': (socket) => {
        for (let at = 0; at < 60; at += 1) say(socket, next({ tick: 'x'.repeat(2_000) }));
      },
      silence: () => {},
      pings: (socket) => {
        say(socket, { type: 'ping' });
        socket.on('message', (data: Buffer) => {
          if (data.toString().includes('pong'))
            say(socket, next({ tick: 1 }), { type: 'complete', id: '1' });
        });
      },
      errors: (socket) => say(socket, { type: 'error', id: '1', payload: [{ message: 'no' }] }),
    };
    let behaviour = '';
    await using endpoint = await startEndpoint(reply(200, '{}'), (socket) => {
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes('connection_init')) behaviours[behaviour]?.(socket);
      });
    });
    const bounds = { eventsMax: 100, durationMs: 300 };
    await using service = await open(endpoint, { subscriptions: bounds });
    for (behaviour of ['not JSON', 'a message that is none', 'an early end']) {
      await assert.rejects(service.call('Tick'), { code: 'upstream_failed' }, behaviour);
    }
    behaviour = 'a flood';
    const flood = await service.call('Tick');
    assert.match(textOf(flood), /"ended":"size"/);
    assert.ok(textOf(flood).length <= limits.toolTextCharactersMax + 1_000);
    behaviour = 'silence';
    assert.deepEqual((await service.call('Tick')).structuredContent, { events: [], ended: 'time' });
    behaviour = 'pings';
    const ponged = await service.call('Tick');
    assert.match(textOf(ponged), /"tick":1.*"completed"/);
    behaviour = 'errors';
    const erred = await service.call('Tick');
    assert.equal(erred.isError, true);
    assert.equal(textOf(erred), 'no');
  });

  test('a subscription listens for so long and so much, and no more', () => {
    const accepts = (subscriptions: object): boolean =>
      graphqlConnector.config.safeParse({ endpoint: 'http://a/', subscriptions }).success;
    const { graphqlEventsMax: eventsMax, graphqlListenMs: durationMs } = limits;
    assert.equal(accepts({ eventsMax, durationMs }), true);
    assert.equal(accepts({ eventsMax: eventsMax + 1 }), false);
    assert.equal(accepts({ durationMs: durationMs + 1 }), false);
  });
});

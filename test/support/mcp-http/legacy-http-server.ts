import type { ServerResponse } from 'node:http';
import {
  sendEvent,
  sendJson,
  startEvents,
  startHttpFixture,
  text,
  type HttpFixture,
  type WireMessage,
} from './http-fixture.ts';

/** How a legacy server behaves. */
export interface LegacyServerOptions {
  /** What an unknown session is answered with. */
  readonly unknownSession?: 400 | 404;
  /** What the question for the era is answered with. */
  readonly discoverStatus?: number;
  readonly hasServerStream?: boolean;
}

/** A legacy server that a test can make forget its sessions. */
export interface LegacyHttpServer extends HttpFixture {
  readonly sessions: Set<string>;
  /** Open GET streams. */
  readonly streams: Set<ServerResponse>;
}

interface State {
  readonly sessions: Set<string>;
  readonly ready: Set<string>;
  readonly streams: Set<ServerResponse>;
  readonly waiting: Map<string, (message: WireMessage) => void>;
  readonly dropped: Map<string, number | string>;
  count: number;
}

const form = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };

type Tool = (message: WireMessage, response: ServerResponse, state: State) => void;

const tools: Readonly<Record<string, Tool>> = {
  echo: ({ id, params }, response) => {
    sendJson(response, 200, { id, result: text(params?.['arguments']) });
  },
  ask: ({ id }, response, state) => {
    startEvents(response);
    sendEvent(response, { id: `q${id}`, method: 'elicitation/create', params: form });
    state.waiting.set(`q${id}`, (answer) => {
      sendEvent(response, { id, result: text(answer.result ?? answer.error) });
      response.end();
    });
  },
  askThrice: ({ id }, response, state) => {
    startEvents(response);
    const ask = (round: number): void => {
      const question = `q${id}-${round}`;
      sendEvent(response, { id: question, method: 'elicitation/create', params: form });
      state.waiting.set(question, () => {
        if (round < 3) return ask(round + 1);
        sendEvent(response, { id, result: text('asked') });
        return response.end();
      });
    };
    ask(1);
  },
  // As servers do that forget to say which call their question belongs to.
  askElsewhere: ({ id }, response, state) => {
    startEvents(response);
    for (const stream of state.streams) {
      sendEvent(stream, { id: `q${id}`, method: 'elicitation/create', params: form });
    }
    state.waiting.set(`q${id}`, (answer) => {
      sendEvent(response, { id, result: text(answer.result ?? answer.error) });
      response.end();
    });
  },
  progress: ({ id, params }, response) => {
    startEvents(response);
    const meta = params?.['_meta'] as { progressToken?: unknown } | undefined;
    const { progressToken } = meta ?? {};
    sendEvent(response, {
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    });
    sendEvent(response, { method: 'notifications/message', params: { level: 'error', data: 1 } });
    sendEvent(response, { id, result: text('done') });
    response.end();
  },
  // Ends its stream before the answer; the rest is there for whoever resumes.
  drop: ({ id }, response, state) => {
    startEvents(response);
    const eventId = `event-${id}`;
    response.write(`id: ${eventId}\nretry: 10\ndata:\n\n`);
    state.dropped.set(eventId, id as number);
    setTimeout(() => response.destroy(), 10);
  },
  breaks: (_message, response) => {
    startEvents(response);
    response.write(': nothing yet\n\n');
    setTimeout(() => response.destroy(), 10);
  },
  never: (_message, response) => startEvents(response),
  garbage: (_message, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"jsonrpc":"2.0","id":1,"result":[');
  },
  change: ({ id }, response, state) => {
    for (const stream of state.streams) {
      sendEvent(stream, { method: 'notifications/tools/list_changed' });
      sendEvent(stream, { method: 'notifications/resources/updated', params: { uri: 'test://w' } });
    }
    sendJson(response, 200, { id, result: text('changed') });
  },
};

/** Starts a legacy server (2025-11-25) with sessions, streams and tools that use them. */
export async function startLegacyHttpServer(
  options: LegacyServerOptions = {},
): Promise<LegacyHttpServer> {
  const state: State = {
    sessions: new Set(),
    ready: new Set(),
    streams: new Set(),
    waiting: new Map(),
    dropped: new Map(),
    count: 0,
  };
  const fixture = await startHttpFixture((message, response, request) => {
    const sessionId = String(request.headers['mcp-session-id']);
    if (message.method === 'initialize') {
      initialize(message, response, state);
    } else if (!state.sessions.has(sessionId)) {
      refuse(message, response, options);
    } else if (request.method === 'GET') {
      openStream(response, state, options, request.headers['last-event-id']);
    } else if (request.method === 'DELETE') {
      state.sessions.delete(sessionId);
      response.writeHead(204).end();
    } else if (message.method === undefined) {
      state.waiting.get(String(message.id))?.(message);
      response.writeHead(202).end();
    } else if (message.method === 'notifications/initialized') {
      // Slow on purpose: whoever calls before this is answered has not waited for it.
      setTimeout(() => {
        state.ready.add(sessionId);
        response.writeHead(202).end();
      }, 10);
    } else if (message.id === undefined) {
      response.writeHead(202).end();
    } else if (!state.ready.has(sessionId)) {
      const error = { code: -32600, message: 'not initialized yet' };
      sendJson(response, 400, { id: message.id, error });
    } else if (message.method === 'tools/call') {
      tools[String(message.params?.['name'])]?.(message, response, state);
    } else {
      sendJson(response, 200, { id: message.id, result: { tools: [], method: message.method } });
    }
  });
  return { ...fixture, sessions: state.sessions, streams: state.streams };
}

function initialize({ id }: WireMessage, response: ServerResponse, state: State): void {
  state.count++;
  const sessionId = `session-${state.count}`;
  state.sessions.add(sessionId);
  const result = {
    protocolVersion: '2025-11-25',
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true } },
    serverInfo: { name: 'legacy-http', version: '1' },
  };
  sendJson(response, 200, { id, result }, { 'mcp-session-id': sessionId });
}

function refuse(
  message: WireMessage,
  response: ServerResponse,
  options: LegacyServerOptions,
): void {
  if (message.method === 'server/discover') {
    sendJson(response, options.discoverStatus ?? 400, undefined);
    return;
  }
  const error = { code: -32000, message: 'Bad Request: no valid session' };
  sendJson(response, options.unknownSession ?? 404, { id: null, error });
}

function openStream(
  response: ServerResponse,
  state: State,
  options: LegacyServerOptions,
  lastEventId: string | string[] | undefined,
): void {
  const dropped = state.dropped.get(String(lastEventId));
  if (dropped !== undefined) {
    startEvents(response);
    sendEvent(response, { id: dropped, result: text('resumed') });
    response.end();
  } else if (options.hasServerStream === false) {
    response.writeHead(405).end();
  } else {
    startEvents(response);
    state.streams.add(response);
    response.on('close', () => state.streams.delete(response));
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  sendEvent,
  sendJson,
  startEvents,
  startHttpFixture,
  text,
  type HttpFixture,
  type WireMessage,
} from './http-fixture.ts';

const subscriptionKey = 'io.modelcontextprotocol/subscriptionId';
const form = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
const mirrored = { type: 'string', 'x-mcp-header': 'Region' };

/** A modern server whose tools a test can change. */
export interface ModernHttpServer extends HttpFixture {
  /** The header that the tool `mirror` wants, without its prefix; changing it is no event. */
  header: string;
  /** Open subscriptions. */
  readonly listeners: Map<ServerResponse, number | string>;
  /** Calls whose stream the client closed. */
  readonly aborted: string[];
}

/** What a fixture's tool is given. */
interface ToolCall {
  readonly message: WireMessage;
  readonly response: ServerResponse;
  readonly request: IncomingMessage;
  readonly server: Pick<ModernHttpServer, 'header' | 'listeners' | 'aborted'>;
}

const complete = (value: unknown): object => ({ resultType: 'complete', ...text(value) });

const tools: Readonly<Record<string, (call: ToolCall) => void>> = {
  echo: ({ message: { id, params }, response }) => {
    sendJson(response, 200, { id, result: complete(params?.['arguments']) });
  },
  seen: ({ message: { id, params }, response, request }) => {
    sendJson(response, 200, { id, result: complete([request.headers, params?.['_meta']]) });
  },
  mirror: ({ message: { id }, response, request, server }) => {
    const value = request.headers[`mcp-param-${server.header}`];
    const error = { code: -32020, message: 'Header mismatch' };
    if (value === undefined) sendJson(response, 400, { id, error });
    else sendJson(response, 200, { id, result: complete(value) });
  },
  stream: ({ message: { id, params }, response }) => {
    const meta = params?.['_meta'] as Record<string, unknown>;
    startEvents(response);
    const { progressToken } = meta;
    const progress = { progressToken, progress: 1 };
    sendEvent(response, { method: 'notifications/progress', params: progress });
    for (const level of ['debug', 'error']) {
      sendEvent(response, { method: 'notifications/message', params: { level, data: level } });
    }
    sendEvent(response, { id: 'x', method: 'sampling/createMessage', params: {} });
    sendEvent(response, { id, result: complete('streamed') });
    response.end();
  },
  endless: ({ message: { id }, response }) => {
    startEvents(response);
    sendEvent(response, { id, result: complete('answered') });
    const timer = setInterval(() => response.write(': still here\n\n'), 50);
    response.on('close', () => clearInterval(timer));
  },
  breaks: ({ response }) => {
    startEvents(response);
    response.write(': soon\n\n');
    setTimeout(() => response.destroy(), 10);
  },
  never: ({ message, response, server }) => {
    startEvents(response);
    response.on('close', () => server.aborted.push(String(message.params?.['name'])));
  },
  ask: ({ message: { id, params }, response }) => {
    if (params?.['inputResponses'] !== undefined) {
      const { inputResponses, requestState } = params;
      return sendJson(response, 200, { id, result: complete([inputResponses, requestState]) });
    }
    const inputRequests = { who: { method: 'elicitation/create', params: { message: 'Who?' } } };
    const result = { resultType: 'input_required', inputRequests, requestState: 's' };
    return sendJson(response, 200, { id, result });
  },
  askThrice: ({ message: { id, params }, response }) => {
    const { requestState = '0' } = params ?? {};
    if (requestState === '3') return sendJson(response, 200, { id, result: complete('asked') });
    const inputRequests = { who: { method: 'elicitation/create', params: form } };
    const next = String(Number(requestState) + 1);
    const result = { resultType: 'input_required', inputRequests, requestState: next };
    return sendJson(response, 200, { id, result });
  },
  odd: ({ message: { id }, response }) => {
    sendJson(response, 200, { id, result: { resultType: 'odd' } });
  },
  task: ({ message: { id }, response }) => {
    sendJson(response, 200, { id, result: { resultType: 'task', taskId: 't' } });
  },
  wrongId: ({ response }) => sendJson(response, 200, { id: 'other', result: complete('x') }),
  badJson: ({ message: { id }, response }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete"`);
  },
  html: ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html></html>');
  },
  version: ({ message: { id }, response }) => {
    const data = { supported: ['2026-07-28'], requested: '2026-07-28' };
    sendJson(response, 400, { id, error: { code: -32022, message: 'version', data } });
  },
  capability: ({ message: { id }, response }) => {
    const data = { requiredCapabilities: { sampling: {} } };
    sendJson(response, 400, { id, error: { code: -32021, message: 'needs sampling', data } });
  },
  busy: ({ response }) => {
    response.writeHead(503).end();
  },
};

/** Starts a modern server (2026-07-28) with tools for what a server can do. */
export async function startModernHttpServer(
  capabilities: object = { tools: {} },
): Promise<ModernHttpServer> {
  const server = { header: 'region', listeners: new Map(), aborted: [] as string[] };
  const fixture = await startHttpFixture((message, response, request) => {
    const { id, method, params } = message;
    if (request.headers['mcp-method'] !== method) {
      const error = { code: -32020, message: 'Header mismatch: Mcp-Method' };
      sendJson(response, 400, { id, error });
      return undefined;
    }
    switch (method) {
      case 'server/discover':
        return sendJson(response, 200, {
          id,
          result: {
            resultType: 'complete',
            supportedVersions: ['2026-07-28'],
            capabilities,
            _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'modern', version: '1' } },
          },
        });
      case 'tools/list':
        return sendJson(response, 200, { id, result: toolPage(server.header, params) });
      case 'tools/call': {
        const call = { message, response, request, server };
        return tools[String(params?.['name'])]?.(call);
      }
      case 'subscriptions/listen': {
        startEvents(response);
        server.listeners.set(response, id);
        response.on('close', () => server.listeners.delete(response));
        const _meta = { [subscriptionKey]: id };
        return sendEvent(response, {
          method: 'notifications/subscriptions/acknowledged',
          params: { _meta, notifications: params?.['notifications'] },
        });
      }
      default:
        return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
    }
  });
  return Object.assign(server, fixture);
}

/** Sends a change to every subscription. */
export function announce(server: ModernHttpServer, method: string, params: object = {}): void {
  for (const [response, id] of server.listeners) {
    sendEvent(response, { method, params: { ...params, _meta: { [subscriptionKey]: id } } });
  }
}

/** Ends every subscription well. */
export function endSubscriptions(server: ModernHttpServer): void {
  for (const [response, id] of server.listeners) {
    const _meta = { [subscriptionKey]: id };
    sendEvent(response, { id, result: { resultType: 'complete', _meta } });
    response.end();
  }
}

function toolPage(header: string, params: WireMessage['params']): object {
  if (params?.['cursor'] === undefined) {
    const bad = { type: 'number', 'x-mcp-header': 'Bad' };
    return {
      tools: [
        { name: 'echo', inputSchema: { type: 'object' }, vendor: { kept: true } },
        { name: 'bad', inputSchema: { type: 'object', properties: { n: bad } } },
      ],
      nextCursor: '2',
    };
  }
  const region = { ...mirrored, 'x-mcp-header': header };
  const inputSchema = { type: 'object', properties: { region } };
  return { tools: [{ name: 'mirror', inputSchema }] };
}

import type { ServerResponse } from 'node:http';
import {
  sendEvent,
  sendJson,
  startEvents,
  startHttpFixture,
  type HttpFixture,
} from './http-fixture.ts';

type Params = Readonly<Record<string, unknown>>;

/** A legacy server that answers from a table, and says what it likes on its own. */
export interface LegacyAnswers extends HttpFixture {
  /** Sends a notification on every stream that a client holds open. */
  announce(method: string): void;
}

/** Starts one; what a method is not in the table for is unknown to it. */
export async function startLegacyAnswers(
  capabilities: object,
  methods: Readonly<Record<string, (params: Params) => unknown>>,
): Promise<LegacyAnswers> {
  const streams = new Set<ServerResponse>();
  const fixture = await startHttpFixture(({ id, method, params = {} }, response, request) => {
    if (request.method === 'GET') {
      startEvents(response);
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    if (id === undefined || method === undefined) {
      response.writeHead(request.method === 'DELETE' ? 200 : 202).end();
    } else if (method === 'initialize') {
      const serverInfo = { name: 'answers', version: '1' };
      const result = { protocolVersion: '2025-06-18', capabilities, serverInfo };
      sendJson(response, 200, { id, result }, { 'mcp-session-id': 's1' });
    } else if (request.headers['mcp-session-id'] === undefined) {
      sendJson(response, 400, { id: null, error: { code: -32000, message: 'Not initialized' } });
    } else {
      const answer = methods[method];
      if (answer !== undefined) sendJson(response, 200, { id, result: answer(params) });
      else sendJson(response, 200, { id, error: { code: -32601, message: 'Method not found' } });
    }
  });
  const announce = (method: string): void => {
    for (const stream of streams) sendEvent(stream, { method });
  };
  return Object.assign(fixture, { announce });
}

import type { ServerResponse } from 'node:http';
import {
  sendEvent,
  sendJson,
  startEvents,
  startHttpFixture,
  text,
  type HttpFixture,
} from '../../support/mcp-http/http-fixture.ts';

/** What a picture is to the models: it may be sent to them as a file alone. */
export const PICTURE = Buffer.from('the bytes of a picture, more or less '.repeat(40)).toString(
  'base64',
);

const READS = { annotations: { readOnlyHint: true } };
const city = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
} as const;

/** The tools, by what a call of each comes to. */
export const toolList = [
  { name: 'weather', description: 'The weather of a city.', inputSchema: city, ...READS },
  { name: 'draw', description: 'Draws a map.', inputSchema: { type: 'object' }, ...READS },
  { name: 'fail', description: 'Fails.', inputSchema: { type: 'object' }, ...READS },
  { name: 'hang', description: 'Never answers.', inputSchema: { type: 'object' }, ...READS },
  { name: 'send', description: 'Sends a mail.', inputSchema: { type: 'object' } },
] as const;

/** An MCP server over HTTP with a tool for each way a call can go. */
export async function startToolServer(): Promise<HttpFixture> {
  return await startHttpFixture(({ id, method, params }, response) => {
    const answer = (result: object): void =>
      sendJson(response, 200, { id, result: { resultType: 'complete', ...result } });
    switch (method) {
      case 'server/discover':
        return answer({
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
          _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'tools', version: '1' } },
        });
      case 'tools/list':
        return answer({ tools: toolList });
      case 'subscriptions/listen':
        return listen(response, id);
      case 'tools/call':
        return call(response, params ?? {}, answer);
      default:
        return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
    }
  });
}

function call(
  response: ServerResponse,
  params: Readonly<Record<string, unknown>>,
  answer: (result: object) => void,
): void {
  switch (params['name']) {
    case 'hang':
      return startEvents(response);
    case 'fail':
      return answer({ ...text('It is broken.'), isError: true });
    case 'draw':
      return answer({
        content: [{ type: 'image', data: PICTURE, mimeType: 'image/png' }],
        structuredContent: { image: PICTURE, title: 'Bern' },
      });
    default:
      return answer(text(`${String(params['name'])} of ${JSON.stringify(params['arguments'])}`));
  }
}

function listen(response: ServerResponse, id: number | string | undefined): void {
  startEvents(response);
  const _meta = { 'io.modelcontextprotocol/subscriptionId': id };
  sendEvent(response, {
    method: 'notifications/subscriptions/acknowledged',
    params: { _meta, notifications: {} },
  });
}

import type { JsonObject } from '../../../src/kernel/json.ts';
import { sendJson, startHttpFixture, text, type HttpFixture } from './http-fixture.ts';

/** A modern server whose tools a test defines and changes. */
export interface ChangingServer extends HttpFixture {
  tools: JsonObject[];
  /** What calls answer; their arguments when absent. */
  answer: ((params: JsonObject) => JsonObject) | undefined;
  /** Parameters of the calls that came. */
  readonly calls: JsonObject[];
}

/** A tool of such a server. */
export function toolNamed(name: string, change: JsonObject = {}): JsonObject {
  return {
    name,
    description: `The tool ${name}.`,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    ...change,
  };
}

/** Starts it. */
export async function startChangingServer(tools: JsonObject[]): Promise<ChangingServer> {
  const state = {
    tools,
    answer: undefined as ChangingServer['answer'],
    calls: [] as JsonObject[],
  };
  const fixture = await startHttpFixture(({ id, method, params = {} }, response) => {
    const reply = (result: JsonObject): void =>
      sendJson(response, 200, { id, result: { resultType: 'complete', ...result } });
    switch (method) {
      case 'server/discover':
        return reply({
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {} },
          _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'changing', version: '1' } },
        });
      case 'tools/list':
        return reply({ tools: state.tools });
      case 'tools/call': {
        const given = params as JsonObject;
        state.calls.push(given);
        return reply(state.answer?.(given) ?? (text(given['arguments']) as JsonObject));
      }
      default:
        return sendJson(response, 200, { id, error: { code: -32601, message: 'Not found' } });
    }
  });
  return Object.assign(state, fixture);
}

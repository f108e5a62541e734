import type { JsonObject } from '../../../src/kernel/json.ts';
import { startGateway } from '../../support/start-gateway.ts';

/** A gateway of its own, with what is needed to register services and call their tools. */
export interface ToolCaller extends AsyncDisposable {
  /** Registers a document; throws when the control plane refuses it. */
  register(slug: string, config: JsonObject): Promise<void>;
  /** Calls a tool with arguments given as JSON text; a protocol error is thrown. */
  call(slug: string, tool: string, argumentsText: string): Promise<JsonObject>;
}

const VERSION = '2026-07-28';

/** Starts a gateway and speaks MCP 2026-07-28 with it. */
export async function startToolCaller(): Promise<ToolCaller> {
  const gateway = await startGateway();
  const send = async (
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<[number, JsonObject]> => {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.apiKey}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body,
    });
    return [response.status, (await response.json()) as JsonObject];
  };
  return {
    async register(slug, config) {
      const service = JSON.stringify({ kind: 'openapi', slug, config });
      const [status, answer] = await send('/register-service', service);
      if (status !== 201) throw new Error(`${slug}: ${status} ${JSON.stringify(answer)}`);
    },
    async call(slug, tool, argumentsText) {
      const meta = JSON.stringify({
        'io.modelcontextprotocol/protocolVersion': VERSION,
        'io.modelcontextprotocol/clientInfo': { name: 'autorest', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      });
      const head = `{"name":${JSON.stringify(tool)},"arguments":${argumentsText}`;
      const params = `${head},"_meta":${meta}}`;
      const [, answer] = await send(
        `/mcp/${slug}`,
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
        { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/call', 'mcp-name': tool },
      );
      const { result } = answer;
      if (result === undefined) throw new Error(`${slug} ${tool}: ${JSON.stringify(answer)}`);
      return result as JsonObject;
    },
    [Symbol.asyncDispose]: () => gateway.stop(),
  };
}

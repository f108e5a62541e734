import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { fileURLToPath } from 'node:url';
import type { InteropClient } from '../interop-client.ts';

const proxy = fileURLToPath(
  new URL('../../../node_modules/mcp-remote/dist/proxy.js', import.meta.url),
);

/** The arguments that the guide tells users to give. */
const documented = (endpoint: string): readonly string[] => [
  proxy,
  endpoint,
  '--header',
  'Authorization:${AUTHORIZATION}',
];

/** mcp-remote between a desktop client (which starts programs) and the gateway. */
export function mcpRemote(mode: 'legacy' | 'auto'): InteropClient {
  return {
    name: 'mcp-remote',
    mode,
    era: mode === 'auto' ? 'modern' : 'legacy',
    open: async ({ endpoint, apiKey, folder }) => {
      const client = new Client({ name: 'desktop', version: '1.0.0' });
      await client.connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [...documented(endpoint), ...(mode === 'auto' ? ['--protocol', 'auto'] : [])],
          env: {
            AUTHORIZATION: `Bearer ${apiKey}`,
            MCP_REMOTE_CONFIG_DIR: folder,
            HOME: folder,
          },
          stderr: 'ignore',
        }),
      );
      return {
        toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
        call: async (name, input) =>
          JSON.stringify(await client.callTool({ name, arguments: { ...input } })),
        close: () => client.close(),
      };
    },
  };
}

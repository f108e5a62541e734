import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { fileURLToPath } from 'node:url';
import type { InteropClient } from '../interop-client.ts';
import { openSdkClient } from './sdk-client.ts';

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
    slow: false,
    open: ({ endpoint, apiKey, folder }) => {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [...documented(endpoint), ...(mode === 'auto' ? ['--protocol', 'auto'] : [])],
        env: {
          AUTHORIZATION: `Bearer ${apiKey}`,
          MCP_REMOTE_CONFIG_DIR: folder,
          HOME: folder,
        },
        stderr: 'ignore',
      });
      return openSdkClient(transport, { mode: 'legacy' });
    },
  };
}

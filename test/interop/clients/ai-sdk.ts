import { createMCPClient } from '@ai-sdk/mcp';
import type { InteropClient } from '../interop-client.ts';

/** The AI SDK's client, with or without looking for the modern era first. */
export function aiSdk(mode: 'legacy' | 'auto'): InteropClient {
  return {
    name: '@ai-sdk/mcp',
    mode,
    era: mode === 'auto' ? 'modern' : 'legacy',
    open: async ({ endpoint, apiKey }) => {
      const client = await createMCPClient({
        transport: {
          type: 'http',
          url: endpoint,
          headers: { Authorization: `Bearer ${apiKey}` },
        },
        protocolVersionDiscovery: mode === 'auto',
      });
      return {
        toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
        call: async (name, input) =>
          JSON.stringify(await client.callTool({ name, arguments: { ...input } })),
        close: () => client.close(),
      };
    },
  };
}

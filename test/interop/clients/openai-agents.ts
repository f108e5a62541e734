import { MCPServerStreamableHttp } from '@openai/agents';
import type { InteropClient } from '../interop-client.ts';

/** The OpenAI Agents SDK; it looks for the modern era first and has nobody to ask. */
export const openaiAgents: InteropClient = {
  name: '@openai/agents',
  mode: 'auto',
  era: 'modern',
  slow: false,
  open: async ({ endpoint, apiKey }) => {
    const server = new MCPServerStreamableHttp({
      url: endpoint,
      name: 'gateway',
      cacheToolsList: false,
      requestInit: { headers: { Authorization: `Bearer ${apiKey}` } },
    });
    await server.connect();
    return {
      toolNames: async () => (await server.listTools()).map(({ name }) => name),
      call: async (tool, input) => {
        const result = await server.callToolResult(tool, { ...input });
        return { result: JSON.stringify(result), questions: 0 };
      },
      close: () => server.close(),
    };
  },
};

import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { fillForm } from '../fill-form.ts';
import type { InteropClient } from '../interop-client.ts';
import { openClient } from '../open-client.ts';

/** The AI SDK's client, with or without looking for the modern era first. */
export function aiSdk(mode: 'legacy' | 'auto'): InteropClient {
  return {
    name: '@ai-sdk/mcp',
    mode,
    era: mode === 'auto' ? 'modern' : 'legacy',
    slow: false,
    open: async ({ endpoint, apiKey }) => {
      const client = await createMCPClient({
        transport: {
          type: 'http',
          url: endpoint,
          headers: { Authorization: `Bearer ${apiKey}` },
        },
        capabilities: { elicitation: {} },
        protocolVersionDiscovery: mode === 'auto',
      });
      const user = { questions: 0 };
      client.onElicitationRequest(ElicitationRequestSchema, ({ params }) => {
        user.questions += 1;
        return { action: 'accept', content: fillForm(params.requestedSchema) };
      });
      return openClient(client, user);
    },
  };
}

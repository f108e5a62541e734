import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { fillForm } from '../fill-form.ts';
import type { InteropClient } from '../interop-client.ts';
import { openClient } from '../open-client.ts';

/** The first generation of the official TypeScript SDK, which most programs are still built on. */
export const firstSdkClient: InteropClient = {
  name: '@modelcontextprotocol/sdk',
  mode: 'legacy',
  era: 'legacy',
  slow: false,
  open: async ({ endpoint, apiKey }) => {
    const client = new Client(
      { name: 'interop', version: '1.0.0' },
      { capabilities: { elicitation: {} } },
    );
    const user = { questions: 0 };
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      user.questions += 1;
      const schema = 'requestedSchema' in params ? params.requestedSchema : {};
      return { action: 'accept', content: fillForm(schema) };
    });
    const transport = new StreamableHTTPClientTransport(new URL(endpoint), {
      requestInit: { headers: { Authorization: `Bearer ${apiKey}` } },
    });
    await client.connect(transport);
    return {
      ...openClient(client, user),
      close: async () => {
        await transport.terminateSession();
        await client.close();
      },
    };
  },
};

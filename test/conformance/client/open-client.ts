import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { visit } from './visit.ts';

/** Where a client connects to, and as what. */
export interface ClientTarget {
  readonly url: string;
  readonly apiKey: string;
  readonly era: 'modern' | 'legacy';
}

/** Connects a client that says yes to every question, with the defaults of the form. */
export async function openClient({ url, apiKey, era }: ClientTarget): Promise<Client> {
  const client = new Client(
    { name: 'scenario-client', version: '1.0.0' },
    {
      capabilities: {
        elicitation: { form: { applyDefaults: true }, url: {} },
        sampling: {},
        roots: {},
      },
      versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    if (params.mode === 'url')
      return { action: (await hasVisited(params.url)) ? 'accept' : 'decline' };
    const asksToConfirm = JSON.stringify(params).includes('"confirmed"');
    return { action: 'accept', content: asksToConfirm ? { confirmed: true } : {} };
  });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${apiKey}` } },
  });
  await client.connect(transport);
  return client;
}

/** False when the way ends at an error page, which is what some scenarios want. */
async function hasVisited(url: string): Promise<boolean> {
  try {
    await visit(url);
    return true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

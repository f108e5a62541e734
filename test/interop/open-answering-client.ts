import {
  Client,
  StreamableHTTPClientTransport,
  type ElicitRequestParams,
  type ElicitResult,
} from '@modelcontextprotocol/client';

/** Where a client connects, with which key, in which era. */
export interface Place {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly era: 'modern' | 'legacy';
}

/** What the user of a client does with every question, and what was asked. */
export interface User {
  answer: ElicitResult;
  readonly asked: ElicitRequestParams[];
}

/** A client of the official SDK that declares every capability; its user is told what to answer. */
export async function openAnsweringClient(
  place: Place,
): Promise<{ readonly client: Client; readonly user: User }> {
  const user: User = { answer: { action: 'cancel' }, asked: [] };
  const client = new Client(
    { name: 'interop', version: '1.0.0' },
    {
      capabilities: {
        elicitation: { form: {}, url: {} },
        sampling: { tools: {}, context: {} },
        roots: { listChanged: true },
      },
      versionNegotiation: negotiation(place),
    },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    user.asked.push(params);
    return user.answer;
  });
  client.setRequestHandler('sampling/createMessage', () => ({
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text: 'green tea' },
  }));
  client.setRequestHandler('roots/list', () => ({
    roots: [{ uri: 'file:///home/ada/teas', name: 'Teas' }],
  }));
  await client.connect(transportTo(place));
  return { client, user };
}

/** A client of the official SDK that declares no capability at all. */
export async function openBareClient(place: Place): Promise<Client> {
  const options = { versionNegotiation: negotiation(place) };
  const client = new Client({ name: 'interop', version: '1.0.0' }, options);
  await client.connect(transportTo(place));
  return client;
}

function negotiation({ era }: Place) {
  return era === 'legacy'
    ? ({ mode: 'legacy' } as const)
    : ({ mode: { pin: '2026-07-28' } } as const);
}

function transportTo({ endpoint, apiKey }: Place): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(endpoint), {
    requestInit: { headers: { Authorization: `Bearer ${apiKey}` } },
  });
}

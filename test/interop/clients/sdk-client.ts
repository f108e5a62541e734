import {
  Client,
  StreamableHTTPClientTransport,
  type Transport,
  type VersionNegotiationOptions,
} from '@modelcontextprotocol/client';
import { fillForm } from '../fill-form.ts';
import type { InteropClient, OpenClient, Target } from '../interop-client.ts';
import { openClient } from '../open-client.ts';

const negotiations: Readonly<Record<'legacy' | 'auto' | 'modern', VersionNegotiationOptions>> = {
  legacy: { mode: 'legacy' },
  auto: { mode: 'auto' },
  modern: { mode: { pin: '2026-07-28' } },
};

/** The official TypeScript SDK. */
export function sdkClient(mode: keyof typeof negotiations): InteropClient {
  return {
    name: '@modelcontextprotocol/client',
    mode,
    era: mode === 'legacy' ? 'legacy' : 'modern',
    slow: false,
    open: (target) => openSdkClient(httpTransport(target), negotiations[mode]),
  };
}

/** A client of the official SDK on any transport; its user fills every form. */
export async function openSdkClient(
  transport: Transport,
  versionNegotiation: VersionNegotiationOptions,
): Promise<OpenClient> {
  const client = new Client(
    { name: 'interop', version: '1.0.0' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation },
  );
  const user = { questions: 0 };
  client.setRequestHandler('elicitation/create', ({ params }) => {
    user.questions += 1;
    const schema = 'requestedSchema' in params ? params.requestedSchema : {};
    return { action: 'accept', content: fillForm(schema) };
  });
  await client.connect(transport);
  return openClient(client, user);
}

function httpTransport({ endpoint, apiKey }: Target): Transport {
  return new StreamableHTTPClientTransport(new URL(endpoint), {
    requestInit: { headers: { Authorization: `Bearer ${apiKey}` } },
  });
}

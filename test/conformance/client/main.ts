import { connectSubject, registerService, removeService } from '../register-service.ts';
import { credentialsFor } from './credentials.ts';
import { drive } from './drive.ts';
import { openClient } from './open-client.ts';

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

const serverUrl = process.argv.at(-1);
if (serverUrl === undefined) throw new Error('The last argument is the server to connect to');
const scenario = environment('MCP_CONFORMANCE_SCENARIO');
const era = environment('MCP_CONFORMANCE_PROTOCOL_VERSION') >= '2026-07-28' ? 'modern' : 'legacy';
const gatewayUrl = environment('GATEWAY_URL');
const apiKey = environment('GATEWAY_KEY');
const slug = `scenario-${process.pid}`;

const context: unknown = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}');
const { subjectToken, ...own } = credentialsFor(scenario, context);

await registerService(gatewayUrl, apiKey, { slug, url: serverUrl, era, ...own });
try {
  const client = await openClient({ url: `${gatewayUrl}/mcp/${slug}`, apiKey, era });
  if (subjectToken !== undefined) {
    await connectSubject(gatewayUrl, apiKey, { service: slug, subjectToken });
  }
  await drive(client, scenario, context);
  await client.close();
} finally {
  // The suite waits for the connections of its server to end.
  await removeService(gatewayUrl, apiKey, slug);
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callApi } from './call-api.ts';
import type { RunningQuickstart } from './start-everything.ts';

type Body = Readonly<Record<string, unknown>>;

/** What is registered: how a new user says it, and the configuration a later run changes it to. */
interface Registration {
  readonly slug: string;
  readonly title: string;
  readonly registration: Body;
  readonly config: Body;
}

/** Registers the four services; those of a run before get today's addresses. */
export async function registerServices(gateway: RunningQuickstart): Promise<void> {
  const { services } = await callApi(gateway, 'GET', '/services');
  const known = new Set((services as readonly { slug: string }[]).map(({ slug }) => slug));
  await Promise.all(
    registrations(gateway).map(async ({ slug, title, registration, config }) => {
      if (known.has(slug)) await callApi(gateway, 'PATCH', `/services/${slug}`, { config });
      else await callApi(gateway, 'POST', '/register-service', { slug, title, ...registration });
    }),
  );
}

function registrations({ ordersUrl, roomsUrl, dataDir }: RunningQuickstart): Registration[] {
  const document = `${ordersUrl}/openapi.json`;
  const everything = { command: process.execPath, args: [server('everything'), 'stdio'] };
  const memory = {
    command: process.execPath,
    args: [server('memory')],
    env: { MEMORY_FILE_PATH: join(dataDir, 'memory.jsonl') },
  };
  const rooms = { url: `${roomsUrl}/mcp` };
  return [
    {
      slug: 'orders',
      title: 'Coffee orders (an HTTP API)',
      registration: { openapi: document },
      config: { document },
    },
    {
      slug: 'everything',
      title: 'Everything (an MCP server over stdio)',
      registration: everything,
      config: everything,
    },
    {
      slug: 'memory',
      title: 'Memory (an MCP server over stdio)',
      registration: memory,
      config: memory,
    },
    {
      slug: 'rooms',
      title: 'Meeting rooms (a modern MCP server over HTTP)',
      registration: rooms,
      config: rooms,
    },
  ];
}

function server(name: string): string {
  const path = `../../node_modules/@modelcontextprotocol/server-${name}/dist/index.js`;
  return fileURLToPath(new URL(path, import.meta.url));
}

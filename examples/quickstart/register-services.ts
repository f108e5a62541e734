import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { callApi } from './call-api.ts';
import type { RunningQuickstart } from './start-everything.ts';

const READY_MS = 20_000;
const LOOK_MS = 50;

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
  const known = new Set((await listServices(gateway)).map(({ slug }) => slug));
  await Promise.all(
    registrations(gateway).map(({ slug, title, registration, config }) =>
      known.has(slug)
        ? keepCurrent(gateway, slug, config)
        : callApi(gateway, 'POST', '/register-service', { slug, title, ...registration }),
    ),
  );
  await untilReady(gateway);
}

async function keepCurrent(gateway: RunningQuickstart, slug: string, config: Body): Promise<void> {
  const service = await callApi(gateway, 'GET', `/services/${slug}`);
  const kept = service['config'] as Body;
  const same = Object.entries(config).every(([key, value]) => isDeepStrictEqual(kept[key], value));
  if (!same) await callApi(gateway, 'PATCH', `/services/${slug}`, { config });
}

/** A service of a run before may still be starting. */
async function untilReady(gateway: RunningQuickstart): Promise<void> {
  const deadlineMs = Date.now() + READY_MS;
  for (;;) {
    const waiting = (await listServices(gateway)).filter(({ health }) => health.state !== 'ready');
    const [first] = waiting;
    if (first === undefined) return;
    if (Date.now() > deadlineMs) {
      const reason = first.health.lastError ?? 'it gave no reason';
      throw new Error(`${first.slug} is ${first.health.state}: ${reason}`);
    }
    await delay(LOOK_MS);
  }
}

interface ListedService {
  readonly slug: string;
  readonly health: { readonly state: string; readonly lastError: string | null };
}

async function listServices(gateway: RunningQuickstart): Promise<readonly ListedService[]> {
  const { services } = await callApi(gateway, 'GET', '/services');
  return services as readonly ListedService[];
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

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startGateway } from '../test/support/start-gateway.ts';
import { createConnector } from './load-connection.ts';
import { createFaults } from './load-faults.ts';
import { residentBytes } from './cpu-meter.ts';
import { median } from './statistics.ts';
import { buildCall } from './wire.ts';
import { startWorker } from './worker.ts';

/** Times from the start of one gateway process, and its memory once it has answered. */
interface Startup {
  readonly readyMs: number;
  readonly firstAnswerMs: number;
  readonly rssMegabytes: number;
}

const STARTS = 7;
const RETRY_MS = 5;
const FIRST_ANSWER_TIMEOUT_MS = 30_000;
const SLUG = 'echo';

/** Starts the gateway again and again with three declared services and prints the medians. */
export async function benchStartup(): Promise<string> {
  const upstream = await startWorker('upstream.ts', { core: undefined });
  const directory = await mkdtemp(join(tmpdir(), 'mcp-gateway-startup-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => upstream.stop());
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mcp-gateway.json');
  await writeFile(file, JSON.stringify({ services: servicesAt(upstream.port) }));
  const startups: Startup[] = [];
  for (let start = 0; start < STARTS; start += 1) startups.push(await measureStartup(file));
  const lines = [
    ['time to ready', 'ms', startups.map(({ readyMs }) => readyMs)],
    ['time to first answered call', 'ms', startups.map(({ firstAnswerMs }) => firstAnswerMs)],
    ['RSS of the gateway process', 'MB', startups.map(({ rssMegabytes }) => rssMegabytes)],
  ] as const;
  const shown = lines.map(([title, unit, values]) => {
    const range = `${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)}`;
    return `${title.padEnd(28)} ${median(values).toFixed(0).padStart(5)} ${unit}  (${range})`;
  });
  return `${STARTS} starts on an empty data folder, medians\n${shown.join('\n')}\n`;
}

// One service of each era and one child process, as a first setup would have.
function servicesAt(port: number): readonly object[] {
  const http = (slug: string, era: string): object => {
    return { slug, kind: 'mcp-http', config: { url: `http://127.0.0.1:${port}/${era}/mcp` } };
  };
  const args = [fileURLToPath(new URL('upstream-stdio.ts', import.meta.url))];
  const child = { slug: 'child', kind: 'mcp-stdio', config: { command: process.execPath, args } };
  return [http(SLUG, 'modern'), http('older', 'legacy'), child];
}

async function measureStartup(file: string): Promise<Startup> {
  const startedMs = performance.now();
  const gateway = await startGateway({ flags: ['--config', file] });
  const { readyMs } = gateway;
  try {
    await firstAnswer(gateway.url, gateway.apiKey, startedMs + FIRST_ANSWER_TIMEOUT_MS);
    const firstAnswerMs = performance.now() - startedMs;
    const rssMegabytes = residentBytes(gateway.processId) / 1e6;
    return { readyMs, firstAnswerMs, rssMegabytes };
  } finally {
    await gateway.stop();
  }
}

// A service may still be opening when the gateway listens, so the call is repeated.
async function firstAnswer(url: string, apiKey: string, deadlineMs: number): Promise<void> {
  const { host, port } = new URL(url);
  const headers = { Authorization: `Bearer ${apiKey}` };
  const { bytes } = buildCall({ host, path: `/mcp/${SLUG}`, era: 'modern', headers }, 'echo');
  const faults = createFaults();
  const connection = await createConnector(Number(port), (why) => faults.report(why))();
  const call = (): Promise<void> =>
    new Promise((resolve) => connection.request(bytes, () => resolve()));
  try {
    while (performance.now() < deadlineMs) {
      await Promise.race([call(), faults.first]);
      if (connection.reader.status() === 200 && connection.reader.bodyContains('"result"')) return;
      await sleep(RETRY_MS);
    }
    throw new Error(`no call was answered: ${connection.reader.head()}`);
  } finally {
    connection.close();
  }
}

if (import.meta.main) process.stdout.write(await benchStartup());

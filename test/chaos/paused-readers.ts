import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../src/kernel/limits.ts';
import { atLeast, atMost, type Finding, type Scale, type Scenario } from './finding.ts';
import {
  callTool,
  modernBody,
  modernHeaders,
  register,
  type Access,
} from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { quantile, residentMegabytes, timed } from './support/measure.ts';
import { ScriptedUpstream, type Torrent, type TorrentLife } from './support/scripted-upstream.ts';

interface Plan {
  readonly readers: number;
  /** How long the readers stay at most; long enough in the full run for all to be cut. */
  readonly watchMs: number;
  readonly isFull: boolean;
  /** What the process may grow by, megabytes. */
  readonly growthMax: number;
}

/** Noticing, closing and telling the upstream may take this much longer than the stall. */
const CUT_SLACK_MS = 5_000;
/** The system's own buffers take bytes for a while before a reader's pause is felt. */
const FILL_MS = 60_000;
/** Clients that read what the paused ones will not, so that the process has its working size. */
const WARM_READERS = 20;
const WARM_MS = 4_000;
const CALL_MS = 10_000;
const QUICK_MS = 1_000;

const plans: Readonly<Record<Scale, Plan>> = {
  full: {
    readers: 200,
    watchMs: FILL_MS + limits.clientStallMs + CUT_SLACK_MS,
    isFull: true,
    growthMax: 250,
  },
  smoke: { readers: 10, watchMs: 1_000, isFull: false, growthMax: 80 },
};

/** Calls the tool and stops reading once its answer has begun. */
async function openPaused({ url, apiKey }: Access, service: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const body = modernBody('tools/call', { name: 'work', arguments: {} });
  const headers = Object.entries(modernHeaders(apiKey, 'tools/call', 'work'));
  const head = [
    `POST /mcp/${service} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  if (!first.toString('latin1').startsWith('HTTP/1.1 200')) {
    socket.destroy();
    throw new Error(`A reader was refused: ${first.toString('latin1').slice(0, 200)}`);
  }
  return socket;
}

interface Watched {
  readonly peak: number;
  readonly callsMs: readonly number[];
}

/** Calls the healthy service while the readers are paused, and watches the memory. */
async function watch(
  gateway: GatewayProcess,
  watchMs: number,
  isOver = (): boolean => false,
): Promise<Watched> {
  const callsMs: number[] = [];
  let peak = 0;
  const untilMs = Date.now() + watchMs;
  while (Date.now() < untilMs && !isOver()) {
    callsMs.push(await timed(() => callTool(gateway, 'healthy', 'work', CALL_MS)));
    peak = Math.max(peak, await residentMegabytes(gateway.processId));
    await sleep(50);
  }
  return { peak, callsMs };
}

/** Many clients of a tool that answers without end, or with much, stop reading. */
function pausedReadersOf(torrent: Torrent): Scenario {
  return { name: `paused readers, ${torrent}`, run: (scale) => runPaused(torrent, plans[scale]) };
}

/** One scenario for each way in which an answer can be too much to hold. */
export const pausedReaders: readonly Scenario[] = [
  pausedReadersOf('chatty'),
  pausedReadersOf('large'),
  pausedReadersOf('large events'),
];

async function runPaused(
  torrent: Torrent,
  { readers, watchMs, isFull, growthMax }: Plan,
): Promise<readonly Finding[]> {
  await using pouring = await ScriptedUpstream.start();
  await using healthy = await ScriptedUpstream.start();
  await using gateway = await GatewayProcess.start();
  await register(gateway, 'pouring', 'mcp-http', { url: pouring.url, era: 'modern' });
  await register(gateway, 'healthy', 'mcp-http', { url: healthy.url, era: 'modern' });
  await watch(gateway, QUICK_MS);
  pouring.behaviour = torrent;
  await warmUp(gateway, pouring);
  const before = await residentMegabytes(gateway.processId);
  const sockets = await Promise.all(
    Array.from({ length: readers }, () => openPaused(gateway, 'pouring')),
  );
  // Not before all of them read: together they fill what the system has for its sockets.
  const releasing = pouring.release();
  const pausedMs = Date.now();
  const { peak, callsMs } = await watch(gateway, watchMs, () => pouring.torrents.every(isClosed));
  await releasing;
  const lives = pouring.torrents.map(({ takenMs, closedMs }) => {
    return closedMs === undefined ? Number.POSITIVE_INFINITY : closedMs - takenMs;
  });
  for (const socket of sockets) socket.destroy();
  const slowest = Math.max(...lives);
  const cut = atMost('slowest cut, ms', slowest, limits.clientStallMs + CUT_SLACK_MS);
  return [
    atLeast('readers', lives.length, readers),
    atMost('growth of memory, MB', peak - before, growthMax),
    ...(isFull ? [cut] : []),
    atLeast('calls of another client', callsMs.length, (Date.now() - pausedMs) / QUICK_MS),
    atMost('their slowest hundredth, ms', quantile(callsMs, 0.99), QUICK_MS),
  ];
}

/** The same load from clients that read: what they leave is not the paused ones' doing. */
async function warmUp(gateway: GatewayProcess, pouring: ScriptedUpstream): Promise<void> {
  const opening = Array.from({ length: WARM_READERS }, () => openPaused(gateway, 'pouring'));
  const sockets = await Promise.all(opening);
  for (const socket of sockets) socket.resume();
  const releasing = pouring.release();
  await sleep(WARM_MS);
  for (const socket of sockets) socket.destroy();
  await releasing;
  await sleep(QUICK_MS);
  pouring.torrents.length = 0;
}

function isClosed({ closedMs }: TorrentLife): boolean {
  return closedMs !== undefined;
}

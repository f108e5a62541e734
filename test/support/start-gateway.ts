import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gatewayDatabase } from './gateway-database.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const START_MS = 30_000;
const STOP_MS = 15_000;
const STDERR_CHARACTERS_MAX = 8_000;

/** A gateway running as a process of its own. */
export interface RunningGateway {
  /** Base URL without a slash at the end. */
  readonly url: string;
  /** The administrator's API key, made at the first start. */
  readonly apiKey: string;
  /** The password of the administrator, whose login is `admin`. */
  readonly password: string;
  readonly processId: number;
  readonly dataDirectory: string;
  /** From the start of the process until it said that it listens. */
  readonly readyMs: number;
  /** What the gateway has written to stderr lately. */
  readonly stderr: () => string;
  /** Stops the gateway in order and removes its data. */
  stop(): Promise<void>;
}

/** What a started gateway may be given besides the defaults of a test. */
export interface GatewayOptions {
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The main file of another checkout; this one's when absent. */
  readonly main?: string;
}

interface Announced {
  readonly url: string;
  readonly apiKey: string;
  readonly password: string;
}

/** Reads stdout until the gateway has said its key and its address. */
async function readAnnouncement(gateway: ChildProcess): Promise<Announced> {
  if (gateway.stdout === null) throw new Error('The gateway has no stdout');
  const found: { url?: string; apiKey?: string; password?: string } = {};
  for await (const line of createInterface({ input: gateway.stdout })) {
    const entry = readLine(line);
    if (entry['event'] === 'first_admin') {
      found.apiKey = String(entry['apiKey']);
      found.password = String(entry['password']);
    }
    if (entry['event'] !== 'gateway.listening') continue;
    found.url = String(entry['url']).replace(/\/$/, '');
    break;
  }
  const { url, apiKey, password = '' } = found;
  if (url === undefined) throw new Error('The gateway ended before it listened');
  if (apiKey === undefined) throw new Error('The gateway showed no administrator key');
  return { url, apiKey, password };
}

function readLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : {};
  } catch {
    return {};
  }
}

async function stopProcess(gateway: ChildProcess): Promise<void> {
  if (gateway.exitCode !== null || gateway.signalCode !== null) return;
  const exited = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  const late = new AbortController();
  const isLate = sleep(STOP_MS, true, { signal: late.signal }).catch(() => false);
  const winner = await Promise.race([exited.then(() => false), isLate]);
  late.abort();
  if (!winner) return;
  gateway.kill('SIGKILL');
  await exited;
}

function within<T>(work: Promise<T>, limitMs: number, text: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(text)), limitMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

/**
 * Starts a gateway with an empty data folder, and an empty database where `TEST_DATABASE_URL` names
 * a server, on a free port of 127.0.0.1.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const database = await gatewayDatabase(options.environment);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'mcp-gateway-'));
  const flags = ['--port', '0', '--data-dir', dataDirectory, '--log-format', 'json'];
  // With its parent it ends even when the test is killed.
  flags.push('--with-parent', '--allow-loopback');
  const startedMs = performance.now();
  const main = options.main ?? MAIN;
  const gateway = spawn(process.execPath, [main, 'serve', ...flags, ...(options.flags ?? [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...database.environment },
  });
  let stderr = '';
  gateway.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARACTERS_MAX);
  });
  const stop = async (): Promise<void> => {
    await stopProcess(gateway);
    await rm(dataDirectory, { recursive: true, force: true });
    await database[Symbol.asyncDispose]();
  };
  try {
    const announced = await within(readAnnouncement(gateway), START_MS, 'No answer in time');
    const readyMs = performance.now() - startedMs;
    // The log goes on; unread it would fill the pipe and block the gateway.
    gateway.stdout.resume();
    const processId = gateway.pid ?? 0;
    return { ...announced, processId, dataDirectory, readyMs, stderr: () => stderr, stop };
  } catch (thrown) {
    await stop();
    throw new Error(`The gateway did not start: ${stderr.trim()}`, { cause: thrown });
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const START_MS = 30_000;

/** How a gateway is started. */
export interface InstanceOptions {
  readonly databaseUrl: string;
  /** The data folder; a new one when absent. */
  readonly directory?: string;
  /** Further settings, `key=value`. */
  readonly settings?: readonly string[];
}

/** A gateway process among others on one database. */
export interface Instance extends AsyncDisposable {
  readonly url: string;
  /** The administrator's key; '' when another instance made the administrator. */
  readonly apiKey: string;
  /** The administrator's password; '' likewise. */
  readonly password: string;
  readonly directory: string;
  /** Kills it the hard way, or stops it in order. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** A start that was refused. */
export interface RefusedStart {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts a gateway and waits until it listens. Throws when it does not. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const started = await tryStart(options);
  if ('url' in started) return started;
  throw new Error(`The gateway ended with ${started.code}: ${started.stderr}`);
}

/** Starts a gateway that may refuse to. */
export async function tryStart(options: InstanceOptions): Promise<Instance | RefusedStart> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'mcp-gateway-cluster-')));
  const own = [`database.url=${options.databaseUrl}`, 'database.poolMax=4'];
  const settings = [...own, ...(options.settings ?? [])];
  const flags = ['--port', '0', '--data-dir', directory, '--log-format', 'json'];
  // With its parent it ends even when the test is killed.
  flags.push('--with-parent', '--allow-loopback', ...settings.flatMap((text) => ['--set', text]));
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const { url, ...admin } = await readAnnouncement(child);
  clearTimeout(late);
  const end: Instance['end'] = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const dispose = async (): Promise<void> => {
    await end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  if (url !== undefined) return { url, ...admin, directory, end, [Symbol.asyncDispose]: dispose };
  if (child.exitCode === null) await once(child, 'exit');
  const { exitCode: code } = child;
  await dispose();
  return { code, stderr };
}

interface Announced {
  readonly url: string | undefined;
  readonly apiKey: string;
  readonly password: string;
}

async function readAnnouncement(child: ChildProcess): Promise<Announced> {
  if (child.stdout === null) throw new Error('The gateway has no stdout');
  let [apiKey, password] = ['', ''];
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (entry['event'] === 'first_admin') {
      apiKey = String(entry['apiKey']);
      password = String(entry['password']);
    }
    if (entry['event'] !== 'gateway.listening') continue;
    // The log goes on; unread it would fill the pipe and block the gateway.
    child.stdout.resume();
    return { url: String(entry['url']).replace(/\/$/, ''), apiKey, password };
  }
  return { url: undefined, apiKey, password };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STOP_MS = 10_000;
const STDERR_CHARACTERS_KEPT = 4_096;

/** One JSON line of a child. */
export type ChildEvent = Readonly<Record<string, unknown>>;

/** How to start one. */
export interface ChildCommand {
  /** How messages call it. */
  readonly name: string;
  readonly args: readonly string[];
  /** The event that tells its URL. */
  readonly readyEvent: string;
  readonly timeoutMs: number;
  /** Gets everything it reports until it listens. */
  readonly onEvent?: (event: ChildEvent) => void;
}

/**
 * Child processes that end with this one: in order by `stop`, and when this process is killed
 * they end by themselves, because their standard input closes.
 */
export class Children {
  readonly #running = new Map<ChildProcess, string>();
  #stopping = false;
  readonly #onLost: (name: string) => void;

  /** `onLost` is told when a child ends that was not asked to. */
  constructor(onLost: (name: string) => void) {
    this.#onLost = onLost;
  }

  /** Runs a Node program that writes JSON lines; resolves to the URL when it says it listens. */
  async start(command: ChildCommand): Promise<string> {
    const { name, args, readyEvent, timeoutMs, onEvent } = command;
    const child = spawn(process.execPath, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#running.set(child, name);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-STDERR_CHARACTERS_KEPT);
    });
    let ready = false;
    child.once('exit', () => {
      this.#running.delete(child);
      if (ready && !this.#stopping) this.#onLost(name);
    });
    const lines = createInterface({ input: child.stdout });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    lines.on('line', (line) => {
      const event = parseEvent(line);
      if (event === undefined || ready) return;
      onEvent?.(event);
      if (event['event'] === readyEvent) resolve(String(event['url']));
    });
    child.once('error', reject);
    child.once('close', () => {
      const said = stderr.trim().split('\n').at(-1) ?? '';
      reject(new Error(`${name} ended before it listened: ${said || 'it gave no reason.'}`));
    });
    const late = () => reject(new Error(`${name} did not listen within ${timeoutMs} ms.`));
    const timer = setTimeout(late, timeoutMs);
    try {
      return await promise;
    } finally {
      ready = true;
      clearTimeout(timer);
    }
  }

  /** Ends every child: asks first, kills what does not listen. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.keys()].map(endChild));
  }

  /** Kills every child at once, for a process that is about to end. */
  kill(): void {
    for (const child of this.#running.keys()) child.kill('SIGKILL');
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

function parseEvent(line: string): ChildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinnedCommand } from './pinning.ts';

/** A helper process of the benchmark that speaks over node's own channel. */
export interface Worker {
  readonly pid: number;
  /** Port the worker listens on, 0 when it listens on none. */
  readonly port: number;
  /** Sends a message and waits for its answer; one at a time. */
  ask(message: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** How a worker is started. */
export interface WorkerOptions {
  readonly core: number | undefined;
  readonly nodeFlags?: readonly string[];
  readonly arguments?: readonly string[];
}

const READY_TIMEOUT_MS = 15_000;

/** Starts a file of this folder as its own pinned node process and waits until it is ready. */
export async function startWorker(file: string, options: WorkerOptions): Promise<Worker> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const own = [...(options.nodeFlags ?? []), path, ...(options.arguments ?? [])];
  const [command, ...rest] = pinnedCommand(options.core, [process.execPath, ...own]);
  const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ready = (await nextMessage(child, file, READY_TIMEOUT_MS)) as { readonly port: number };
  return {
    pid: child.pid ?? 0,
    port: ready.port,
    async ask(message) {
      const answer = nextMessage(child, file);
      child.send(message as object);
      const settled = (await answer) as { readonly value?: unknown; readonly error?: string };
      if (settled.error !== undefined) throw new Error(`${file}: ${settled.error}`);
      return settled.value;
    },
    stop: () => stopProcess(child),
  };
}

/** Asks a process to end, and ends it by force when it does not. */
export async function stopProcess(child: ChildProcess, patienceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(force);
}

function nextMessage(child: ChildProcess, file: string, timeoutMs?: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
    };
    const fail = (why: string): void => {
      settle();
      reject(new Error(`${file} ${why}`));
    };
    const onMessage = (message: unknown): void => {
      settle();
      resolve(message);
    };
    const onExit = (code: number | null): void => fail(`ended with code ${code}`);
    const onError = (error: Error): void => fail(`did not start: ${error.message}`);
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => fail('was not ready'), timeoutMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
  });
}

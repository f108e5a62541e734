import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gatewayDatabase, type GatewayDatabase } from '../../support/gateway-database.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const START_MS = 30_000;

/** A gateway that may be killed and started again on the same data. */
export class GatewayProcess implements AsyncDisposable {
  readonly directory: string;
  readonly #database: GatewayDatabase;
  url = '';
  apiKey = '';
  /** What the next start is told beside its environment. */
  extra: Readonly<Record<string, string>> = {};
  readonly #main: string;
  #process: ChildProcessByStdio<Writable, Readable, null> | undefined;

  private constructor(directory: string, database: GatewayDatabase, main: string) {
    this.#main = main;
    this.directory = directory;
    this.#database = database;
  }

  /** Starts a gateway with an empty data folder on a free port of 127.0.0.1. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    main = MAIN,
  ): Promise<GatewayProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'mcp-gateway-chaos-'));
    const gateway = new GatewayProcess(directory, await gatewayDatabase(environment), main);
    await gateway.start();
    return gateway;
  }

  get processId(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the gateway on its data; resolves when it listens. */
  async start(): Promise<void> {
    const flags = ['--port', '0', '--data-dir', this.directory, '--log-format', 'json'];
    // With its parent it ends even when the run is killed.
    flags.push('--with-parent', '--allow-loopback');
    const started = spawn(process.execPath, [this.#main, 'serve', ...flags], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...this.#database.environment, ...this.extra },
    });
    this.#process = started;
    const timer = setTimeout(() => started.kill('SIGKILL'), START_MS);
    let isListening = false;
    const lines = createInterface({ input: started.stdout });
    for await (const line of lines) {
      const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (entry['event'] === 'first_admin') this.apiKey = String(entry['apiKey']);
      if (entry['event'] !== 'gateway.listening') continue;
      this.url = String(entry['url']).replace(/\/$/, '');
      isListening = true;
      break;
    }
    clearTimeout(timer);
    if (!isListening) throw new Error('The gateway ended before it listened');
    // The log goes on; unread it would fill the pipe and block the gateway.
    started.stdout.resume();
  }

  /** Kills the gateway the hard way. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the gateway in order: what it has recorded is in the database then. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
    await this.#database[Symbol.asyncDispose]();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }
}

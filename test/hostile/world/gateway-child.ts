import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Vitals } from './probe.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const PROBE = new URL('probe.ts', import.meta.url).href;
const START_MS = 60_000;
const ASK_MS = 15_000;
const LOG_CHARACTERS_MAX = 32 * 1024 * 1024;

/** A gateway as a process of its own, with the probe in it. */
export class GatewayChild implements AsyncDisposable {
  readonly process: ChildProcess;
  url = '';
  apiKey = '';
  /** Of the first administrator, whose login is `admin`. */
  password = '';
  #log = '';

  private constructor(flags: readonly string[], environment: NodeJS.ProcessEnv) {
    this.process = fork(MAIN, ['serve', ...flags], {
      execArgv: ['--expose-gc', '--import', PROBE],
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
    });
    this.process.stderr?.on('data', (bytes: Buffer) => this.#note(bytes.toString('utf8')));
  }

  /** Starts it; resolves when it listens. Throws when it ends before. */
  static async start(
    flags: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<GatewayChild> {
    const child = new GatewayChild(flags, environment);
    const { stdout } = child.process;
    if (stdout === null) throw new Error('The gateway has no stdout');
    const lines = createInterface({ input: stdout });
    const listening = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The gateway is too slow')), START_MS);
      lines.on('line', (line) => {
        const entry = child.#read(line);
        if (entry['event'] !== 'gateway.listening') return;
        child.url = String(entry['url']).replace(/\/$/, '');
        clearTimeout(timer);
        resolve();
      });
      child.process.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`The gateway ended before it listened: ${child.#log.slice(-2_000)}`));
      });
    });
    await listening;
    return child;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Everything it has written, without the line that shows the first key. */
  get log(): string {
    return this.#log;
  }

  /** Asks the probe. */
  vitals(collect = false): Promise<Vitals> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The gateway does not answer')), ASK_MS);
      this.process.once('message', (vitals) => {
        clearTimeout(timer);
        resolve(vitals as Vitals);
      });
      this.process.send(collect ? 'collect' : 'look');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  }

  #read(line: string): Readonly<Record<string, unknown>> {
    let entry: Record<string, unknown> = {};
    try {
      entry = JSON.parse(line) as Record<string, unknown>;
    } catch {
      // Not a line of the log: kept as it is.
    }
    if (entry['event'] === 'first_admin') {
      this.apiKey = String(entry['apiKey']);
      this.password = String(entry['password']);
    } else this.#note(`${line}\n`);
    return entry;
  }

  #note(text: string): void {
    if (this.#log.length < LOG_CHARACTERS_MAX) this.#log += text;
  }
}

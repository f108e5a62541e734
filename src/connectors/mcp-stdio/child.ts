import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { limits } from '../../kernel/limits.ts';
import { LineSplitter } from '../../mcp/wire/line-splitter.ts';
import { killQuietly, killTagged } from './process-tag.ts';

/** What the child's owner is told. */
export interface ChildEvents {
  line(line: Buffer): void;
  /** The child is gone, or will be at once; called once, also after `stop`. */
  ended(text: string): void;
}

/** The end of a child's output and its exit are reported apart, in either order. */
const DRAIN_MS = 100;

/** A started child: lines in and out, and its end with everything it started. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #tag: string;
  readonly #events: ChildEvents;
  readonly #stopMs: number;
  readonly #gone: Promise<void>;
  #stderr = '';
  #ended = false;
  #stopping: Promise<void> | undefined;

  constructor(
    child: ChildProcessWithoutNullStreams,
    tag: string,
    events: ChildEvents,
    stopMs: number = limits.stdioStopMs,
  ) {
    this.#stopMs = stopMs;
    this.#process = child;
    this.#tag = tag;
    this.#events = events;
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    this.#listen();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The last of what it wrote to stderr, for the log. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Writes one line. Returns false when the child has not read what it was sent before. */
  write(line: string): boolean {
    const { stdin } = this.#process;
    if (this.#ended || !stdin.writable) return true; // `ended` tells whoever waits.
    if (stdin.writableLength > limits.stdioQueueBytesMax) return false;
    if (stdin.writableCorked === 0) {
      // Everything written in one turn of the loop goes out in one system call.
      stdin.cork();
      process.nextTick(() => stdin.uncork());
    }
    stdin.write(`${line}\n`);
    return true;
  }

  /** Ends the child and everything it started: input closed, SIGTERM, SIGKILL. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#process.stdin.end();
    if (!(await this.#goneWithin(this.#stopMs))) {
      this.#signalGroup('SIGTERM');
      if (!(await this.#goneWithin(this.#stopMs))) {
        this.#signalGroup('SIGKILL');
        await this.#goneWithin(this.#stopMs);
      }
    }
    this.#end('The gateway stopped the service.');
    await this.#killRest();
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#process;
    const lines = new LineSplitter(limits.stdioLineBytesMax, (line) => this.#events.line(line));
    stdout.on('data', (chunk: Buffer) => {
      if (this.#ended || lines.write(chunk)) return;
      this.#giveUp('The service wrote a longer line than the gateway accepts.');
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-limits.stdioStderrBytesMax);
    });
    // A broken pipe is the child's end, which `exit` reports.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    this.#process.once('error', () => this.#giveUp('The service could not be started.'));
    let how: string | undefined;
    const settle = (): void => this.#giveUp(how ?? 'The service closed its output.');
    const isRead = (): boolean => stdout.readableEnded && stderr.readableEnded;
    stdout.once('end', () => {
      if (how === undefined || !isRead()) setTimeout(settle, DRAIN_MS);
      else settle();
    });
    stderr.once('end', () => {
      if (how !== undefined && isRead()) settle();
    });
    this.#process.once('exit', (code, signal) => {
      how = `The service ended with ${code === null ? `signal ${signal}` : `code ${code}`}.`;
      if (isRead()) settle();
      else setTimeout(settle, DRAIN_MS);
    });
  }

  /** The child ended or is of no use: nothing of it may stay behind. */
  #giveUp(text: string): void {
    if (this.#ended) return;
    this.#end(text);
    void this.stop();
  }

  #end(text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.ended(text);
  }

  /** Ends what the child left behind, in its group or out of it. */
  async #killRest(): Promise<void> {
    this.#signalGroup('SIGKILL');
    await killTagged(this.#tag);
    for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) {
      stream.destroy();
    }
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) killQuietly(-this.#process.pid, signal);
  }

  #goneWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      void this.#gone.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Finding } from './finding.ts';
import type { LocalDetector } from '../guard-rule.ts';
import type { InspectAnswer, InspectTask } from './inspect-worker.ts';

interface Waiting {
  readonly task: InspectTask;
  readonly resolve: (findings: readonly (readonly Finding[])[]) => void;
  readonly reject: (error: GatewayError) => void;
}

/** Bounds of the work. */
export interface InspectorBounds {
  readonly inspectMs: number;
  readonly queueMax: number;
}

const defaults: InspectorBounds = {
  inspectMs: limits.guardrailInspectMs,
  queueMax: limits.guardrailQueueMax,
};

/**
 * Looks through texts on a thread of its own, one after the other, so that no text holds up the
 * gateway. The thread starts with the first one; one that takes too long is ended with its text.
 */
export class Inspector implements AsyncDisposable {
  readonly #log: Log;
  readonly #bounds: InspectorBounds;
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  #current: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isEnded = false;

  constructor(log: Log, bounds: InspectorBounds = defaults) {
    this.#log = log;
    this.#bounds = bounds;
  }

  /** What each detector found. Rejects with `guardrail_unavailable` when it cannot be told. */
  inspect(
    text: string,
    detectors: readonly LocalDetector[],
  ): Promise<readonly (readonly Finding[])[]> {
    if (this.#isEnded || this.#queue.length >= this.#bounds.queueMax) {
      return Promise.reject(new GatewayError('guardrail_unavailable'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ task: { id: this.#nextId++, text, detectors }, resolve, reject });
      this.#next();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    for (const { reject } of [this.#current, ...this.#queue.splice(0)].filter((one) => !!one)) {
      reject(new GatewayError('guardrail_unavailable'));
    }
    this.#current = undefined;
    await this.#worker?.terminate();
  }

  #next(): void {
    if (this.#current !== undefined || this.#isEnded) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) {
      // An idle thread keeps no process alive.
      this.#worker?.unref();
      return;
    }
    this.#current = waiting;
    this.#timer = setTimeout(() => this.#drop('took too long'), this.#bounds.inspectMs);
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(waiting.task);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./inspect-worker.ts', import.meta.url), {
      name: 'guardrails',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.on('message', (answer: InspectAnswer) => this.#settle(answer));
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#drop(String(error));
    });
    return worker;
  }

  #settle(answer: InspectAnswer): void {
    const waiting = this.#current;
    if (waiting?.task.id !== answer.id) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    if ('findings' in answer) waiting.resolve(answer.findings);
    else this.#refuse(waiting, answer.failure);
    this.#next();
  }

  /** Gives up the text that is looked at, and the thread with it. */
  #drop(reason: string): void {
    clearTimeout(this.#timer);
    const waiting = this.#current;
    const worker = this.#worker;
    this.#current = undefined;
    this.#worker = undefined;
    void worker?.terminate();
    if (waiting !== undefined) this.#refuse(waiting, reason);
    this.#next();
  }

  #refuse({ reject }: Waiting, reason: string): void {
    this.#log.warn({ reason }, 'a guardrail could not look at a content');
    reject(new GatewayError('guardrail_unavailable'));
  }
}

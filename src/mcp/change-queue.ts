import { stringMember } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { McpNotification } from './message.ts';

/** All that one listener can hear about: three lists, the resources and the tasks it watches. */
const WAITING_MAX = 3 + limits.listenUrisMax + limits.listenTasksMax;

/**
 * Change notifications on their way to one listener. Of several about the same list, resource or
 * task only the latest is kept, so that a chatty server costs neither memory nor attention.
 */
export class ChangeQueue implements AsyncIterable<McpNotification> {
  readonly #waiting = new Map<string, McpNotification>();
  #wake: (() => void) | undefined;
  readonly #pauseMs: number;
  #ended = false;
  #error: unknown;

  /** `pauseMs` is waited after a change for others that follow it closely; 0 = not at all. */
  constructor(pauseMs = 0) {
    this.#pauseMs = pauseMs;
  }

  push(notification: McpNotification): void {
    const { method, params } = notification;
    const subject = stringMember(params, 'uri') ?? stringMember(params, 'taskId');
    const key = subject === undefined ? method : `${method} ${subject}`;
    if (this.#ended || this.#waiting.size >= WAITING_MAX) return;
    this.#waiting.set(key, notification);
    this.#wake?.();
  }

  /** What was pushed is still read, then the iteration ends. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** What was pushed is still read, then the iteration throws. */
  fail(error: unknown): void {
    if (!this.#ended) this.#error = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<McpNotification> {
    for (;;) {
      for (const [key, notification] of this.#waiting) {
        this.#waiting.delete(key);
        yield notification;
      }
      if (this.#waiting.size > 0) continue;
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#pauseMs > 0) await this.#pause();
    }
  }

  /** Waits for more; the end of the queue ends it. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#pauseMs);
      this.#wake = () => {
        if (!this.#ended) return;
        clearTimeout(timer);
        resolve();
      };
      this.#wake();
    });
  }
}

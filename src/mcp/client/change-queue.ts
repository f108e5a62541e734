import { stringMember } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpNotification } from '../message.ts';

/**
 * Change notifications on their way to one listener. Equal ones that nobody has read yet are one,
 * so that a chatty server costs neither memory nor attention.
 */
export class ChangeQueue implements AsyncIterable<McpNotification> {
  readonly #waiting = new Map<string, McpNotification>();
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  push(notification: McpNotification): void {
    const key = `${notification.method} ${stringMember(notification.params, 'uri')}`;
    if (this.#ended || this.#waiting.size >= limits.listenUrisMax + 3) return;
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
    }
  }
}

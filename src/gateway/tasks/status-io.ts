import type { Cancellation } from '../../kernel/cancellation.ts';
import type { ExchangeIo, McpNotification } from '../../mcp/message.ts';

/** The way back of a call that remembers how much progress was reported on it. */
export class StatusIo implements ExchangeIo {
  readonly cancellation: Cancellation;
  readonly deadlineMs: number;
  /** The highest progress reported so far. */
  progress = 0;
  readonly #client: ExchangeIo;

  constructor(client: ExchangeIo) {
    this.#client = client;
    this.cancellation = client.cancellation;
    this.deadlineMs = client.deadlineMs;
  }

  get notified(): number {
    return this.#client.notified;
  }

  notify(notification: McpNotification): Promise<void> | undefined {
    const { progress } = notification.params;
    const isProgress = notification.method === 'notifications/progress';
    if (isProgress && typeof progress === 'number') {
      this.progress = Math.max(this.progress, progress);
    }
    return this.#client.notify(notification);
  }
}

import type { Cancellation } from '../kernel/cancellation.ts';
import type { ExchangeIo, McpNotification } from '../mcp/message.ts';

/** The way back of an exchange whose result must be whole before any of it is sent. */
export class WholeIo implements ExchangeIo {
  readonly cancellation: Cancellation;
  readonly deadlineMs: number;
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
    return this.#client.notify(notification);
  }

  began(): void {
    this.#client.began?.();
  }
}

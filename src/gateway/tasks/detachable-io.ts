import { Cancellation } from '../../kernel/cancellation.ts';
import type { ExchangeIo, McpNotification } from '../../mcp/message.ts';

/** The way back of a call that may outlive the exchange it came with. */
export class DetachableIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs: number;
  readonly #client: ExchangeIo;
  readonly #unchain: () => void;
  /** Resolves when the service says that it works on as a task. */
  readonly hasBegun: Promise<void>;
  #begin: () => void = () => {};
  #told: ((notification: McpNotification) => void) | undefined;

  constructor(client: ExchangeIo) {
    this.#client = client;
    this.deadlineMs = client.deadlineMs;
    this.hasBegun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#unchain = client.cancellation.onCancel((reason) => this.cancellation.cancel(reason));
  }

  get notified(): number {
    return this.#client.notified;
  }

  notify(notification: McpNotification): Promise<void> | undefined {
    if (this.#told === undefined) return this.#client.notify(notification);
    this.#told(notification);
    return undefined;
  }

  get isDetached(): boolean {
    return this.#told !== undefined;
  }

  began(): void {
    this.#begin();
  }

  /** From here on the exchange may end without the call; notifications go to `told`. */
  detach(told: (notification: McpNotification) => void): void {
    this.#told = told;
    this.#unchain();
  }

  /** The call ended with its exchange. */
  release(): void {
    this.#unchain();
  }
}

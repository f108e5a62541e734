/** Sends `resources/subscribe` or `resources/unsubscribe` for one URI. */
export type SendWatch = (
  method: 'resources/subscribe' | 'resources/unsubscribe',
  uri: string,
) => Promise<void>;

/** The resources one session is subscribed to, for any number of listeners. */
export class ResourceWatch {
  readonly #counts = new Map<string, number>();
  readonly #send: SendWatch;

  constructor(send: SendWatch) {
    this.#send = send;
  }

  /** Subscribes when this is the first listener for the URI. */
  async add(uri: string): Promise<void> {
    const count = this.#counts.get(uri) ?? 0;
    this.#counts.set(uri, count + 1);
    if (count === 0) await this.#send('resources/subscribe', uri);
  }

  /** Unsubscribes when this was the last listener for the URI. */
  async remove(uri: string): Promise<void> {
    const count = this.#counts.get(uri) ?? 0;
    if (count > 1) {
      this.#counts.set(uri, count - 1);
      return;
    }
    this.#counts.delete(uri);
    if (count === 1) await this.#send('resources/unsubscribe', uri);
  }
}

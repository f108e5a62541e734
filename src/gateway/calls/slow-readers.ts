import { limits } from '../../kernel/limits.ts';

/** A client that leaves bytes unread. */
export interface SlowReader {
  /** Bytes that wait for it in this process; 0 once it is gone. */
  queuedBytes(): number;
  /** Ends its connection at once. */
  cut(): void;
}

/**
 * Bounds what all clients together leave unread in memory. Each of them has bounds of its own;
 * when their sum is too much all the same, whoever leaves most is cut first.
 */
export class SlowReaders {
  readonly #bytesMax: number;
  readonly #readers = new Set<SlowReader>();

  constructor(bytesMax: number = limits.unreadBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Takes note of a client that was just sent more than it reads; the same one counts once. */
  watch(reader: SlowReader): void {
    this.#readers.add(reader);
    let total = 0;
    const queued: { readonly reader: SlowReader; readonly bytes: number }[] = [];
    for (const one of this.#readers) {
      const bytes = one.queuedBytes();
      if (bytes === 0) this.#readers.delete(one);
      else queued.push({ reader: one, bytes });
      total += bytes;
    }
    if (total <= this.#bytesMax) return;
    for (const one of queued.toSorted((a, b) => b.bytes - a.bytes)) {
      if (total <= this.#bytesMax) return;
      this.#readers.delete(one.reader);
      one.reader.cut();
      total -= one.bytes;
    }
  }
}

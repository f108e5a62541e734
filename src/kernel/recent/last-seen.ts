/** What is remembered may be this long. */
const BYTES_MAX = 2048;

/**
 * Remembers what the last bytes were read as. On a kept connection the head of a message is often
 * the one before it, byte for byte; comparing costs a fraction of reading it again.
 */
export class LastSeen<Value> {
  #bytes: Buffer | undefined;
  #length = 0;
  #value: Value | undefined;

  /** What the first `length` bytes were read as, when they are the last ones again. */
  get(bytes: Buffer, length: number): Value | undefined {
    const last = this.#bytes;
    if (last === undefined || length !== this.#length) return undefined;
    return last.compare(bytes, 0, length, 0, length) === 0 ? this.#value : undefined;
  }

  /** Remembers what the first `length` bytes were read as; the value must not be changed later. */
  set(bytes: Buffer, length: number, value: Value): void {
    if (length > BYTES_MAX) return;
    if (this.#bytes === undefined || this.#bytes.length < length) {
      this.#bytes = Buffer.allocUnsafeSlow(length);
    }
    bytes.copy(this.#bytes, 0, 0, length);
    this.#length = length;
    this.#value = value;
  }
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a byte stream into lines; nothing is decoded, so characters may span chunks. */
export class LineSplitter {
  readonly #bytesMax: number;
  readonly #onLine: (line: Buffer) => void;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(bytesMax: number, onLine: (line: Buffer) => void) {
    this.#bytesMax = bytesMax;
    this.#onLine = onLine;
  }

  /** Takes a chunk. Returns false when a line is longer than allowed: the stream is unusable. */
  write(chunk: Buffer): boolean {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (this.#partBytes + piece.length > this.#bytesMax) {
        this.#parts = [];
        return false;
      }
      if (end === -1) {
        if (piece.length > 0) this.#parts.push(piece);
        this.#partBytes += piece.length;
        return true;
      }
      this.#emit(piece);
      start = end + 1;
    }
  }

  #emit(last: Buffer): void {
    const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partBytes = 0;
    const length = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    if (length > 0) this.#onLine(line.subarray(0, length));
  }
}

import { limits } from '../../kernel/limits.ts';
import type { CompleteOutcome, ExtensionOutcome } from '../../mcp/message.ts';

/** What a call may come to that is given again. */
export type RepeatableOutcome = CompleteOutcome | ExtensionOutcome;

interface Entry {
  readonly digest: string;
  readonly outcome: RepeatableOutcome;
  readonly bytes: number;
  readonly untilMs: number;
}

/** Results of calls with a key, for as long as they are given again; the oldest goes first. */
export class KeptResults {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #bytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(workId: string): Pick<Entry, 'digest' | 'outcome'> | undefined {
    const entry = this.#entries.get(workId);
    if (entry === undefined || entry.untilMs > this.#now()) return entry;
    this.#drop(workId, entry);
    return undefined;
  }

  /** Keeps a result, unless it alone is too large. */
  put(workId: string, digest: string, outcome: RepeatableOutcome): void {
    const bytes = outcome.result.bytes.length;
    if (bytes > limits.repeatedResultBytesMax) return;
    const before = this.#entries.get(workId);
    if (before !== undefined) this.#drop(workId, before);
    const untilMs = this.#now() + Math.min(limits.repeatedResultMs, lifeOf(outcome));
    this.#entries.set(workId, { digest, outcome, bytes, untilMs });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      const isWithin =
        this.#bytes <= limits.repeatedResultsBytesMax &&
        this.#entries.size <= limits.repeatedResultsMax &&
        entry.untilMs > this.#now();
      if (isWithin) return;
      this.#drop(oldest, entry);
    }
  }

  #drop(workId: string, entry: Entry): void {
    this.#entries.delete(workId);
    this.#bytes -= entry.bytes;
  }
}

/** A task that is gone helps nobody who asks for it. */
function lifeOf({ resultType, result }: RepeatableOutcome): number {
  const ttlMs = resultType === 'extension' ? result.member('ttlMs') : undefined;
  return typeof ttlMs === 'number' ? ttlMs : Infinity;
}

import type { BacklogSegment } from './backlog.ts';

/** What a line begins with that announces a call; a record's line begins with `[`. */
export const INTENT = '!';

const INTENT_BYTE = 0x21;
const INTENT_BEHIND = Buffer.from(`\n${INTENT}`);

/** An intent that no record has answered yet. */
interface OpenIntent {
  /** The record to be kept when there never is one, with its line end; in latin1. */
  readonly line: string;
  readonly segment: BacklogSegment;
}

/**
 * Calls that were announced in the log and whose records did not come yet, as far as the log was
 * read. Reading a part of it twice changes nothing.
 */
export class OpenIntents {
  readonly #open = new Map<string, OpenIntent>();

  /** Takes intents out of lines of a file; what remains are records, in their order. */
  sift(lines: Buffer, segment: BacklogSegment): Buffer {
    if (this.#open.size === 0 && !hasIntents(lines)) return lines;
    const records: string[] = [];
    // Byte by byte: ids and marks are ASCII, and everything else stays as it is.
    for (const line of lines.toString('latin1').split('\n')) {
      if (line === '') continue;
      if (line.startsWith(INTENT)) {
        const record = line.slice(INTENT.length);
        this.#open.set(idOf(record), { line: `${record}\n`, segment });
      } else {
        this.#open.delete(idOf(line));
        records.push(`${line}\n`);
      }
    }
    return Buffer.from(records.join(''), 'latin1');
  }

  /** Whether a file has the intent of a call that may still be answered. */
  isIn(segment: BacklogSegment): boolean {
    for (const intent of this.#open.values()) if (intent.segment === segment) return true;
    return false;
  }

  /** The records of calls that a process of before announced and never answered. */
  left(): Buffer {
    const lines = [...this.#open.values()].flatMap(({ segment, line }) =>
      segment.isLeft ? [line] : [],
    );
    return Buffer.from(lines.join(''), 'latin1');
  }

  /** Forgets those, once they are kept. */
  forgetLeft(): void {
    for (const [id, { segment }] of this.#open) if (segment.isLeft) this.#open.delete(id);
  }
}

function hasIntents(lines: Buffer): boolean {
  return lines[0] === INTENT_BYTE || lines.includes(INTENT_BEHIND);
}

/** A record's line is a JSON array whose first value is the id, which needs no escapes. */
function idOf(line: string): string {
  return line.slice(2, line.indexOf('"', 2));
}

import { createHash } from 'node:crypto';
import { limits } from '../../kernel/limits.ts';

const TAKEN = /^[a-zA-Z0-9_-]+$/;
const HASH_DIGITS = 8;

/**
 * The names of tools as every provider takes them (`^[a-zA-Z0-9_-]{1,64}$`), and the way back. A
 * name that is one already stays; another gets a digest, which is longer where two would meet. The
 * same names give the same table, whatever their order.
 */
export class ToolNames {
  readonly #sent = new Map<string, string>();
  readonly #meant = new Map<string, string>();

  constructor(names: Iterable<string>) {
    const all = [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
    const isPlain = (name: string): boolean =>
      TAKEN.test(name) && name.length <= limits.chatToolNameLengthMax;
    for (const name of all.filter(isPlain)) this.#add(name, name);
    for (const name of all.filter((one) => !isPlain(one))) {
      let digits = HASH_DIGITS;
      while (this.#meant.has(mangled(name, digits))) digits += 1;
      this.#add(name, mangled(name, digits));
    }
  }

  /** The name that a provider is told; also for one that is not in the table. */
  sent(name: string): string {
    return this.#sent.get(name) ?? (TAKEN.test(name) ? clipped(name) : mangled(name, HASH_DIGITS));
  }

  /** The public name behind what a model wrote; that itself when there is none. */
  meant(written: string): string {
    return this.#meant.get(written) ?? written;
  }

  #add(name: string, sent: string): void {
    this.#sent.set(name, sent);
    this.#meant.set(sent, name);
  }
}

function mangled(name: string, digits: number): string {
  const suffix = `_${createHash('sha256').update(name).digest('hex').slice(0, digits)}`;
  const safe = name.replaceAll(/[^a-zA-Z0-9_-]/gu, '_');
  return safe.slice(0, limits.chatToolNameLengthMax - suffix.length) + suffix;
}

function clipped(name: string): string {
  return name.length <= limits.chatToolNameLengthMax ? name : mangled(name, HASH_DIGITS);
}

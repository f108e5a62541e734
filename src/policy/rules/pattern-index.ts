import { matchesWildcard, readWildcard, type Wildcard } from '../../kernel/patterns/wildcard.ts';

interface Entry {
  readonly wildcard: Wildcard;
  readonly rule: number;
}

/** Entries by a text of so many characters that everything they match begins or ends with. */
type ByLength = Map<number, Map<string, Entry[]>>;

/**
 * Finds the patterns that match a text without trying all of them: by what a pattern begins with,
 * or ends with when it begins with `*`. Thousands of rules about other things cost nothing.
 */
export class PatternIndex {
  readonly #exact = new Map<string, number[]>();
  readonly #byStart: ByLength = new Map();
  readonly #byEnd: ByLength = new Map();
  /** Those that begin and end with `*`. */
  readonly #others: Entry[] = [];

  /** Adds a pattern of the rule of this number. */
  add(pattern: string, rule: number): void {
    const wildcard = readWildcard(pattern);
    if (wildcard.length === 1) {
      const rules = this.#exact.get(pattern);
      if (rules === undefined) this.#exact.set(pattern, [rule]);
      else rules.push(rule);
      return;
    }
    const start = wildcard[0] ?? '';
    const end = wildcard.at(-1) ?? '';
    if (start !== '') put(this.#byStart, start, { wildcard, rule });
    else if (end !== '') put(this.#byEnd, end, { wildcard, rule });
    else this.#others.push({ wildcard, rule });
  }

  /** Adds the number of every rule with a flag of which a pattern matches. */
  match(text: string, flags: Uint8Array, found: Set<number>): void {
    for (const rule of this.#exact.get(text) ?? []) if (flags[rule] === 1) found.add(rule);
    for (const [length, entries] of this.#byStart) {
      if (length <= text.length) tryAll(entries.get(text.slice(0, length)), text, flags, found);
    }
    for (const [length, entries] of this.#byEnd) {
      if (length <= text.length) tryAll(entries.get(text.slice(-length)), text, flags, found);
    }
    tryAll(this.#others, text, flags, found);
  }
}

function put(index: ByLength, literal: string, entry: Entry): void {
  let entries = index.get(literal.length);
  if (entries === undefined) index.set(literal.length, (entries = new Map<string, Entry[]>()));
  const list = entries.get(literal);
  if (list === undefined) entries.set(literal, [entry]);
  else list.push(entry);
}

/** Flags are looked at first: most rules that begin alike are about other callers. */
function tryAll(
  entries: readonly Entry[] | undefined,
  text: string,
  flags: Uint8Array,
  found: Set<number>,
): void {
  if (entries === undefined) return;
  for (const { wildcard, rule } of entries) {
    if (flags[rule] === 1 && matchesWildcard(wildcard, text)) found.add(rule);
  }
}

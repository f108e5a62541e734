import { matchesWildcard, readWildcard, type Wildcard } from '../../kernel/patterns/wildcard.ts';
import { NumbersByText } from './numbers-by-text.ts';

/** Patterns, by their numbers here, by a text of so many characters that they begin or end with. */
type ByLength = Map<number, NumbersByText>;

/**
 * Finds the patterns that match a text without trying all of them: by what a pattern begins with,
 * or ends with when it begins with `*`. Thousands of rules about other things cost nothing, and
 * next to no memory: what they take is marked again and again by the garbage collector.
 */
export class PatternIndex {
  readonly #exact = new NumbersByText();
  readonly #byStart: ByLength = new Map();
  readonly #byEnd: ByLength = new Map();
  /** Those that begin and end with `*`. */
  readonly #others: number[] = [];
  /** Patterns that are not exact, and the rules that have them. */
  readonly #patterns: string[] = [];
  readonly #rules: number[] = [];
  /** Patterns that were tried. */
  readonly #wildcards = new Map<number, Wildcard>();

  /** Adds a pattern of the rule of this number. */
  add(pattern: string, rule: number): void {
    const first = pattern.indexOf('*');
    if (first === -1) return this.#exact.add(pattern, rule);
    const number = this.#patterns.push(pattern) - 1;
    this.#rules.push(rule);
    const end = pattern.slice(pattern.lastIndexOf('*') + 1);
    if (first > 0) put(this.#byStart, pattern.slice(0, first), number);
    else if (end !== '') put(this.#byEnd, end, number);
    else this.#others.push(number);
  }

  /** Adds the number of every rule with a flag of which a pattern matches. */
  match(text: string, flags: Uint8Array, found: Set<number>): void {
    this.#exact.visit(text, (rule) => {
      if (flags[rule] === 1) found.add(rule);
    });
    // Flags are looked at first: most rules that begin alike are about other callers.
    const attempt = (number: number): void => {
      const rule = this.#rules[number] ?? 0;
      if (flags[rule] === 1 && matchesWildcard(this.#wildcardOf(number), text)) found.add(rule);
    };
    for (const [length, numbers] of this.#byStart) {
      if (length <= text.length) numbers.visit(text.slice(0, length), attempt);
    }
    for (const [length, numbers] of this.#byEnd) {
      if (length <= text.length) numbers.visit(text.slice(-length), attempt);
    }
    for (const number of this.#others) attempt(number);
  }

  #wildcardOf(number: number): Wildcard {
    let wildcard = this.#wildcards.get(number);
    if (wildcard === undefined) {
      wildcard = readWildcard(this.#patterns[number] ?? '');
      this.#wildcards.set(number, wildcard);
    }
    return wildcard;
  }
}

function put(index: ByLength, literal: string, number: number): void {
  let numbers = index.get(literal.length);
  if (numbers === undefined) index.set(literal.length, (numbers = new NumbersByText()));
  numbers.add(literal, number);
}

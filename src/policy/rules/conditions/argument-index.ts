import { digitsOf } from '../../../kernel/json-digits.ts';
import { isDecimal } from './compare-decimals.ts';
import type { FoundBy } from './condition-keys.ts';
import { followPointer, type Found } from './read-pointer.ts';

type Numbers = readonly number[];

/** Rules by a bound, the lowest first. */
type Bounds = { readonly bound: number; readonly rule: number }[];

/** Called with the number of a rule that has to be asked, maybe repeatedly. */
export type Visit = (rule: number) => void;

/**
 * The rules that look at one argument. For a value it names those that have to be asked: all whose
 * condition may hold, and, where what cannot be told counts, all that cannot be told.
 */
export class ArgumentIndex {
  readonly steps: readonly string[];
  /** Those to be asked where the argument is missing. */
  readonly absent: number[] = [];
  readonly #countsUnknown: boolean;
  readonly #present: number[] = [];
  /** Those of conditions on values, for values of types that are not looked up. */
  readonly #every: number[] = [];
  readonly #byText = new Map<string, number[]>();
  readonly #byStart = new Map<number, Map<string, number[]>>();
  readonly #unknownOfText: number[] = [];
  readonly #byNumber = new Map<number, number[]>();
  readonly #above: Bounds = [];
  readonly #below: Bounds = [];
  readonly #unknownOfNumber: number[] = [];

  constructor(steps: readonly string[], countsUnknown: boolean) {
    this.steps = steps;
    this.#countsUnknown = countsUnknown;
  }

  add({ key, isPresenceAsked }: FoundBy, rule: number): void {
    if (key.kind === 'present') {
      this.#present.push(rule);
      return;
    }
    if (key.kind === 'absent') {
      this.absent.push(rule);
      return;
    }
    this.#every.push(rule);
    if (this.#countsUnknown && !isPresenceAsked) this.absent.push(rule);
    let knowsTexts = key.kind === 'start';
    let knowsNumbers = key.kind === 'above' || key.kind === 'below';
    if (key.kind === 'values') {
      for (const text of key.texts) put(this.#byText, text, rule);
      for (const number of key.numbers) put(this.#byNumber, number, rule);
      knowsTexts = key.texts.length > 0;
      knowsNumbers = key.numbers.length > 0;
    }
    if (key.kind === 'start') this.#addStart(key.text, rule);
    if (key.kind === 'above') this.#above.push({ bound: key.bound, rule });
    if (key.kind === 'below') this.#below.push({ bound: key.bound, rule });
    if (!this.#countsUnknown) return;
    if (!knowsTexts) this.#unknownOfText.push(rule);
    if (!knowsNumbers) this.#unknownOfNumber.push(rule);
  }

  /** To be called once, when all were added. */
  sort(): void {
    this.#above.sort((one, other) => one.bound - other.bound);
    this.#below.sort((one, other) => one.bound - other.bound);
  }

  match(args: object, visit: Visit): void {
    const found = followPointer(args, this.steps);
    if (found === undefined) {
      visitAll(this.absent, visit);
      return;
    }
    visitAll(this.#present, visit);
    if (typeof found.value === 'string') this.#matchText(found.value, visit);
    else if (isPlainNumber(found)) this.#matchNumber(found.value as number, visit);
    else visitAll(this.#every, visit);
  }

  #addStart(text: string, rule: number): void {
    let starts = this.#byStart.get(text.length);
    if (starts === undefined)
      this.#byStart.set(text.length, (starts = new Map<string, number[]>()));
    put(starts, text, rule);
  }

  #matchText(text: string, visit: Visit): void {
    visitAll(this.#byText.get(text), visit);
    for (const [length, starts] of this.#byStart) {
      if (length <= text.length) visitAll(starts.get(text.slice(0, length)), visit);
    }
    visitAll(this.#unknownOfText, visit);
  }

  #matchNumber(value: number, visit: Visit): void {
    visitAll(this.#byNumber.get(value), visit);
    // A bound that is rounded to the very value may lie on either side of it.
    for (let at = 0; at < this.#above.length; at++) {
      const { bound, rule } = this.#above[at] as Bounds[number];
      if (bound > value) break;
      visit(rule);
    }
    for (let at = this.#below.length - 1; at >= 0; at--) {
      const { bound, rule } = this.#below[at] as Bounds[number];
      if (bound < value) break;
      visit(rule);
    }
    visitAll(this.#unknownOfNumber, visit);
  }
}

/** A number whose digits can be compared; of others nothing can be told. */
function isPlainNumber({ holder, key, value }: Found): boolean {
  if (typeof value !== 'number') return false;
  const digits = digitsOf(holder, key);
  return digits === undefined ? Number.isFinite(value) : isDecimal(digits);
}

function put<Key>(index: Map<Key, number[]>, key: Key, rule: number): void {
  const rules = index.get(key);
  if (rules === undefined) index.set(key, [rule]);
  else rules.push(rule);
}

function visitAll(rules: Numbers | undefined, visit: Visit): void {
  if (rules !== undefined) for (const rule of rules) visit(rule);
}

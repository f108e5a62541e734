import type { Json } from '../../kernel/json.ts';

/** One step of a path; `deep` looks below the node too. */
export interface Step {
  readonly deep: boolean;
  readonly selectors: readonly Selector[];
}

/** A key, an index, everything, or what a filter lets through. */
export type Selector = string | number | { readonly kind: 'all' } | Filter;

const ALL = { kind: 'all' } as const;

/** A test of a child. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'exists'; readonly operand: Operand }
  | {
      readonly kind: 'compare';
      readonly sign: string;
      readonly left: Operand;
      readonly right: Operand;
    };

/** One side of a comparison. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: Json }
  | {
      readonly kind: 'path';
      /** True when it starts at the root (`$`), and not at the node that is tested (`@`). */
      readonly fromRoot: boolean;
      readonly keys: readonly (string | number)[];
    };

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const NUMBER = /-?\d+(?:\.\d+)?/y;
const NESTING_MAX = 20;

/** Reads a JSONPath. Throws SyntaxError. */
export function parseJsonPath(path: string): readonly Step[] {
  return new PathReader(path).steps();
}

/** Reads the test of a filter on its own. Throws SyntaxError. */
export function parseFilter(text: string): Filter {
  return new PathReader(text).filter();
}

/** Reads a path from left to right. */
class PathReader {
  readonly #text: string;
  #at = 0;
  #nesting = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  steps(): readonly Step[] {
    this.#expect('$');
    const steps: Step[] = [];
    while (this.#at < this.#text.length) steps.push(this.#step());
    return steps;
  }

  filter(): Filter {
    const filter = this.#or();
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong();
    return filter;
  }

  #step(): Step {
    const deep = this.#take('..');
    if (this.#take('[')) return { deep, selectors: this.#selectors() };
    if (!deep) this.#expect('.');
    if (this.#take('*')) return { deep, selectors: [ALL] };
    return { deep, selectors: [this.#name()] };
  }

  #selectors(): readonly Selector[] {
    const selectors: Selector[] = [];
    do selectors.push(this.#selector());
    while (this.#take(','));
    this.#expect(']');
    return selectors;
  }

  #selector(): Selector {
    if (this.#take('*')) return ALL;
    if (this.#take('?')) return this.#or();
    return this.#key();
  }

  #key(): string | number {
    this.#space();
    const quote = this.#text[this.#at];
    if (quote === "'" || quote === '"') return this.#quoted(quote);
    const number = this.#match(NUMBER);
    if (number === undefined || !/^-?\d+$/.test(number)) throw this.#wrong();
    return Number(number);
  }

  #or(): Filter {
    if (++this.#nesting > NESTING_MAX) throw this.#wrong();
    const parts = [this.#and()];
    while (this.#take('||')) parts.push(this.#and());
    this.#nesting -= 1;
    return { kind: 'or', parts };
  }

  #and(): Filter {
    const parts = [this.#test()];
    while (this.#take('&&')) parts.push(this.#test());
    return { kind: 'and', parts };
  }

  #test(): Filter {
    if (this.#take('!')) {
      if (++this.#nesting > NESTING_MAX) throw this.#wrong();
      const part = this.#test();
      this.#nesting -= 1;
      return { kind: 'not', part };
    }
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const left = this.#operand();
    const sign = ['==', '!=', '<=', '>=', '<', '>'].find((one) => this.#take(one));
    if (sign === undefined) return { kind: 'exists', operand: left };
    return { kind: 'compare', sign, left, right: this.#operand() };
  }

  #operand(): Operand {
    this.#space();
    for (const start of ['@', '$']) {
      if (!this.#take(start)) continue;
      return { kind: 'path', fromRoot: start === '$', keys: this.#keys() };
    }
    const quote = this.#text[this.#at];
    if (quote === "'" || quote === '"') return { kind: 'literal', value: this.#quoted(quote) };
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'literal', value: Number(number) };
    for (const value of [true, false, null]) {
      if (this.#take(String(value))) return { kind: 'literal', value };
    }
    throw this.#wrong();
  }

  #keys(): readonly (string | number)[] {
    const keys: (string | number)[] = [];
    for (;;) {
      if (this.#text[this.#at] === '.') {
        this.#at += 1;
        keys.push(this.#name());
      } else if (this.#text[this.#at] === '[') {
        this.#at += 1;
        keys.push(this.#key());
        this.#expect(']');
      } else return keys;
    }
  }

  #name(): string {
    const name = this.#match(NAME);
    if (name === undefined) throw this.#wrong();
    return name;
  }

  #quoted(quote: string): string {
    let text = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === quote) {
        this.#at += 1;
        return text;
      }
      if (character === '\\') this.#at += 1;
      text += this.#text[this.#at] ?? '';
    }
    throw this.#wrong();
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, pattern.flags);
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#wrong();
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`it is not understood from character ${this.#at + 1} on`);
  }
}

/** The longest beginning of a mark that may still become one: `[t` and some digits. */
const OPEN = /\[t?\d{0,6}$/;
const MARK = /\[(t\d{1,6})\]/g;

/**
 * Takes marks of calls that were never made out of a model's text while it streams. Only what could
 * still become a mark waits for more.
 */
export class CitationFilter {
  readonly #known: ReadonlySet<string>;
  #waiting = '';
  /** How many were taken out. */
  removed = 0;

  /** `known` are the marks of real calls, such as `t3`. */
  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** What can be shown now. */
  push(text: string): string {
    const whole = this.#waiting + text;
    const open = OPEN.exec(whole)?.index ?? whole.length;
    this.#waiting = whole.slice(open);
    return this.#without(whole.slice(0, open));
  }

  /** What is left when the text is over. */
  end(): string {
    const rest = this.#waiting;
    this.#waiting = '';
    return this.#without(rest);
  }

  #without(text: string): string {
    return text.replaceAll(MARK, (written, mark: string) => {
      if (this.#known.has(mark)) return written;
      this.removed += 1;
      return '';
    });
  }
}

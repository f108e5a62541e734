/**
 * Numbers of rules by a text, for thousands of texts of which nearly every one has a single rule:
 * such a one is kept without a list of its own.
 */
export class NumbersByText {
  readonly #numbers = new Map<string, number | number[]>();

  add(text: string, number: number): void {
    const known = this.#numbers.get(text);
    if (known === undefined) this.#numbers.set(text, number);
    else if (typeof known === 'number') this.#numbers.set(text, [known, number]);
    else known.push(number);
  }

  /** Visits the numbers of a text in the order in which they were added. */
  visit(text: string, see: (number: number) => void): void {
    const known = this.#numbers.get(text);
    if (known === undefined) return;
    if (typeof known === 'number') see(known);
    else for (const number of known) see(number);
  }
}

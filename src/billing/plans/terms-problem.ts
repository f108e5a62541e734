/** What is wrong with terms, where, and what would put it right. */
export interface TermsProblem {
  /** As in `rules[3].price.tiers[1].upTo`. */
  readonly field: string;
  readonly problem: string;
  readonly fix: string;
}

/** A scenario that is known not to be reached. */
export interface KnownMiss {
  readonly document: string;
  readonly scenario: string;
  /** Why: a guard that refuses on purpose, or something the server does not do as it says. */
  readonly reason: string;
}

/** Every scenario that is not reached; the test fails when one is missing or reached after all. */
export const knownMisses: readonly KnownMiss[] = [
  {
    document: 'media_types',
    scenario: 'MediaTypePdf',
    reason: 'A tool offers one media type per operation, and JSON goes before PDF.',
  },
];

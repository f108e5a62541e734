/** How long and how often everything is measured. */
export interface Depth {
  readonly mode: 'full' | 'quick';
  readonly rounds: number;
  readonly windowMs: number;
  readonly aloneRounds: number;
  readonly aloneWindowMs: number;
  /** Share of a scenario's warm-up requests that are really sent. */
  readonly warmupShare: number;
}

/** Figures worth comparing. */
export const FULL_DEPTH: Depth = {
  mode: 'full',
  rounds: 6,
  windowMs: 1000,
  aloneRounds: 4,
  aloneWindowMs: 400,
  warmupShare: 1,
};

/** Shows within seconds that everything works; its figures are those of cold code. */
export const QUICK_DEPTH: Depth = {
  mode: 'quick',
  rounds: 2,
  windowMs: 300,
  aloneRounds: 1,
  aloneWindowMs: 150,
  warmupShare: 0.02,
};

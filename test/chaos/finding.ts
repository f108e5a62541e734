/** One thing that was measured, and the bound it has to keep. */
export interface Finding {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
  /** Whether the bound is the most or the least that is allowed. */
  readonly kind: 'at most' | 'at least';
}

/** How much a scenario does. */
export type Scale = 'full' | 'smoke';

/** A scenario: it puts the gateway into trouble and measures what comes of it. */
export interface Scenario {
  readonly name: string;
  /** Why it cannot be run here, when it cannot. */
  readonly missing?: string;
  run(scale: Scale): Promise<readonly Finding[]>;
}

/** A finding with an upper bound. */
export function atMost(what: string, measured: number, bound: number): Finding {
  return { what, measured, bound, kind: 'at most' };
}

/** A finding with a lower bound. */
export function atLeast(what: string, measured: number, bound: number): Finding {
  return { what, measured, bound, kind: 'at least' };
}

/** True when the bound is kept; a figure that is none keeps no bound. */
export function isKept({ measured, bound, kind }: Finding): boolean {
  return kind === 'at most' ? measured <= bound : measured >= bound;
}

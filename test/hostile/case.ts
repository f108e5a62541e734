import type { World } from './world/open-world.ts';

/** One numbered attack and what must come of it. */
export interface HostileCase {
  /** Group and number, with a letter where one row has several inputs: `D19b`. */
  readonly id: string;
  /** What is sent. */
  readonly title: string;
  /** What must come of it, in words. */
  readonly expected: string;
  /** Sends it; throws when something else comes of it. Absent when there is nothing to attack. */
  readonly run?: (world: World) => Promise<void>;
  /** Why it is not run. */
  readonly missing?: string;
  /** What the process may hold for a while longer than before, when the case means it to. */
  readonly settleMs?: number;
}

/** The cases of one letter, with a heading. */
export interface HostileGroup {
  readonly heading: string;
  readonly cases: readonly HostileCase[];
}

/** A case whose object the gateway does not have. */
export function missing(id: string, title: string, reason: string): HostileCase {
  return { id, title, expected: '', missing: reason };
}

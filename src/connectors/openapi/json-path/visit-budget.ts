import type { Json } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

/** What one evaluation of a path may still look at. */
export interface VisitBudget {
  /** Throws RangeError when nothing is left. */
  spend(visits: number): void;
  /** Spends the size of a value: what comparing it costs at most. */
  spendOn(value: unknown): void;
}

const CHARACTERS_PER_VISIT = 64;

/** Makes the budget of one evaluation: `jsonPathVisitsMax` values. */
export function createVisitBudget(visitsMax: number = limits.jsonPathVisitsMax): VisitBudget {
  let left = visitsMax;
  const spend = (visits: number): void => {
    left -= visits;
    if (left < 0) throw new RangeError('it looks at too much');
  };
  return {
    spend,
    spendOn(value) {
      const open = [value];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        spend(typeof next === 'string' ? 1 + next.length / CHARACTERS_PER_VISIT : 1);
        if (typeof next !== 'object' || next === null) continue;
        for (const inner of Object.values(next as Readonly<Record<string, Json>>)) open.push(inner);
      }
    },
  };
}

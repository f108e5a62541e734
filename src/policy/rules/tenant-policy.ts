import { createHash } from 'node:crypto';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import type { PolicySettings } from '../store.ts';
import { Restriction } from './restriction.ts';
import type { RuleSegment } from './rule-segment.ts';
import { callerNames } from './subject-index.ts';

/** The rules of a tenant that hold now, read once; replaced as a whole when one changes. */
export class TenantPolicy {
  readonly segments: readonly RuleSegment[];
  readonly #serial: number;
  readonly #mode: PolicySettings['mode'];
  readonly #restrictions = new RecentMap<string, Restriction>(limits.viewsPerSnapshotMax);

  /** `serial` tells this reading of the rules from every other one. */
  constructor(segments: readonly RuleSegment[], mode: PolicySettings['mode'], serial: number) {
    this.segments = segments;
    this.#serial = serial;
    this.#mode = mode;
  }

  /** What the rules take away from a caller; undefined for nothing. */
  restrictionOf(principal: Principal): Restriction | undefined {
    const names = callerNames(principal);
    const parts = this.segments.map(({ index, subjects }) => ({
      index,
      flags: subjects.of(names),
    }));
    const isTouched =
      this.#mode === 'deny-by-default' ||
      parts.some(({ index, flags }) =>
        index.rules.some(({ effect }, at) => effect === 'deny' && flags[at] === 1),
      );
    if (!isTouched) return undefined;
    const hash = createHash('sha256');
    for (const { flags } of parts) hash.update(flags);
    const digest = `${this.#serial}:${hash.digest('base64url')}`;
    let restriction = this.#restrictions.get(digest);
    if (restriction === undefined) {
      restriction = new Restriction(digest, parts, this.#mode);
      this.#restrictions.set(digest, restriction);
    }
    return restriction;
  }
}

import { createHash } from 'node:crypto';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent-map.ts';
import type { PolicyRule, PolicySettings } from '../store.ts';
import { compileRule } from './compile-rule.ts';
import { Restriction } from './restriction.ts';
import { RuleIndex } from './rule-index.ts';
import { callerNames, SubjectIndex } from './subject-index.ts';

/** The rules of a tenant that hold now, read once; replaced as a whole when one changes. */
export class TenantPolicy {
  readonly #serial: number;
  readonly #mode: PolicySettings['mode'];
  readonly #index: RuleIndex;
  readonly #subjects: SubjectIndex;
  readonly #restrictions = new RecentMap<string, Restriction>(limits.viewsPerSnapshotMax);

  /** `serial` tells this reading of the rules from every other one. */
  constructor(rules: readonly PolicyRule[], mode: PolicySettings['mode'], serial: number) {
    this.#serial = serial;
    this.#mode = mode;
    this.#index = new RuleIndex(rules.map(compileRule));
    this.#subjects = new SubjectIndex(rules);
  }

  /** What the rules take away from a caller; undefined for nothing. */
  restrictionOf(principal: Principal): Restriction | undefined {
    const flags = this.#subjects.of(callerNames(principal));
    const { rules } = this.#index;
    const isTouched =
      this.#mode === 'deny-by-default' ||
      rules.some(({ isDeny }, number) => isDeny && flags[number] === 1);
    if (!isTouched) return undefined;
    const digest = `${this.#serial}:${createHash('sha256').update(flags).digest('base64url')}`;
    let restriction = this.#restrictions.get(digest);
    if (restriction === undefined) {
      restriction = new Restriction(digest, this.#index, flags, this.#mode);
      this.#restrictions.set(digest, restriction);
    }
    return restriction;
  }
}

/** The bounds of rules and of counting; a part of `limits`. */
export const policyLimits = {
  /** Rules of one tenant, those made at once; conditions, subjects and patterns of one list. */
  policyRulesPerTenantMax: 10_000,
  policyRulesAtOnceMax: 500,
  policyConditionsMax: 20,
  policySubjectsMax: 200,
  policyPatternsMax: 50,
  /** Values of one condition, and the length of one. */
  policyValuesMax: 200,
  policyValueLengthMax: 1_024,
  /** A JSON pointer of a condition. */
  policyPointerLengthMax: 256,
  /** A regular expression of a condition, and the longest text that it judges. */
  policyPatternLengthMax: 256,
  policyTextCharactersMax: 8_192,
  /** Roles, services or tools that have bounds of their own. */
  namedBoundsMax: 500,
  /** Keys, services and tools whose requests are counted at once. */
  countersMax: 100_000,
  /** How often it is looked how late the event loop is, and when whoever was refused may retry. */
  loadLookMs: 500,
  overloadRetryMs: 2_000,
  /** The longest time after which rules with a window are looked at again. */
  policyWindowLookMs: 60_000,
} as const;

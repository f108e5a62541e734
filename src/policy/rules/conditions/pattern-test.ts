import { createRequire } from 'node:module';
import type * as Re2 from 're2js';
import { limits } from '../../../kernel/limits.ts';
import type { Verdict } from './verdict.ts';

const require = createRequire(import.meta.url);

/**
 * Tells whether a whole text matches a regular expression, in time linear to the text whoever wrote
 * either; undefined for a text that is too long to be judged. Undefined for what is not RE2.
 */
export function patternTest(pattern: string): ((text: string) => Verdict) | undefined {
  if (pattern.length > limits.policyPatternLengthMax) return undefined;
  // Loaded for the first pattern: a start does not wait for it.
  const { RE2JS, RE2JSException } = require('re2js') as typeof Re2;
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) =>
      text.length > limits.policyTextCharactersMax ? undefined : compiled.matches(text);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

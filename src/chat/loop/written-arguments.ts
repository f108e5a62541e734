import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';

/**
 * The arguments that a model wrote, fit to be looked at: of those that are nested deeper than
 * `jsonDepthMax` only a word is left, which no schema of a tool takes.
 */
export function writtenArguments(input: unknown): Json {
  const value = (input ?? {}) as Json;
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepthMax) return `(nested deeper than ${limits.jsonDepthMax})`;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? (Object.values(one) as readonly unknown[]) : [],
    );
  }
  return value;
}

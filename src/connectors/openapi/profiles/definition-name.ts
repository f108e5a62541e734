import type { JsonObject } from '../../../kernel/json.ts';

/** The name of the definition that a schema refers to, or undefined when it refers to none. */
export function definitionName({ $ref: reference }: JsonObject): string | undefined {
  return typeof reference === 'string' ? /^#\/\$defs\/(.+)$/.exec(reference)?.[1] : undefined;
}

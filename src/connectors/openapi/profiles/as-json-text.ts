import type { JsonObject } from '../../../kernel/json.ts';

/** A schema for a value that a profile cannot describe: it is given as JSON text. */
export function asJsonText(description: string | undefined, nullable = false): JsonObject {
  const words = description === undefined ? '' : `${description} `;
  return {
    type: nullable ? ['string', 'null'] : 'string',
    description: `${words}(JSON text)`,
  };
}

/** `{ description }`, or nothing when there is none. */
export function described(description: string | undefined): JsonObject {
  return description === undefined ? {} : { description };
}

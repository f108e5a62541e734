import type { Json } from '../../../kernel/json.ts';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';

/** Models sometimes give a structure as JSON text; it is taken for what the schema means. */
export function readJsonText(
  value: Json,
  acceptsText: boolean,
  parse: (text: string) => Json = parseExactJson,
): Json {
  if (typeof value !== 'string' || acceptsText || !/^\s*[[{]/.test(value)) return value;
  try {
    return parse(value);
  } catch {
    return value;
  }
}

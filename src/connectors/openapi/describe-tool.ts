import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { cleanText, shorten } from './clean-text.ts';
import type { OperationSource } from './model.ts';

const TITLE_CHARACTERS = 120;

/** Title and description of the tool; an undocumented operation is described by its request. */
export function describeTool(source: OperationSource): {
  readonly title?: string;
  readonly description: string;
} {
  const summary = cleanText(source.summary ?? '', limits.toolDescriptionCharactersMax);
  const details = cleanText(source.description ?? '', limits.toolDescriptionCharactersMax);
  const repeats = details.toLowerCase().startsWith(summary.toLowerCase());
  const words = [source.deprecated ? 'Deprecated.' : '', repeats ? '' : summary, details]
    .filter((part) => part !== '')
    .join('\n');
  const description = words === '' ? source.id : words;
  const title = summary === '' || summary.length > TITLE_CHARACTERS ? {} : { title: summary };
  return { ...title, description: shorten(description, limits.toolDescriptionCharactersMax) };
}

/** What the HTTP method promises (RFC 9110 §9.2; QUERY is safe by its definition). */
export function toolAnnotations(method: string): JsonObject {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'QUERY':
    case 'OPTIONS':
    case 'TRACE':
      return { readOnlyHint: true };
    case 'PUT':
      return { idempotentHint: true };
    case 'DELETE':
      return { destructiveHint: true, idempotentHint: true };
    default:
      return {};
  }
}

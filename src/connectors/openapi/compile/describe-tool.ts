import type { JsonObject } from '../../../kernel/json.ts';
import { cleanText, shorten } from '../text/clean-text.ts';
import type { OperationSource } from '../model/operation-source.ts';

/** The tool's description; an undocumented operation is described by its request. */
export function describeTool(source: OperationSource, charactersMax: number): string {
  const summary = cleanText(source.summary ?? '', charactersMax);
  const details = cleanText(source.description ?? '', charactersMax);
  const repeats = details.toLowerCase().startsWith(summary.toLowerCase());
  const words = [source.deprecated ? 'Deprecated.' : '', repeats ? '' : summary, details]
    .filter((part) => part !== '')
    .join('\n');
  return shorten(words === '' ? source.id : words, charactersMax);
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

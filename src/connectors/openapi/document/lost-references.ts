import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { SourceDocument } from './source-document.ts';

/** Follows a value of an operation; what leads nowhere is a diagnostic that says what it was. */
export type LostReferences = (what: string, value: Json | undefined) => JsonObject | undefined;

/** Makes the function for one operation. */
export function lostReferences(document: SourceDocument, operation: string): LostReferences {
  return (what, value) => {
    const found = document.follow(value);
    const reference = isJsonObject(value) ? value['$ref'] : undefined;
    if (found !== undefined || reference === undefined) return found;
    document.report({
      severity: 'warning',
      code: 'unresolved_reference',
      operation,
      text: `In ${operation}, the ${what} ${JSON.stringify(reference)} leads nowhere.`,
    });
    return undefined;
  };
}

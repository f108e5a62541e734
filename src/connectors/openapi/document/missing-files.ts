import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Diagnostic } from '../model/compiled-document.ts';

const DATA = new Set(['example', 'examples', 'default', 'enum', 'const', 'mapping']);
const REPORTED_MAX = 20;

/** The files and addresses that references lead to and nobody gave, each with the fix. */
export function missingFiles(root: JsonObject): readonly Diagnostic[] {
  const places = new Set<string>();
  const known = new Set<string>();
  const visit = (value: Json | undefined, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > limits.documentDepthMax) return;
    for (const [key, inner] of Object.entries(value as JsonObject)) {
      if (typeof inner === 'string') {
        if (key === '$ref') places.add(inner.split('#', 1)[0] ?? '');
        else if (key === '$id' || key === '$self') known.add(inner.replace(/#$/, ''));
      } else if (!DATA.has(key) || isJsonObject(inner)) visit(inner, depth + 1);
    }
  };
  visit(root, 0);
  return [...places]
    .filter((place) => /[./]/.test(place) && !known.has(place))
    .slice(0, REPORTED_MAX)
    .map((place) => ({ severity: 'warning', code: 'missing_file', text: textOf(place) }));
}

function textOf(place: string): string {
  const path = place.replace(/^\.\//, '').slice(0, 300);
  return /^https?:/i.test(path)
    ? `References lead to "${path}", which is never fetched; give it in "files" under this address.`
    : `References lead to the file "${path}", which was not given; add it to "files" by this path.`;
}

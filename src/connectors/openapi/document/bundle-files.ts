import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const HOLDER = 'x-bundled-files';

/** Members whose references are data, not references. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);
/** Members that hold values by names of the document's choice. */
const NAMED = new Set(
  (
    'properties patternProperties dependentSchemas $defs definitions schemas responses ' +
    'parameters headers requestBodies securitySchemes ' +
    'links callbacks pathItems paths webhooks content ' +
    'encoding additionalOperations x-ms-paths'
  ).split(' '),
);

/**
 * Puts further files of a document under one extension of it and points references there, so
 * that everything after sees a single document. Nothing is read from anywhere: a reference to a
 * file that was not given stays as it is and leads nowhere.
 */
export function bundleFiles(root: JsonObject, files: Readonly<Record<string, Json>>): JsonObject {
  const byPath = new Map(Object.entries(files).map(([path, file]) => [normal('', path), file]));
  if (byPath.size === 0) return root;
  const bundled = [...byPath].map(
    ([path, file]) => [path, rewrite(file, path, byPath, 0)] as const,
  );
  const main = rewrite(root, '', byPath, 0);
  return { ...(main as JsonObject), [HOLDER]: Object.fromEntries(bundled) };
}

function rewrite(
  value: Json,
  file: string,
  files: ReadonlyMap<string, Json>,
  depth: number,
  areNames = false,
): Json {
  if (typeof value !== 'object' || value === null || depth > limits.documentDepthMax) return value;
  if (Array.isArray(value)) {
    return value.map((item: Json) => rewrite(item, file, files, depth + 1));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => {
    if (key === '$ref' && typeof inner === 'string') return [key, located(inner, file, files)];
    const holdsNames = !areNames && NAMED.has(key);
    const data = !areNames && !holdsNames && (DATA.has(key) || key.startsWith('x-'));
    return [key, data ? inner : rewrite(inner, file, files, depth + 1, holdsNames)];
  });
  return Object.fromEntries(entries);
}

function located(reference: string, file: string, files: ReadonlyMap<string, Json>): string {
  const hash = reference.indexOf('#');
  const path = hash === -1 ? reference : reference.slice(0, hash);
  const pointer = hash === -1 ? '' : reference.slice(hash + 1);
  const target = path === '' ? file : normal(file, path);
  if (target === '') return reference;
  if (!files.has(target)) return reference;
  const token = target.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('%', '%25');
  return `#/${HOLDER}/${token}${pointer}`;
}

/** A path relative to the folder of another file, without `.` and `..`. */
function normal(from: string, path: string): string {
  const folder = from.split('/').slice(0, -1);
  const parts: string[] = [];
  for (const part of [...(path.startsWith('/') ? [] : folder), ...path.split('/')]) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

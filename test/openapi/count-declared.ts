import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';

/** A parameter as the document declares it, bodies of 2.0 not counted. */
export interface DeclaredParameter {
  readonly name: string;
  readonly location: string;
  readonly enumerated: boolean;
}

/** An operation as the document declares it. */
export interface DeclaredOperation {
  readonly id: string;
  /** Its operationId and summary, of which converters make names. */
  readonly called: readonly string[];
  readonly parameters: readonly DeclaredParameter[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** Counts what a document declares, on its own and without the engine's readers. */
export function countDeclared(root: JsonObject): readonly DeclaredOperation[] {
  const declared: DeclaredOperation[] = [];
  const paths = ['paths', 'x-ms-paths'].flatMap((key) =>
    isJsonObject(root[key]) ? Object.entries(root[key]) : [],
  );
  for (const [path, value] of paths) {
    if (path.startsWith('x-')) continue;
    const item = { ...follow(root, value), ...(isJsonObject(value) ? value : {}) };
    const extra = isJsonObject(item['additionalOperations']) ? item['additionalOperations'] : {};
    const operations = [
      ...METHODS.filter((method) => item[method] !== undefined).map(
        (method) => [method.toUpperCase(), item[method]] as const,
      ),
      ...Object.entries(extra),
    ];
    for (const [method, object] of operations) {
      const operation = follow(root, object);
      if (operation === undefined) continue;
      const byKey = new Map<string, DeclaredParameter>();
      for (const list of [item['parameters'], operation['parameters']]) {
        if (!Array.isArray(list)) continue;
        for (const entry of list as readonly Json[]) {
          const parameter = follow(root, entry);
          if (parameter === undefined || parameter['in'] === 'body') continue;
          const { name, in: location } = parameter as { name: string; in: string };
          const schema = follow(root, parameter['schema']) ?? parameter;
          byKey.set(`${location} ${name}`, {
            name,
            location,
            enumerated: Array.isArray(schema['enum']),
          });
        }
      }
      const called = [operation['operationId'], operation['summary']].filter(
        (text) => typeof text === 'string',
      );
      declared.push({ id: `${method} ${path}`, called, parameters: [...byKey.values()] });
    }
  }
  return declared;
}

function follow(root: JsonObject, value: Json | undefined): JsonObject | undefined {
  let current: Json | undefined = value;
  for (let step = 0; step < 20 && isJsonObject(current); step += 1) {
    const reference = current['$ref'];
    if (typeof reference !== 'string') return current;
    if (!reference.startsWith('#/')) return undefined;
    let target: Json | undefined = root;
    for (const token of reference.slice(2).split('/')) {
      const key = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
      target = isJsonObject(target)
        ? target[key]
        : Array.isArray(target)
          ? (target as Json[])[Number(key)]
          : undefined;
    }
    current = target;
  }
  return undefined;
}

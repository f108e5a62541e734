import { isJsonObject, stringMember, type Json, type JsonObject } from '../kernel/json.ts';
import { configJsonSchema } from './config-schema.ts';

/** One key of the configuration. */
export interface ConfigKey {
  /** Dotted path, for example server.port. */
  readonly key: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'services';
  readonly description: string;
  readonly default: Json | undefined;
  /** Environment variable that sets it; services are set in the file only. */
  readonly variable: string | undefined;
}

/** All keys in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  return leaves(configJsonSchema() as JsonObject, []);
}

function leaves(schema: JsonObject, path: readonly string[]): readonly ConfigKey[] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return Object.entries(properties).flatMap(([name, child]) => {
    if (!isJsonObject(child) || name === '$schema') return [];
    const childPath = [...path, name];
    if (isJsonObject(child['properties'])) return leaves(child, childPath);
    return [leaf(child, childPath)];
  });
}

function leaf(schema: JsonObject, path: readonly string[]): ConfigKey {
  const key = path.join('.');
  const type = leafType(schema, key);
  return {
    key,
    type,
    description: stringMember(schema, 'description') ?? '',
    default: schema['default'],
    variable: type === 'services' ? undefined : variableName(path),
  };
}

function leafType(schema: JsonObject, key: string): ConfigKey['type'] {
  if (key === 'services') return 'services';
  const types = { integer: 'number', number: 'number', boolean: 'boolean', array: 'list' } as const;
  return types[schema['type'] as keyof typeof types] ?? 'string';
}

function variableName(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`));
  return `MCP_GATEWAY_${words.join('_').toUpperCase()}`;
}

/** The candidate that was probably meant, or undefined when none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped)
        cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}

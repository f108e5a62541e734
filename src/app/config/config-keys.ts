import { distance } from 'fastest-levenshtein';
import { isJsonObject, stringMember, type Json, type JsonObject } from '../../kernel/json.ts';
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
  /** Whether its value is shown to nobody. */
  readonly isSecret: boolean;
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
    isSecret: schema['writeOnly'] === true,
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
    // No two words are closer than their lengths; a long word costs nothing this way.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits >= bestDistance) continue;
    best = candidate;
    bestDistance = edits;
  }
  return best;
}

/** Insertions, deletions and replacements between two words; one swap of neighbours counts once. */
function editDistance(typed: string, meant: string): number {
  let least = distance(typed, meant);
  for (let index = 1; index < typed.length; index++) {
    const pair = `${typed.charAt(index)}${typed.charAt(index - 1)}`;
    const swapped = `${typed.slice(0, index - 1)}${pair}${typed.slice(index + 1)}`;
    least = Math.min(least, distance(swapped, meant) + 1);
  }
  return least;
}

import type { z } from 'zod';
import type { Json } from '../kernel/json.ts';
import { nearest } from './config-keys.ts';
import { configSchema } from './config-schema.ts';

type Issue = z.core.$ZodIssue;

/** Says in one sentence what is wrong first and where; unknown keys come before bad values. */
export function configProblem(
  issues: readonly Issue[],
  content: Json,
  origins: ReadonlyMap<string, string>,
  fileName: string | undefined,
): string {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) return 'The configuration is not valid.';
  const path = dotted(issue.path);
  const origin = origins.get(sectionKey(issue.path)) ?? fileName ?? 'the configuration';
  if (issue.code === 'unrecognized_keys') {
    const name = String(issue.keys[0]);
    const meant = meantKey(name, issue.path);
    const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
    return `Unknown key ${quotedPath(path, name)} in ${origin}${hint || '.'}`;
  }
  const { demand, shown } = complaint(issue, valueAt(content, issue.path));
  return `${JSON.stringify(path)} in ${origin} ${demand}${shown}.`;
}

/** What the value must be, and what it is. */
function complaint(issue: Issue, value: Json | undefined): { demand: string; shown: string } {
  const secret = issue.path.includes('secrets') || issue.path.includes('config');
  const shown = value === undefined || secret ? '' : `, not ${shorten(JSON.stringify(value))}`;
  if (value === undefined) return { demand: 'is missing', shown: '' };
  return { demand: demandOf(issue), shown };
}

function demandOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big': {
      const unit = issue.origin === 'string' ? ' characters' : '';
      return `must be at most ${issue.maximum}${unit}`;
    }
    case 'invalid_union':
      return 'must be a string or { "env": "NAME" }';
    default:
      return issue.message.startsWith('must') ? issue.message : 'is not valid';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A known key that is close, looked for in the same section first and then everywhere. */
function meantKey(name: string, path: readonly PropertyKey[]): string | undefined {
  const section = path.length === 0 ? undefined : shapeOf(path);
  const within = nearest(name, Object.keys(section ?? configSchema.shape));
  if (within !== undefined) return dotted([...path, within]);
  const everywhere = Object.keys(configSchema.shape).flatMap((top) =>
    Object.keys(shapeOf([top]) ?? {}).map((key) => `${top}.${key}`),
  );
  return everywhere.find((key) => key.endsWith(`.${name}`));
}

/** The keys of the object schema at a path, or undefined when there is none. */
function shapeOf(path: readonly PropertyKey[]): Readonly<Record<string, unknown>> | undefined {
  let schema: unknown = configSchema;
  for (const part of path) {
    const inner = unwrap(schema);
    schema = typeof part === 'number' ? inner?.element : inner?.shape?.[String(part)];
  }
  return unwrap(schema)?.shape;
}

interface SchemaPart {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly unwrap?: () => unknown;
}

function unwrap(schema: unknown): SchemaPart | undefined {
  let part = schema as SchemaPart | undefined;
  while (part?.shape === undefined && part?.element === undefined && part?.unwrap !== undefined) {
    part = part.unwrap() as SchemaPart;
  }
  return part;
}

function sectionKey(path: readonly PropertyKey[]): string {
  return path[0] === 'services' ? 'services' : path.slice(0, 2).map(String).join('.');
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function quotedPath(path: string, name: string): string {
  return JSON.stringify(path === '' ? name : `${path}.${name}`);
}

function valueAt(content: Json, path: readonly PropertyKey[]): Json | undefined {
  let value: Json | undefined = content;
  for (const part of path) value = (value as Record<PropertyKey, Json> | null)?.[part];
  return value;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

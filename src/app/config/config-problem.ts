import type { z } from 'zod';
import type { Json } from '../../kernel/json.ts';
import { nearest } from './config-keys.ts';

type Issue = z.core.$ZodIssue;

/** What was checked. */
export interface CheckedPart {
  readonly schema: unknown;
  readonly content: Json;
  /** Where the content stands in the configuration. */
  readonly prefix: readonly PropertyKey[];
  /** Says where the value at a path of the configuration came from. */
  originOf(path: readonly PropertyKey[]): string;
}

/** Says in one sentence what is wrong first and where; unknown keys come before bad values. */
export function configProblem(issues: readonly Issue[], part: CheckedPart): string {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) return 'The configuration is not valid.';
  const path = [...part.prefix, ...issue.path];
  const origin = part.originOf(path);
  if (issue.code === 'unrecognized_keys') {
    const name = String(issue.keys[0]);
    const meant = meantKey(name, part, issue.path);
    const hint = meant === undefined ? '.' : `; did you mean ${JSON.stringify(meant)}?`;
    return `Unknown key ${JSON.stringify(dotted([...path, name]))} in ${origin}${hint}`;
  }
  const { demand, shown } = complaint(issue, valueAt(part.content, issue.path), path);
  return `${JSON.stringify(dotted(path))} in ${origin} ${demand}${shown}.`;
}

/** What the value must be, and what it is. */
function complaint(
  issue: Issue,
  value: Json | undefined,
  path: readonly PropertyKey[],
): { readonly demand: string; readonly shown: string } {
  if (value === undefined) return { demand: 'is missing', shown: '' };
  const isHidden = ['secrets', 'config', 'keys'].some((part) => path.includes(part));
  const secret = isHidden || isDatabaseUrl(path);
  return {
    demand: demandOf(issue, path),
    shown: secret ? '' : `, not ${shorten(JSON.stringify(value))}`,
  };
}

function isDatabaseUrl([section, name]: readonly PropertyKey[]): boolean {
  return section === 'database' && name === 'url';
}

function demandOf(issue: Issue, path: readonly PropertyKey[]): string {
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
    default:
      if (path[0] === 'keys') return keysDemand;
      if (path.includes('secrets')) return 'must be a string or { "env": "NAME" }';
      return issue.message.startsWith('must') ? issue.message : 'is not valid';
  }
}

const keysDemand =
  'must be file, database, or a list of { "id", "secret" } whose secret is base64, ' +
  '{ "env": "NAME" } or { "file": "PATH" }';

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A known key that is close, looked for in the same object first and then everywhere. */
function meantKey(
  name: string,
  { schema, prefix }: CheckedPart,
  path: readonly PropertyKey[],
): string | undefined {
  const within = nearest(name, Object.keys(shapeOf(schema, path) ?? {}));
  if (within !== undefined) return dotted([...prefix, ...path, within]);
  const everywhere = Object.keys(shapeOf(schema, []) ?? {}).flatMap((top) =>
    Object.keys(shapeOf(schema, [top]) ?? {}).map((key) => [top, key]),
  );
  const same = everywhere.find(([, key]) => key === name);
  return same === undefined ? undefined : dotted([...prefix, ...same]);
}

/** The keys of the object schema at a path, or undefined when there is none. */
function shapeOf(
  root: unknown,
  path: readonly PropertyKey[],
): Readonly<Record<string, unknown>> | undefined {
  let schema = root;
  for (const part of path) {
    const inner = unwrap(schema);
    schema = typeof part === 'number' ? inner?.element : inner?.shape?.[String(part)];
  }
  return unwrap(schema)?.shape;
}

interface SchemaPart {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  /** What a transformed schema reads. */
  readonly in?: unknown;
  readonly unwrap?: () => unknown;
}

function unwrap(schema: unknown): SchemaPart | undefined {
  let part = schema as SchemaPart | undefined;
  while (part !== undefined && part.shape === undefined && part.element === undefined) {
    const inner = part.in ?? part.unwrap?.();
    if (inner === undefined) break;
    part = inner as SchemaPart;
  }
  return part;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function valueAt(content: Json, path: readonly PropertyKey[]): Json | undefined {
  let value: Json | undefined = content;
  for (const part of path) value = (value as Record<PropertyKey, Json> | null)?.[part];
  return value;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

import {
  isJsonObject,
  objectMember,
  stringMember,
  type Json,
  type JsonObject,
} from '../../../kernel/json.ts';
import { singularKeys, testMentions } from '../json-path/path-mentions.ts';
import { templateMentions } from './fill-template.ts';
import type { CompositeStep } from '../model/compiled-document.ts';

interface Argument {
  schema: Json | undefined;
  required: boolean;
}

type Arguments = Map<string, Argument>;

/**
 * The input schema of a composite tool that declares none: the arguments that its steps name, each
 * with the schema of the first operation argument that it is passed to. Required is what an
 * operation requires that is called in any case.
 */
export function compositeSchema(
  steps: readonly CompositeStep[],
  result: Json | undefined,
): JsonObject {
  const found: Arguments = new Map();
  const definitions = new Map<string, Json>();
  for (const step of steps) {
    const always = step.when === undefined;
    for (const mention of always ? [] : testMentions(step.when ?? '')) note(found, mention);
    const { inputSchema } = step.operation.tool;
    const rename = adopt(definitions, inputSchema, step.name);
    for (const [name, template] of Object.entries(step.arguments)) {
      const slot = { schema: propertyOf(inputSchema, name, inputSchema), needed: always };
      walk(template, { ...slot, needed: always && isRequired(inputSchema, name) }, inputSchema, {
        found,
        rename,
      });
    }
  }
  for (const mention of templateMentions(result ?? null)) note(found, mention);
  const properties = [...found].map(([name, { schema }]) => [name, schema ?? {}] as const);
  const required = [...found].filter(([, { required: needed }]) => needed).map(([name]) => name);
  const used = reachable(Object.fromEntries(properties), definitions);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    ...(used.size === 0 ? {} : { $defs: Object.fromEntries(used) }),
  };
}

/** What an operation expects at some place of its arguments. */
interface Slot {
  readonly schema: Json | undefined;
  readonly needed: boolean;
}

interface Walk {
  readonly found: Arguments;
  readonly rename: (schema: Json) => Json;
}

/** Passes the schema of every place down to the argument that fills it. */
function walk(template: Json, { schema, needed }: Slot, root: JsonObject, to: Walk): void {
  if (!isJsonObject(template)) {
    for (const mention of templateMentions(template)) note(to.found, mention);
    return;
  }
  const path = stringMember(template, '$path');
  const name = path === undefined ? undefined : argumentOf(path);
  const optional = Object.hasOwn(template, '$default');
  if (name !== undefined) {
    const taken = schema === undefined ? undefined : to.rename(schema);
    note(to.found, ['arguments', name], taken, needed && !optional);
  } else if (Object.keys(template).some((key) => key.startsWith('$'))) {
    const text = stringMember(template, '$text') === undefined ? undefined : { type: 'string' };
    for (const mention of templateMentions(template)) {
      note(to.found, mention, mention.length === 2 ? text : undefined, needed && !optional);
    }
  } else {
    for (const [key, inner] of Object.entries(template)) {
      const view = followed(schema, root);
      const slot = { schema: propertyOf(view, key, root), needed: needed && isRequired(view, key) };
      walk(inner, slot, root, to);
    }
  }
}

/** The argument that a path is, when it is one as a whole. */
function argumentOf(path: string): string | undefined {
  const [place, name, ...more] = singularKeys(path) ?? [];
  return place === 'arguments' && typeof name === 'string' && more.length === 0 ? name : undefined;
}

function note(
  found: Arguments,
  [place, name]: readonly (string | number | undefined)[],
  schema?: Json,
  required = false,
): void {
  if (place !== 'arguments' || typeof name !== 'string') return;
  const known = found.get(name) ?? { schema: undefined, required: false };
  known.schema ??= schema;
  known.required ||= required;
  found.set(name, known);
}

function propertyOf(schema: Json | undefined, name: string, root: JsonObject): Json | undefined {
  const view = followed(schema, root);
  const properties = isJsonObject(view) ? objectMember(view, 'properties') : undefined;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function isRequired(schema: Json | undefined, name: string): boolean {
  const required = isJsonObject(schema) ? schema['required'] : undefined;
  return Array.isArray(required) && required.includes(name);
}

const REFERENCE = '#/$defs/';

/** The schema a reference leads to, following a few references at most. */
function followed(schema: Json | undefined, root: JsonObject): Json | undefined {
  let view = schema;
  for (let steps = 0; steps < 8 && isJsonObject(view); steps += 1) {
    const name = stringMember(view, '$ref');
    if (name === undefined) return view;
    view = objectMember(root, '$defs')?.[name.slice(REFERENCE.length)];
  }
  return view;
}

/** Adopts an operation's definitions; a name that is taken by another one gets a prefix. */
function adopt(
  definitions: Map<string, Json>,
  schema: JsonObject,
  step: string,
): (schema: Json) => Json {
  const own = Object.entries(objectMember(schema, '$defs') ?? {});
  const same = own.every(([name, inner]) => {
    const known = definitions.get(name);
    return known === undefined || JSON.stringify(known) === JSON.stringify(inner);
  });
  const rename = (inner: Json): Json =>
    same ? inner : mapReferences(inner, (name) => `${step}_${name}`);
  for (const [name, inner] of own) definitions.set(same ? name : `${step}_${name}`, rename(inner));
  return rename;
}

function mapReferences(schema: Json, rename: (name: string) => string): Json {
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).map((inner) => mapReferences(inner, rename));
  }
  if (!isJsonObject(schema)) return schema;
  const entries = Object.entries(schema).map(([key, inner]): [string, Json] => {
    const reference = key === '$ref' && typeof inner === 'string' && inner.startsWith(REFERENCE);
    if (!reference) return [key, mapReferences(inner, rename)];
    return [key, `${REFERENCE}${rename(inner.slice(REFERENCE.length))}`];
  });
  return Object.fromEntries(entries);
}

/** The definitions that schemas reach. */
function reachable(
  schemas: Json,
  definitions: ReadonlyMap<string, Json>,
): ReadonlyMap<string, Json> {
  const used = new Map<string, Json>();
  const waiting = [schemas];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    mapReferences(next, (name) => {
      const definition = definitions.get(name);
      if (definition !== undefined && !used.has(name)) {
        used.set(name, definition);
        waiting.push(definition);
      }
      return name;
    });
  }
  return used;
}

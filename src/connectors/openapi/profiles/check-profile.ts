import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { definitionName } from './definition-name.ts';
import { looksAround } from './looks-around.ts';
import { measureSchema, openaiStrictLimits } from './measure-schema.ts';
import { profileNameLengthMax, type ProfileName } from './profile-names.ts';

/** A tool as a client sees it. */
interface CheckedTool {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

const KEY = /^[a-zA-Z0-9_.-]{1,64}$/;
const GEMINI = new Set(
  (
    'type format title description nullable enum items maxItems minItems properties required ' +
    'minimum maximum minLength maxLength pattern anyOf'
  ).split(' '),
);
const STRICT = new Set(
  (
    'type description properties required additionalProperties $defs $ref anyOf enum items ' +
    'minItems maxItems pattern format multipleOf maximum exclusiveMaximum minimum exclusiveMinimum'
  ).split(' '),
);
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** What a provider or client of this profile would refuse; empty when nothing. */
export function checkProfile(tool: CheckedTool, profile: ProfileName): readonly string[] {
  const { name, inputSchema } = tool;
  const faults = new Set<string>();
  if (!/^[a-zA-Z_][a-zA-Z0-9_-]*$/.test(name) || name.length > profileNameLengthMax[profile]) {
    faults.add('name');
  }
  if (inputSchema['type'] !== 'object') faults.add('root is no object');
  for (const word of ['anyOf', 'oneOf', 'allOf', 'not', 'enum', '$ref']) {
    if (inputSchema[word] !== undefined) faults.add(`root has ${word}`);
  }
  walk(inputSchema, (schema, at) => {
    for (const key of Object.keys(objectMember(schema, 'properties') ?? {})) {
      if (!KEY.test(key)) faults.add('property key');
    }
    for (const fault of checkers[profile](schema, at, inputSchema)) faults.add(fault);
  });
  if (profile === 'openai-strict' && !openaiStrictLimits.fits(measureSchema(inputSchema))) {
    faults.add('too large');
  }
  return [...faults];
}

type Checker = (schema: JsonObject, isRoot: boolean, root: JsonObject) => readonly string[];

const checkers: Readonly<Record<ProfileName, Checker>> = {
  anthropic: () => [],
  'openai-strict': checkStrict,
  gemini: checkGemini,
  cursor: checkCursor,
};

function checkStrict(schema: JsonObject, _isRoot: boolean, root: JsonObject): readonly string[] {
  const faults = Object.keys(schema).flatMap((key) => (STRICT.has(key) ? [] : [`keyword ${key}`]));
  const types = [schema['type'] ?? []].flat();
  if (types.some((type) => typeof type !== 'string' || !TYPES.has(type))) faults.push('type');
  const reference = definitionName(schema);
  if (reference !== undefined && objectMember(root, '$defs')?.[reference] === undefined) {
    faults.push('dangling reference');
  }
  const says = types.length > 0 || reference !== undefined || Array.isArray(schema['anyOf']);
  if (!says) faults.push('no type');
  if (types.includes('array') && !isJsonObject(schema['items'])) faults.push('array without items');
  if (looksAround(schema['pattern'])) faults.push('pattern that looks around');
  if (!types.includes('object')) return faults;
  const names = Object.keys(objectMember(schema, 'properties') ?? {});
  const required = new Set([schema['required'] ?? []].flat().map(String));
  if (schema['additionalProperties'] !== false) faults.push('open object');
  if (names.some((name) => !required.has(name))) faults.push('optional property');
  return faults;
}

function checkGemini(schema: JsonObject, isRoot: boolean): readonly string[] {
  const faults = Object.keys(schema).flatMap((key) => (GEMINI.has(key) ? [] : [`keyword ${key}`]));
  const { type, enum: values } = schema;
  if (type === undefined && schema['anyOf'] === undefined) faults.push('no type');
  if (schema['anyOf'] !== undefined && Object.keys(schema).length > 1) faults.push('beside anyOf');
  if (looksAround(schema['pattern'])) faults.push('pattern that looks around');
  if (type !== undefined && (typeof type !== 'string' || type === 'null')) faults.push('type');
  const texts = [values ?? []].flat().every((value) => typeof value === 'string' && value !== '');
  if (values !== undefined && (type !== 'string' || !texts)) faults.push('enum of no texts');
  if (type === 'array' && !isJsonObject(schema['items'])) faults.push('array without items');
  const properties = objectMember(schema, 'properties') ?? {};
  if (type === 'object' && !isRoot && Object.keys(properties).length === 0) {
    faults.push('object without properties');
  }
  const required = [schema['required'] ?? []].flat().map(String);
  if (required.some((name) => !Object.hasOwn(properties, name))) faults.push('required stranger');
  return faults;
}

function checkCursor(schema: JsonObject): readonly string[] {
  const faults = ['anyOf', 'oneOf', 'allOf', 'not', 'format'].filter((key) => key in schema);
  if (Array.isArray(schema['type'])) faults.push('several types');
  return faults;
}

function walk(
  schema: Json | undefined,
  visit: (schema: JsonObject, isRoot: boolean) => void,
  isRoot = true,
): void {
  if (!isJsonObject(schema)) return;
  visit(schema, isRoot);
  for (const [key, value] of Object.entries(schema)) {
    if ((key === 'properties' || key === '$defs') && isJsonObject(value)) {
      for (const inner of Object.values(value)) walk(inner, visit, false);
    } else if (['items', 'additionalProperties', 'not'].includes(key)) walk(value, visit, false);
    else if (['anyOf', 'oneOf', 'allOf'].includes(key)) {
      for (const inner of [value].flat()) walk(inner, visit, false);
    }
  }
}

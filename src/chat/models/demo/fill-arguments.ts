import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';

/** What a question says about the arguments of a tool. */
export interface Filled {
  readonly values: JsonObject;
  /** Required ones that it does not say. */
  readonly missing: readonly string[];
}

/**
 * Fills the arguments of a tool from a question: what is written as `name=value` or `name: value`,
 * then for required ones numbers, quoted texts, values of an enum and names with capitals in their
 * order, and the whole question where a text is all that is asked for.
 */
export function fillArguments(
  question: string,
  { inputSchema }: Pick<LanguageModelV4FunctionTool, 'inputSchema'>,
): Filled {
  const schema: unknown = inputSchema;
  const { properties, required }: JsonObject = isJsonObject(schema) ? schema : {};
  const known = isJsonObject(properties) ? properties : {};
  const needed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const values: Record<string, Json> = {};
  const found = findings(question);
  for (const name of Object.keys(known)) {
    const said = namedValue(question, name);
    const value = said === undefined ? undefined : asType(said, known[name]);
    if (value !== undefined) Object.defineProperty(values, name, entry(value));
  }
  const missing: string[] = [];
  for (const name of needed) {
    if (Object.hasOwn(values, name)) continue;
    const value = guess(known[name], found, needed.length === 1 ? question : undefined);
    if (value === undefined) missing.push(name);
    else Object.defineProperty(values, name, entry(value));
  }
  return { values, missing };
}

/** An own property whatever its name is, `__proto__` too. */
function entry(value: Json): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

/** What may be a value of something, each taken once. */
interface Findings {
  readonly question: string;
  readonly numbers: string[];
  readonly quoted: string[];
  readonly names: string[];
}

function findings(question: string): Findings {
  const quoted = [...question.matchAll(/"([^"]+)"|“([^”]+)”|'([^']+)'/g)].map(
    ([, plain, curly, single]) => plain ?? curly ?? single ?? '',
  );
  // The first word of a sentence has its capital from there.
  const names = [
    ...question.matchAll(/(?<=\S\s)\p{Lu}[\p{L}\p{N}-]*(?:\s\p{Lu}[\p{L}\p{N}-]*)*/gu),
  ];
  return {
    question,
    numbers: question.match(/-?\b\d+(?:\.\d+)?\b/g) ?? [],
    quoted,
    names: names.map(([name]) => name),
  };
}

function namedValue(question: string, name: string): string | undefined {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const pattern = new RegExp(
    `(?:^|[^\\p{L}\\p{N}_])${escaped}\\s*[=:]\\s*(?:"([^"]*)"|([^\\s,;]+))`,
    'iu',
  );
  const [, quoted, bare] = pattern.exec(question) ?? [];
  return quoted ?? bare;
}

function guess(
  schema: Json | undefined,
  found: Findings,
  whole: string | undefined,
): Json | undefined {
  const { type, enum: options, default: usual }: JsonObject = isJsonObject(schema) ? schema : {};
  if (Array.isArray(options)) {
    const texts = options.filter((one): one is string => typeof one === 'string');
    const small = found.question.toLowerCase();
    return texts.find((one) => small.includes(one.toLowerCase()));
  }
  if (usual !== undefined) return usual;
  if (type === 'number' || type === 'integer') {
    const number = found.numbers.shift();
    return number === undefined ? undefined : asType(number, schema);
  }
  if (type === 'boolean') return true;
  if (type !== 'string' && type !== undefined) return undefined;
  return found.quoted.shift() ?? found.names.shift() ?? whole;
}

/** The text as a value of the schema's type, or undefined when it is none. */
function asType(text: string, schema: Json | undefined): Json | undefined {
  const type = isJsonObject(schema) ? schema['type'] : undefined;
  if (type === 'number' || type === 'integer') {
    const number = Number(text);
    const fits = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
    return fits && text.trim() !== '' ? number : undefined;
  }
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type === 'array') return text.split(',');
  return type === 'string' || type === undefined ? text : undefined;
}

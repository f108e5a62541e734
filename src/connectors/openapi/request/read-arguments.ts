import { digitsOf, isRawNumber, parseRawNumbers, rawNumber } from '../../../kernel/json-digits.ts';
import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import { exactNumber } from '../../../kernel/numbers/exact-json.ts';
import { readJsonText } from './json-text.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import type { ParameterPlan, RequestPlan } from '../model/request-plan.ts';
import { readNumberText } from './number-text.ts';

/** What is known of an argument before its value. */
type Known = Pick<ParameterPlan, 'required' | 'fallback'>;

/**
 * Checks the names of a call's arguments, restores renamed keys and lost digits, and looks for
 * what is required. Values by argument; throws ArgumentError.
 */
export function readArguments(
  operation: CompiledOperation,
  input: JsonObject,
): ReadonlyMap<string, Json> {
  const { plan } = operation;
  const known = new Map<string, Known>();
  const fixed = plan.fixed ?? {};
  for (const parameter of plan.parameters) known.set(parameter.argument, parameter);
  const { body } = plan;
  if (body?.argument !== undefined) known.set(body.argument, body);
  for (const field of body?.fields ?? []) known.set(field.argument, field);
  const values = new Map<string, Json>();
  const unseen = new Set(plan.unseen);
  for (const name of Object.keys(fixed)) known.delete(name);
  for (const [name, value] of Object.entries(input)) {
    if (!known.has(name) || unseen.has(name)) {
      const takes = [...known.keys()].filter((each) => !unseen.has(each));
      const names = takes.slice(0, 30).join(', ');
      throw new ArgumentError(name, `is not known; this tool takes: ${names || 'no arguments'}`);
    }
    if (value !== undefined && value !== null) {
      values.set(name, original(name, exact(input, name, plan, name), plan, 0));
    } else if (value === null && name === body?.argument && body.required) values.set(name, null);
  }
  for (const [name, value] of Object.entries(plan.defaults ?? {})) {
    if (known.has(name) && !values.has(name)) values.set(name, original(name, value, plan, 0));
  }
  for (const [name, { required, fallback }] of known) {
    if (!required || values.has(name)) continue;
    if (fallback === undefined) throw new ArgumentError(name, 'is required');
    values.set(name, fallback);
  }
  for (const [name, value] of Object.entries(fixed)) values.set(name, value);
  readBodyNumbers(operation, values);
  return values;
}

/** A value; a number that lost digits when it was parsed has them again, as its place needs. */
function exact(holder: object, key: string | number, plan: RequestPlan, argument: string): Json {
  const value = (holder as JsonObject)[key] ?? null;
  const digits = typeof value === 'number' ? digitsOf(holder, key) : undefined;
  if (digits === undefined || typeof exactNumber(digits) === 'number') return value;
  return isJsonBody(plan, argument) ? rawNumber(digits) : digits;
}

const isJsonBody = ({ body }: RequestPlan, argument: string): boolean =>
  body !== undefined && body.argument === argument && body.kind.startsWith('json');

/** In a JSON body, digits given as text are numbers where the schema says so. */
function readBodyNumbers(operation: CompiledOperation, values: Map<string, Json>): void {
  const { plan, tool } = operation;
  const root = plan.fixedSchema ?? operation.fullInputSchema ?? tool.inputSchema;
  const argument = plan.body?.argument ?? '';
  const value = values.get(argument);
  const schema = objectMember(root, 'properties')?.[argument];
  if (value === undefined || schema === undefined || !isJsonBody(plan, argument)) return;
  const body = readJsonText(value, plan.body?.acceptsText ?? true, parseRawNumbers);
  values.set(argument, readNumberText(body, schema, root));
}

function original(argument: string, value: Json, plan: RequestPlan, depth: number): Json {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  if (depth > limits.toolArgumentDepthMax) {
    throw new ArgumentError(
      argument,
      `is nested deeper than ${limits.toolArgumentDepthMax} levels`,
    );
  }
  if (Array.isArray(value)) {
    return value.map((_: Json, at: number) =>
      original(argument, exact(value, at, plan, argument), plan, depth + 1),
    );
  }
  const entries = Object.keys(value).map((key): [string, Json] => [
    Object.hasOwn(plan.renamed, key) ? (plan.renamed[key] ?? key) : key,
    original(argument, exact(value, key, plan, argument), plan, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { isJsonObject, withoutMembers, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';

/**
 * What is wrong with a tool's arguments by its schema, as one text that names the fields; undefined
 * when nothing is.
 */
export type CheckArguments = (schema: JsonObject, given: Json) => string | undefined;

type Compile = (schema: JsonObject) => ValidateFunction | undefined;

/** Runs code of ours that foreign data makes long, and throws when it takes longer. */
type InTime = <Value>(run: () => Value, timeoutMs: number) => Value;

/**
 * Loads the validator. Schemas are foreign: their size and depth are bounded, their patterns run on
 * an engine that takes linear time, references stay inside, and nothing is fetched. Of a schema
 * that cannot be compiled only the outermost type is checked; its service checks the rest.
 */
export async function loadArgumentChecker(): Promise<CheckArguments> {
  const [compile, inTime] = await Promise.all([loadCompiler(), loadClock()]);
  // As long as the definition is in somebody's list.
  const compiled = new WeakMap<JsonObject, CompiledSchema>();
  return (schema, given) => {
    if (!isJsonObject(given)) return 'the arguments must be a JSON object.';
    let known = compiled.get(schema);
    if (known === undefined) {
      const validate = isCompilable(schema) ? compiledIn(inTime, compile, schema) : undefined;
      known = { validate, lateTimes: 0 };
      compiled.set(schema, known);
    }
    return known.validate === undefined ? undefined : problemIn(known, given, inTime);
  };
}

interface CompiledSchema {
  /** Undefined for one that is left to its service. */
  readonly validate: ValidateFunction | undefined;
  /** How often arguments could not be checked in time. */
  lateTimes: number;
}

/** A busy machine may be late once; a schema that is late twice is not tried again. */
const LATE_TIMES_MAX = 2;

function problemIn(known: CompiledSchema, given: JsonObject, inTime: InTime): string | undefined {
  const { validate } = known;
  while (validate !== undefined && known.lateTimes < LATE_TIMES_MAX) {
    try {
      if (inTime(() => validate(given), limits.chatArgumentCheckMs)) return undefined;
      return problemsOf(validate.errors ?? []);
    } catch (error) {
      // What is thrown is the end of the stack, or the clock's.
      if (error instanceof RangeError) return 'they nest too deeply.';
      known.lateTimes += 1;
    }
  }
  return 'they take too long to check.';
}

function compiledIn(
  inTime: InTime,
  compile: Compile,
  schema: JsonObject,
): ValidateFunction | undefined {
  try {
    return inTime(() => compile(schema), limits.chatSchemaCompileMs);
  } catch {
    return undefined;
  }
}

/**
 * A clock around synchronous code: the only one that there is in a thread. A schema of a few lines
 * can make a validator try billions of ways, and nothing else in the process would run meanwhile.
 */
async function loadClock(): Promise<InTime> {
  const { createContext, Script } = await import('node:vm');
  const held: { run: () => unknown } = { run: () => undefined };
  const context = createContext(held);
  const script = new Script('run()');
  return <Value>(run: () => Value, timeoutMs: number) => {
    held.run = run;
    try {
      return script.runInContext(context, { timeout: timeoutMs }) as Value;
    } finally {
      held.run = () => undefined;
    }
  };
}

async function loadCompiler(): Promise<Compile> {
  const [{ Ajv2020 }, { Ajv }, { RE2JS }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv'),
    import('re2js'),
  ]);
  const linear = (pattern: string): { test(text: string): boolean } => {
    try {
      const compiled = RE2JS.compile(pattern);
      return { test: (text) => compiled.matcher(text).find() };
    } catch {
      // What only a backtracking engine can match is left to the service.
      return { test: () => true };
    }
  };
  const options: Options = {
    strict: false,
    allErrors: false,
    validateSchema: false,
    validateFormats: false,
    inlineRefs: false,
    logger: false,
    meta: false,
    // Its type wants the source of the engine, for validators that are written to files.
    // Making its code shorter takes a time that grows with the square of the schema.
    code: { regExp: Object.assign(linear, { code: 'none' }), optimize: false },
  };
  return (schema) => {
    const { $schema } = schema;
    // An asynchronous validator answers with a promise that nobody would wait for.
    const own = withoutMembers(schema, ['$schema', '$id', '$async']);
    const isOld = typeof $schema === 'string' && /draft-0[4-7]/.test($schema);
    for (const Engine of isOld ? [Ajv, Ajv2020] : [Ajv2020, Ajv]) {
      try {
        // One for each schema: it would keep what it compiled, and ids of two could clash.
        return new Engine(options).compile(own);
      } catch {
        continue;
      }
    }
    return undefined;
  };
}

/** Whether its size is bounded; without recursion, whose depth it would itself decide. */
function isCompilable(schema: JsonObject): boolean {
  let level: Json[] = [schema];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.chatSchemaDepthMax) return false;
    level = level.flatMap((one) =>
      Array.isArray(one) ? (one as Json[]) : isJsonObject(one) ? Object.values(one) : [],
    );
  }
  return Buffer.byteLength(JSON.stringify(schema)) <= limits.chatSchemaBytesMax;
}

function problemsOf(errors: readonly ErrorObject[]): string {
  return `${errors.map(problemOf).join('; ')}.`;
}

function problemOf({ instancePath, keyword, message, params }: ErrorObject): string {
  const where = instancePath === '' ? 'the arguments' : `"${instancePath.slice(1)}"`;
  const { additionalProperty, allowedValues } = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties')
    return `${where} must not have ${JSON.stringify(additionalProperty)}`;
  if (keyword === 'enum') return `${where} must be one of ${JSON.stringify(allowedValues)}`;
  return `${where} ${message ?? 'are not valid'}`;
}

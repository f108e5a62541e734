import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import type { SqlParameter } from './config.ts';
import type { SqlValue } from './database.ts';

const DECIMAL = /^-?\d{1,100}(?:\.\d{1,100})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const INT64_MAX = 2n ** 63n - 1n;

/** The JSON Schema of a parameter. */
export function parameterSchema(parameter: SqlParameter): JsonObject {
  const item = itemSchema(parameter);
  const schema: JsonObject = parameter.list === true ? { type: 'array', items: item } : item;
  const { description, default: byDefault } = parameter;
  return {
    ...schema,
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
  };
}

function itemSchema(parameter: SqlParameter): JsonObject {
  const { minimum, maximum } = parameter;
  const range: JsonObject = {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  switch (parameter.type) {
    case 'string': {
      const { values, lengthMax } = parameter;
      const length = lengthMax === undefined ? {} : { maxLength: lengthMax };
      return { type: 'string', ...(values === undefined ? length : { enum: values }) };
    }
    case 'integer':
      // Digits as text for what a JS number cannot hold.
      return { type: ['integer', 'string'], ...range };
    case 'number':
      return { type: 'number', ...range };
    case 'decimal':
      return { type: ['string', 'number'], description: 'Digits as text are exact.', ...range };
    case 'boolean':
      return { type: 'boolean' };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'timestamp':
      return { type: 'string', format: 'date-time' };
    case 'uuid':
      return { type: 'string', format: 'uuid' };
    case 'json':
      return {};
    case 'binary':
      return { type: 'string', contentEncoding: 'base64' };
  }
}

/** The value to bind for an argument. Throws ArgumentError. */
export function parameterValue(parameter: SqlParameter, input: JsonObject): SqlValue {
  const value = input[parameter.name] ?? parameter.default ?? null;
  if (value === null) {
    if (parameter.optional === true || parameter.default !== undefined) return null;
    throw new ArgumentError(parameter.name, 'is missing; the tool needs it.');
  }
  if (parameter.list !== true) return itemValue(parameter, value);
  const items = value as readonly Json[];
  if (!Array.isArray(value) || items.length > limits.sqlRowsMax) {
    throw new ArgumentError(parameter.name, `must be a list of at most ${limits.sqlRowsMax}.`);
  }
  return items.map((item) => itemValue(parameter, item));
}

function itemValue(parameter: SqlParameter, value: Json): SqlValue {
  switch (parameter.type) {
    case 'string':
      return textValue(parameter, value);
    case 'integer':
      return integerValue(parameter, value);
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mustBe(parameter, 'a number');
      return inRange(parameter, value);
    case 'decimal': {
      const digits = typeof value === 'number' ? String(value) : value;
      if (typeof digits !== 'string' || !DECIMAL.test(digits)) throw mustBe(parameter, 'a decimal');
      inRange(parameter, Number(digits));
      return digits;
    }
    case 'boolean':
      if (typeof value !== 'boolean') throw mustBe(parameter, 'true or false');
      return value;
    case 'date':
      return checkedTime(parameter, value, DATE, 'a date such as 2026-03-31');
    case 'timestamp':
      return {
        timestamp: checkedTime(parameter, value, TIMESTAMP, 'a time such as 2026-03-31T09:30:00Z'),
      };
    case 'uuid':
      if (typeof value !== 'string' || !UUID.test(value)) throw mustBe(parameter, 'a UUID');
      return value;
    case 'json':
      return JSON.stringify(value);
    case 'binary':
      if (typeof value !== 'string' || !BASE64.test(value)) throw mustBe(parameter, 'base64');
      return Buffer.from(value, 'base64');
  }
}

function textValue(parameter: SqlParameter, value: Json): string {
  const { values, lengthMax = limits.requestBodyBytesMax } = parameter;
  if (typeof value !== 'string') throw mustBe(parameter, 'a text');
  // No database takes it in a text, and each says so in its own way.
  if (value.includes('\0')) throw mustBe(parameter, 'a text without NUL');
  if (values !== undefined && !values.includes(value)) {
    throw mustBe(parameter, `one of: ${values.join(', ')}`);
  }
  if (value.length > lengthMax)
    throw mustBe(parameter, `a text of at most ${lengthMax} characters`);
  return value;
}

function integerValue(parameter: SqlParameter, value: Json): bigint {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
  if (!isNumber && !(typeof value === 'string' && /^-?\d{1,19}$/.test(value))) {
    throw mustBe(parameter, 'a whole number; one above 2^53 as text');
  }
  const whole = BigInt(value);
  if (whole > INT64_MAX || whole < -INT64_MAX - 1n) throw mustBe(parameter, 'within 64 bits');
  inRange(parameter, Number(whole));
  return whole;
}

function checkedTime(parameter: SqlParameter, value: Json, form: RegExp, example: string): string {
  if (typeof value !== 'string' || !form.test(value)) throw mustBe(parameter, example);
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that its month does not have would become one of the next month.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || Number.isNaN(Date.parse(value.replace(' ', 'T'))))
    throw mustBe(parameter, example);
  return value;
}

function inRange(parameter: SqlParameter, value: number): number {
  const { minimum = -Infinity, maximum = Infinity } = parameter;
  if (value >= minimum && value <= maximum) return value;
  throw mustBe(parameter, `from ${minimum} to ${maximum}`);
}

const mustBe = ({ name }: SqlParameter, what: string): ArgumentError =>
  new ArgumentError(name, `must be ${what}.`);

import type { JsonObject } from '../../kernel/json.ts';

/** JSON Schemas by the name of a scalar. */
export type ScalarSchemas = Readonly<Record<string, JsonObject>>;

const text: JsonObject = { type: 'string' };
/** Wider than a JS number: digits as text are exact, a number is what people write. */
const wide: JsonObject = { type: ['integer', 'string'] };

/** The scalars of the language (GraphQL September 2025 §3.5) and what people commonly add. */
const known: ScalarSchemas = {
  Int: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
  Float: { type: 'number' },
  String: text,
  Boolean: { type: 'boolean' },
  ID: { type: ['string', 'integer'] },
  DateTime: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  Time: text,
  Timestamp: { type: ['string', 'integer'] },
  URI: { type: 'string', format: 'uri' },
  URL: { type: 'string', format: 'uri' },
  UUID: { type: 'string', format: 'uuid' },
  EmailAddress: text,
  BigInt: wide,
  Long: wide,
  Decimal: { type: ['number', 'string'] },
  BigDecimal: { type: ['number', 'string'] },
  JSONObject: { type: 'object' },
  AWSDate: text,
  AWSTime: text,
  AWSDateTime: { type: 'string', format: 'date-time' },
  AWSTimestamp: { type: 'integer' },
  AWSEmail: text,
  AWSJSON: { type: 'string', description: 'JSON text.' },
  AWSURL: { type: 'string', format: 'uri' },
  AWSPhone: text,
  AWSIPAddress: text,
  FieldSet: text,
  _FieldSet: text,
};

/** The JSON Schema of a scalar: configured, well known, or any value. */
export function scalarSchema(name: string, configured: ScalarSchemas): JsonObject {
  if (Object.hasOwn(configured, name)) return configured[name] as JsonObject;
  return Object.hasOwn(known, name) ? (known[name] as JsonObject) : {};
}

import { isJsonObject, type Json, type JsonObject } from '../../../src/kernel/json.ts';

/** Arguments that a tool's input schema accepts: those that it requires. */
export function sampleArguments(schema: JsonObject): JsonObject {
  const sampled = sample(schema, schema, 0);
  return isJsonObject(sampled) ? sampled : {};
}

function sample(schema: JsonObject, root: JsonObject, depth: number): Json {
  const reference = schema['$ref'];
  if (typeof reference === 'string') return sample(resolve(root, reference), root, depth + 1);
  const values = schema['enum'];
  if (Array.isArray(values) && values.length > 0) return values[0] ?? null;
  if ('const' in schema) return schema['const'] ?? null;
  for (const key of ['allOf', 'oneOf', 'anyOf']) {
    const [first] = Array.isArray(schema[key]) ? schema[key] : [];
    if (isJsonObject(first) && depth < 8) return sample(first, root, depth + 1);
  }
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? Math.max(1, schema['minimum']) : 1;
    case 'boolean':
      return true;
    case 'array': {
      const { items } = schema;
      return isJsonObject(items) && depth < 8 ? [sample(items, root, depth + 1)] : [];
    }
    case 'object':
      return sampleObject(schema, root, depth);
    default:
      return isJsonObject(schema['properties']) ? sampleObject(schema, root, depth) : 'some text';
  }
}

function sampleObject(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const entries = Object.entries(properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      isJsonObject(value) && depth < 8 ? sample(value, root, depth + 1) : 'some text',
    ]),
  );
}

function resolve(root: JsonObject, reference: string): JsonObject {
  let found: Json | undefined = root;
  for (const step of reference.slice(2).split('/')) {
    found = isJsonObject(found) ? found[step] : undefined;
  }
  return isJsonObject(found) ? found : {};
}

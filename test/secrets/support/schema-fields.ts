import {
  isJsonObject,
  stringMember,
  type Json,
  type JsonObject,
} from '../../../src/kernel/json.ts';
import { namesSecret } from './secret-fields.ts';

type Resolve = (reference: string) => Json | undefined;

/** Paths of the members of a JSON Schema that are written only or whose names say secret. */
export function secretPaths(schema: Json | undefined, resolve: Resolve): readonly string[] {
  const found = new Set<string>();
  const look = (part: Json | undefined, path: string, seen: readonly string[]): void => {
    if (!isJsonObject(part)) return;
    const reference = part['$ref'];
    if (typeof reference === 'string') {
      if (!seen.includes(reference)) look(resolve(reference), path, [...seen, reference]);
      return;
    }
    for (const name of ['oneOf', 'anyOf', 'allOf']) {
      const parts = part[name];
      if (Array.isArray(parts)) for (const one of parts) look(one as Json, path, seen);
    }
    look(part['items'], `${path}[]`, seen);
    const members = isJsonObject(part['properties']) ? part['properties'] : {};
    for (const [name, member] of Object.entries(members)) {
      const at = path === '' ? name : `${path}.${name}`;
      const isWritten = isJsonObject(member) && member['writeOnly'] === true;
      if (isWritten || (namesSecret(name) && !isFlag(member))) found.add(at);
      else look(member, at, seen);
    }
  };
  look(schema, '', []);
  return [...found];
}

function isFlag(schema: Json): boolean {
  return isJsonObject(schema) && (schema['type'] === 'boolean' || schema['type'] === 'integer');
}

/** The same of every request body of an OpenAPI document, by operation. */
export function secretBodyFields(document: JsonObject): readonly SecretField[] {
  const resolve: Resolve = (reference) =>
    reference
      .replace('#/', '')
      .split('/')
      .reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), document);
  const paths = document['paths'] as Readonly<Record<string, JsonObject>>;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]): SecretField[] => {
      if (!isJsonObject(operation) || !isJsonObject(operation['requestBody'])) return [];
      const content = operation['requestBody']['content'] as Readonly<Record<string, JsonObject>>;
      const fields = Object.values(content).flatMap(({ schema }) => secretPaths(schema, resolve));
      const id = stringMember(operation, 'operationId') ?? '';
      return [...new Set(fields)].map((field) => ({ id, method, path, field }));
    }),
  );
}

/** A field of a request that may hold a secret. */
export interface SecretField {
  /** The operation. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly field: string;
}

import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** The discriminating property, and a description of the subtypes. */
export interface KindsNote {
  readonly property: string;
  readonly text: string;
}

/** More would not be read. */
const KINDS_MAX = 100;

/**
 * Says which subtypes an object with a discriminator has and what each adds, when they are derived
 * from it (`allOf`): the schema of the object itself does not mention them.
 */
export function describeKinds(schema: JsonObject, document: SourceDocument): KindsNote | undefined {
  const discriminator = schema['discriminator'];
  const property = isJsonObject(discriminator) ? discriminator['propertyName'] : discriminator;
  if (typeof property !== 'string') return undefined;
  const tags = isJsonObject(discriminator)
    ? tagsOf(discriminator, document)
    : new Map<JsonObject, string>();
  const kinds = [...document.derived(schema)].slice(0, KINDS_MAX).map(([kind, name]) => {
    const own = kind['x-ms-discriminator-value'];
    const tag = tags.get(kind) ?? (typeof own === 'string' ? own : name);
    const names = ownProperties(kind, document);
    return names.length === 0 ? tag : `${tag} (${names.join(', ')})`;
  });
  return kinds.length === 0 ? undefined : { property, text: `Kinds: ${kinds.join('; ')}` };
}

/** `discriminator.mapping`, turned round. */
function tagsOf(discriminator: JsonObject, document: SourceDocument): Map<JsonObject, string> {
  const { mapping } = discriminator;
  const entries = Object.entries(isJsonObject(mapping) ? mapping : {}).flatMap(([tag, value]) => {
    const reference = typeof value === 'string' && !value.includes('/');
    const $ref = reference ? `#/components/schemas/${value}` : value;
    const target = document.follow({ $ref });
    return target === undefined ? [] : [[target, tag] as const];
  });
  return new Map(entries);
}

/** The properties a kind adds itself; what it needs has a star. */
function ownProperties(kind: JsonObject, document: SourceDocument): readonly string[] {
  const parts = Array.isArray(kind['allOf']) ? (kind['allOf'] as readonly Json[]) : [];
  const inline = parts.filter((part) => isJsonObject(part) && part['$ref'] === undefined);
  return [kind, ...inline].flatMap((part) => {
    const object = document.follow(part) ?? {};
    const required = Array.isArray(object['required'])
      ? (object['required'] as readonly Json[])
      : [];
    const properties = isJsonObject(object['properties']) ? object['properties'] : {};
    return Object.keys(properties).map((name) => (required.includes(name) ? `${name}*` : name));
  });
}

import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import {
  essence,
  isBinaryType,
  isJsonSequenceType,
  isJsonType,
  isXmlType,
} from '../text/choose-media-type.ts';
import type { BodyKind, BodyPlan, ParameterPlan, PartPlan } from '../model/request-plan.ts';
import type { BodySource } from '../model/operation-source.ts';
import { planXml } from './plan-xml.ts';
import { isBinarySchema, typesOf } from '../schema/schema-keywords.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** Plans how the body argument, or the fields of a 2.0 form, are written. */
export function planBody(
  document: SourceDocument,
  body: BodySource,
  carrier: { readonly argument: string } | { readonly fields: readonly ParameterPlan[] },
): BodyPlan {
  const kind = kindOf(document, body);
  const parts = kind === 'form' || kind === 'multipart' ? planParts(document, body) : {};
  const fallback = body.required ? fallbackOf(document, body.schema) : undefined;
  const common = {
    kind,
    mediaType: body.mediaType,
    required: body.required,
    acceptsText: acceptsText(document, body.schema),
    parts,
    ...(fallback === undefined ? {} : { fallback }),
    ...carrier,
  };
  return kind === 'xml' ? { ...common, xml: planXml(document, body.schema) } : common;
}

/** The only value a schema allows, else its default: what a call may leave out. */
export function fallbackOf(document: SourceDocument, schema: Json): Json | undefined {
  const object = document.follow(schema);
  const listed = object?.['enum'];
  const only = Array.isArray(listed) && listed.length === 1 ? (listed[0] as Json) : undefined;
  return object?.['const'] ?? only ?? object?.['default'];
}

/** True when a string is something the schema may mean. */
export function acceptsText(document: SourceDocument, schema: Json): boolean {
  const object = document.follow(schema);
  if (object === undefined) return true;
  const types = typesOf(object);
  if (types !== undefined) return types.includes('string');
  const branches = ['oneOf', 'anyOf'].flatMap((keyword) => {
    const list = object[keyword];
    return Array.isArray(list) ? (list as readonly Json[]) : [];
  });
  return branches.length === 0
    ? object['allOf'] === undefined
    : branches.some((branch) => branchAcceptsText(document, branch));
}

const branchAcceptsText = (document: SourceDocument, branch: Json): boolean => {
  const object = document.follow(branch);
  return object === undefined || (typesOf(object)?.includes('string') ?? false);
};

/** How a body of this media type and schema is written. */
export function kindOf(document: SourceDocument, body: BodySource): BodyKind {
  const name = essence(body.mediaType);
  if (isJsonSequenceType(name)) return name.endsWith('json-seq') ? 'json-sequence' : 'json-lines';
  if (isJsonType(name)) return 'json';
  if (name === 'application/x-www-form-urlencoded') return 'form';
  if (name.startsWith('multipart/')) return 'multipart';
  if (isXmlType(name)) return 'xml';
  const schema = document.follow(body.schema);
  const binary = schema !== undefined && isBinarySchema(schema);
  return binary || isBinaryType(name) ? 'binary' : 'text';
}

function planParts(document: SourceDocument, body: BodySource): Readonly<Record<string, PartPlan>> {
  const parts: [string, PartPlan][] = [];
  const whole = document.follow(body.schema);
  if (whole !== undefined && isBinarySchema(whole)) {
    return { file: planPart(document, body.schema, body.encoding.get('file')) };
  }
  const names = new Set([...propertiesOf(document, body.schema).keys(), ...body.encoding.keys()]);
  const properties = propertiesOf(document, body.schema);
  for (const name of names) {
    const encoding = body.encoding.get(name);
    parts.push([name, planPart(document, properties.get(name) ?? {}, encoding)]);
  }
  return Object.fromEntries(parts);
}

/** Plans one part of a multipart body or one field of a form (OAS 3.2 "Encoding Object"). */
export function planPart(
  document: SourceDocument,
  schema: Json,
  encoding: BodySource['encoding'] extends ReadonlyMap<string, infer E> ? E | undefined : never,
): PartPlan {
  const object = document.follow(schema) ?? {};
  const repeated = typesOf(object)?.includes('array') ?? false;
  const item = repeated ? (document.follow(object['items']) ?? {}) : object;
  const binary = isBinarySchema(item);
  return {
    binary,
    repeated,
    contentType: encoding?.contentType,
    serialization: encoding?.serialization,
    headers: encoding?.headers ?? {},
  };
}

/** The properties of an object schema, those of its branches included. */
export function propertiesOf(
  document: SourceDocument,
  schema: Json,
  seen = new Set<JsonObject>(),
): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  const object = document.follow(schema);
  if (object === undefined || seen.has(object)) return found;
  seen.add(object);
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const branches = object[keyword];
    if (!Array.isArray(branches)) continue;
    for (const branch of branches as readonly Json[]) {
      for (const [name, inner] of propertiesOf(document, branch, seen)) found.set(name, inner);
    }
  }
  if (isJsonObject(object['properties'])) {
    for (const [name, inner] of Object.entries(object['properties'])) found.set(name, inner);
  }
  return found;
}

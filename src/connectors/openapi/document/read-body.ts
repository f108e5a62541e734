import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { chooseMediaType, essence, isBinaryType } from '../text/choose-media-type.ts';
import type { BodySource, EncodingSource } from '../model/operation-source.ts';
import type { LostReferences } from './lost-references.ts';
import { serialization3 } from './read-parameter.ts';
import type { SourceDocument } from './source-document.ts';
import { saysTrue } from './says-true.ts';

/** Reads a 3.x request body and settles on one media type. */
export function readBody(
  document: SourceDocument,
  value: Json | undefined,
  lost: LostReferences,
): BodySource | undefined {
  const body = lost('request body', value);
  const content = body?.['content'];
  if (body === undefined || !isJsonObject(content)) return undefined;
  const named = Object.entries(content).map(([mediaType, inner]) => ({
    mediaType,
    object: lost(`media type ${mediaType} of the request body`, inner) ?? {},
  }));
  // A media type without a schema says nothing about what to send.
  const described = named.filter(({ object }) => schemaOf(object) !== undefined);
  const usable = described.length > 0 ? described : named;
  const mediaType = chooseMediaType(usable.map((entry) => entry.mediaType));
  const chosen = usable.find((entry) => entry.mediaType === mediaType);
  if (mediaType === undefined || chosen === undefined) return undefined;
  return {
    mediaType: concrete(mediaType, chosen.object),
    required: saysTrue(body['required']),
    description: typeof body['description'] === 'string' ? body['description'] : undefined,
    schema: schemaOf(chosen.object) ?? {},
    encoding: readEncoding(document, chosen.object['encoding']),
  };
}

/** Reads a 2.0 `in: body` parameter; `consumes` gives the media type. */
export function readBody2(
  document: SourceDocument,
  object: JsonObject,
  consumes: readonly string[],
): BodySource {
  const concreteTypes = consumes.filter((type) => !type.includes('*'));
  const schema = document.follow(object['schema']) ?? {};
  // Bytes are better sent as bytes than as a string of JSON.
  const bytes = ['binary', 'file'].some((word) => schema['format'] === word);
  const binaryType = bytes ? concreteTypes.find(isBinaryType) : undefined;
  return {
    mediaType: binaryType ?? chooseMediaType(concreteTypes) ?? 'application/json',
    required: saysTrue(object['required']),
    description: typeof object['description'] === 'string' ? object['description'] : undefined,
    schema: object['schema'] ?? {},
    encoding: new Map(),
  };
}

function schemaOf(mediaType: JsonObject): Json | undefined {
  const item = mediaType['itemSchema'];
  return mediaType['schema'] ?? (item === undefined ? undefined : { type: 'array', items: item });
}

/** A range such as `*` + `/*` is sent as JSON, or as bytes when its schema says so. */
function concrete(mediaType: string, object: JsonObject): string {
  if (!essence(mediaType).includes('*')) return mediaType;
  const schema = object['schema'];
  const format = isJsonObject(schema) ? schema['format'] : undefined;
  if (format === 'binary') return 'application/octet-stream';
  return essence(mediaType).startsWith('text/') ? 'text/plain' : 'application/json';
}

function readEncoding(
  document: SourceDocument,
  value: Json | undefined,
): ReadonlyMap<string, EncodingSource> {
  const encoding = new Map<string, EncodingSource>();
  if (!isJsonObject(value)) return encoding;
  for (const [property, inner] of Object.entries(value)) {
    const object = document.follow(inner);
    if (object === undefined) continue;
    const contentType = object['contentType'];
    const styled = ['style', 'explode', 'allowReserved'].some((key) => Object.hasOwn(object, key));
    encoding.set(property, {
      contentType: typeof contentType === 'string' ? firstType(contentType) : undefined,
      serialization: styled ? serialization3(object, 'query') : undefined,
      headers: fixedHeaders(document, object['headers']),
    });
  }
  return encoding;
}

/** `contentType` may list several types and ranges; the first concrete one is used. */
function firstType(list: string): string | undefined {
  return list
    .split(',')
    .map((type) => type.trim())
    .find((type) => type !== '' && !type.includes('*'));
}

/** Part headers whose value the document fixes; others cannot be filled in by a model. */
function fixedHeaders(
  document: SourceDocument,
  value: Json | undefined,
): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  const fixed: [string, string][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const schema = document.follow(document.follow(inner)?.['schema']);
    const only = schema?.['const'] ?? schema?.['default'] ?? single(schema?.['enum']);
    if (only !== undefined && typeof only !== 'object') fixed.push([name, String(only)]);
  }
  return Object.fromEntries(fixed);
}

const single = (list: Json | undefined): Json | undefined =>
  Array.isArray(list) && list.length === 1 ? (list[0] as Json) : undefined;

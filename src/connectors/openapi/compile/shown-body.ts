import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { SourceDocument } from '../document/source-document.ts';
import type { BodySource } from '../model/operation-source.ts';
import { isBinarySchema, typesOf } from '../schema/schema-keywords.ts';
import { isJsonSequenceType, isJsonType } from '../text/choose-media-type.ts';
import { kindOf, propertiesOf } from './plan-body.ts';

/** The schema of a body as a call takes it: the media type decides where the document differs. */
export function shownBody(document: SourceDocument, body: BodySource): Json {
  const { schema, mediaType } = body;
  const object = document.follow(schema);
  const types = object === undefined ? undefined : typesOf(object);
  switch (kindOf(document, body)) {
    case 'binary':
      return object !== undefined && isBinarySchema(object) && types?.join() === 'string'
        ? schema
        : { ...noted(object), type: 'string', format: 'binary' };
    case 'multipart':
      return holdsParts(document, schema, types) ? schema : onePart(object);
    case 'form':
      return types?.join() === 'array' ? { ...noted(object), type: 'object' } : schema;
    default: {
      const file = object?.['format'] === 'file';
      const says = isJsonObject(schema) && Object.keys(schema).length > 0;
      const bytes = !acceptsJson(mediaType) && (!says || file);
      return bytes ? { type: 'string', format: 'binary' } : schema;
    }
  }
}

const acceptsJson = (mediaType: string): boolean =>
  isJsonType(mediaType) ||
  isJsonSequenceType(mediaType) ||
  /^(text\/|multipart\/|application\/(.*xml|x-www-form))/.test(mediaType);

function holdsParts(
  document: SourceDocument,
  schema: Json,
  types: readonly string[] | undefined,
): boolean {
  if (types === undefined || propertiesOf(document, schema).size > 0) return true;
  return types.some((type) => type === 'object' || type === 'array');
}

/** A multipart body whose schema is one value: that value is the part `file`, or any part. */
function onePart(object: JsonObject | undefined): JsonObject {
  const bytes = object !== undefined && isBinarySchema(object);
  return {
    ...noted(object),
    type: 'object',
    ...(bytes ? { properties: { file: { type: 'string', format: 'binary' } } } : {}),
  };
}

function noted(object: JsonObject | undefined): JsonObject {
  const description = object?.['description'];
  return typeof description === 'string' ? { description } : {};
}

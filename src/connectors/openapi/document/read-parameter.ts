import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type {
  ParameterLocation,
  ParameterSource,
  Serialization,
} from '../model/operation-source.ts';
import type { SourceDocument } from './source-document.ts';
import { saysTrue } from './says-true.ts';

/** Reads one parameter of any dialect; undefined when it is a 2.0 body or not a parameter. */
export function readParameter(
  document: SourceDocument,
  object: JsonObject,
): ParameterSource | undefined {
  const name = object['name'];
  const location = object['in'];
  if (typeof name !== 'string' || name === '' || !isLocation(location)) return undefined;
  const common = {
    name,
    location,
    required: saysTrue(object['required']) || location === 'path',
    deprecated: object['deprecated'] === true,
    description: typeof object['description'] === 'string' ? object['description'] : undefined,
  };
  if (document.dialect === '2.0') {
    return { ...common, ...serialization2(object, location), schema: inlineSchema(object) };
  }
  const content = contentOf(document, object);
  if (content !== undefined) {
    const rules = defaults(location);
    return { ...common, ...rules, contentType: content.mediaType, schema: content.schema };
  }
  return { ...common, ...serialization3(object, location), schema: object['schema'] ?? {} };
}

/** Reads style, explode and allowReserved (3.x Parameter, Encoding and Header objects). */
export function serialization3(object: JsonObject, location: ParameterLocation): Serialization {
  const declared = object['style'];
  const explode = object['explode'];
  const byDefault = defaults(location);
  const allowReserved =
    object['allowReserved'] === true || object['x-ms-skip-url-encoding'] === true;
  const style = typeof declared === 'string' ? declared : byDefault.style;
  const exploded = typeof explode === 'boolean' ? explode : style === 'form' || style === 'cookie';
  const rules = { explode: exploded, allowReserved };
  switch (style) {
    case 'label':
    case 'matrix':
      return location === 'path' ? { ...rules, style } : { ...byDefault, ...rules };
    case 'simple':
      return { ...byDefault, ...rules };
    case 'form':
    case 'deepObject':
    case 'cookie':
      return location === 'path' || location === 'header' ? byDefault : { ...rules, style };
    case 'spaceDelimited':
      return { ...rules, style: 'delimited', delimiter: ' ' };
    case 'pipeDelimited':
      return { ...rules, style: 'delimited', delimiter: '|' };
    default:
      return { ...byDefault, allowReserved };
  }
}

/** The style a location has when none is given. */
function defaults(location: ParameterLocation): Serialization {
  return location === 'path' || location === 'header'
    ? { style: 'simple', explode: false, allowReserved: false }
    : { style: 'form', explode: true, allowReserved: false };
}

const DELIMITERS: Readonly<Record<string, string>> = { csv: ',', ssv: ' ', tsv: '\t', pipes: '|' };

/** 2.0: `collectionFormat`, on the parameter and on nested items. */
function serialization2(object: JsonObject, location: ParameterLocation): Serialization {
  const format = text(object['collectionFormat']) ?? 'csv';
  const allowReserved = object['x-ms-skip-url-encoding'] === true;
  const keepsEmpty = true;
  if (format === 'multi') return { style: 'form', explode: true, allowReserved, keepsEmpty };
  const items = isJsonObject(object['items']) ? object['items'] : {};
  const inner = DELIMITERS[text(items['collectionFormat']) ?? 'csv'] ?? ',';
  const delimiter = DELIMITERS[format] ?? ',';
  if (delimiter === ',' && inner === ',') {
    const simple = location === 'path' || location === 'header';
    return { style: simple ? 'simple' : 'form', explode: false, allowReserved, keepsEmpty };
  }
  const separators = { delimiter, innerDelimiter: inner };
  return { style: 'delimited', explode: false, allowReserved, keepsEmpty, ...separators };
}

/** 2.0 parameters are schemas themselves; what is not schema is left out. */
function inlineSchema(object: JsonObject): Json {
  if (isJsonObject(object['schema'])) return object['schema'];
  const other = new Set(['name', 'in', 'required', 'description', 'collectionFormat']);
  return Object.fromEntries(Object.entries(object).filter(([key]) => !other.has(key)));
}

function contentOf(
  document: SourceDocument,
  object: JsonObject,
): { readonly mediaType: string; readonly schema: Json } | undefined {
  const content = object['content'];
  if (!isJsonObject(content)) return undefined;
  const [entry] = Object.entries(content);
  if (entry === undefined) return undefined;
  return { mediaType: entry[0], schema: document.follow(entry[1])?.['schema'] ?? {} };
}

function isLocation(value: Json | undefined): value is ParameterLocation {
  return (
    value === 'path' ||
    value === 'query' ||
    value === 'querystring' ||
    value === 'header' ||
    value === 'cookie' ||
    value === 'formData'
  );
}

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

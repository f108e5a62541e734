import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';

const WANTED = 'Give an OpenAPI document (JSON or YAML)';
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^\s*$/, `The document is empty. ${WANTED}.`],
  [
    /^\s*(<!doctype html|<html|<head|<body)/i,
    'This is a web page (HTML), not an OpenAPI document. Give the address of the document: ' +
      'pages of documentation link to it, and pages that ask to sign in need "documentHeaders".',
  ],
  [/^\s*<(\?xml|[A-Za-z])/, `This is XML (perhaps WSDL or WADL). ${WANTED}.`],
  [/^#%RAML/, 'This is RAML. Convert it to OpenAPI 3 first.'],
  [/^FORMAT: *1A/, 'This is API Blueprint. Convert it to OpenAPI 3 first.'],
  [/^\s*syntax\s*=\s*["']proto/, `This is a Protocol Buffers file. ${WANTED}.`],
  [/^\s*curl\s/, `This is a cURL command. ${WANTED} that describes what it calls.`],
  [
    /^\s*("""[\s\S]*?"""\s*)?(extend\s+)?(type|schema|interface|input|directive)\b[^:\n]*[{@]/,
    'This is a GraphQL schema. Register it with the kind "graphql" and its "schema".',
  ],
];

/** What a text is that is neither JSON nor YAML of OpenAPI, with the fix. */
export const textSeemsToBe = (text: string): string | undefined =>
  TEXTS.find(([pattern]) => pattern.test(text.slice(0, 10_000)))?.[1];

/** What an object without a version of OpenAPI is, with the fix. */
export function objectSeemsToBe(object: JsonObject): string | undefined {
  const { asyncapi, info, log, data, $schema: schema } = object;
  const inside = isJsonObject(info) ? info : {};
  if (asyncapi !== undefined) {
    return `This is an AsyncAPI document; it describes messages. ${WANTED} of the HTTP API.`;
  }
  if (
    inside['_postman_id'] !== undefined ||
    /getpostman\.com/.test(JSON.stringify(inside['schema'] ?? ''))
  ) {
    return 'This is a Postman collection. Export it as OpenAPI 3 or convert it first.';
  }
  if (object['_type'] === 'export') {
    return 'This is an Insomnia export. Export it as OpenAPI 3 first.';
  }
  if (isJsonObject(log) && Array.isArray(log['entries'])) {
    return `This is a HAR file: recorded requests. ${WANTED} of the API.`;
  }
  if (object['swaggerVersion'] !== undefined) {
    return 'This is Swagger 1. Convert it to Swagger 2.0 or OpenAPI 3 first.';
  }
  if (isJsonObject(data) && isJsonObject(data['__schema'])) return GRAPHQL;
  if (isJsonObject(object['__schema'])) return GRAPHQL;
  if (object['arazzo'] !== undefined) {
    return 'This is an Arazzo description of workflows. Give the OpenAPI document it is about.';
  }
  if (object['overlay'] !== undefined) {
    return 'This is an OpenAPI Overlay. Give it in "overlays", beside the document it changes.';
  }
  if (typeof schema === 'string' && object['paths'] === undefined) {
    return `This is a JSON Schema. ${WANTED} that uses it.`;
  }
  return undefined;
}

const GRAPHQL =
  'This is the introspection of a GraphQL schema. Register the API with the kind "graphql".';

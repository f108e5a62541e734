import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { isJsonType, isXmlType } from '../text/choose-media-type.ts';
import type {
  BodySource,
  OperationSource,
  ParameterSource,
  ResponseSource,
} from '../model/operation-source.ts';
import { readBody, readBody2 } from './read-body.ts';
import { lostReferences, type LostReferences } from './lost-references.ts';
import { readParameter } from './read-parameter.ts';
import { readSecurity } from './read-security.ts';
import { readServers, readServers2, type ServerVariables } from './read-servers.ts';
import type { SourceDocument } from './source-document.ts';

/** An operation that can be read on its own, so that a broken one costs only itself. */
export interface OperationEntry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly object: JsonObject;
  readonly pathItem: JsonObject;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];
const METHOD_TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/;

/**
 * Lists the operations of every path, `additionalOperations` (3.2) included, and of `x-ms-paths`,
 * which tells paths apart by their queries.
 */
export function listOperations(document: SourceDocument): readonly OperationEntry[] {
  const entries: OperationEntry[] = [];
  const paths = ['paths', 'x-ms-paths'].flatMap((key) => {
    const object = document.root[key];
    return isJsonObject(object) ? Object.entries(object) : [];
  });
  for (const [path, value] of paths) {
    if (path.startsWith('x-')) continue;
    const pathItem = readPathItem(document, path, value);
    if (pathItem === undefined) continue;
    const add = (method: string, object: Json | undefined): void => {
      const operation = document.follow(object);
      if (operation === undefined) {
        report(document, 'invalid_operation', `${method} ${path}`, 'it is not an object');
      } else {
        entries.push({ id: `${method} ${path}`, method, path, object: operation, pathItem });
      }
    };
    for (const method of METHODS) {
      if (pathItem[method] !== undefined) add(method.toUpperCase(), pathItem[method]);
    }
    const additional = pathItem['additionalOperations'];
    if (!isJsonObject(additional)) continue;
    for (const [method, object] of Object.entries(additional)) {
      if (METHOD_TOKEN.test(method)) add(method, object);
      else report(document, 'invalid_operation', path, `"${method}" is not an HTTP method`);
    }
  }
  return entries;
}

/** A path item, merged with what its `$ref` leads to. */
function readPathItem(document: SourceDocument, path: string, value: Json): JsonObject | undefined {
  if (!isJsonObject(value)) {
    if (value !== null) report(document, 'invalid_path', path, 'it is not an object');
    return undefined;
  }
  if (typeof value['$ref'] !== 'string') return value;
  const target = document.follow(value);
  if (target === undefined) {
    report(document, 'unresolved_reference', path, `"${value['$ref']}" leads nowhere`);
    return value;
  }
  return { ...target, ...value };
}

/** Reads one operation with everything it inherits from its path and its document. */
export function readOperation(
  document: SourceDocument,
  entry: OperationEntry,
  variables: ServerVariables,
): OperationSource {
  const { object, pathItem } = entry;
  const { parameters, body2 } = readParameters(document, entry);
  const lost = lostReferences(document, entry.id);
  const { root } = document;
  const servers =
    document.dialect === '2.0'
      ? readServers2(document, variables)
      : (readServers(document, object['servers'], variables) ??
        readServers(document, pathItem['servers'], variables) ??
        readServers(document, root['servers'], variables) ?? [{ url: '/' }]);
  return {
    id: entry.id,
    method: entry.method,
    path: entry.path,
    operationId: text(object['operationId']),
    summary: text(object['summary']) ?? text(pathItem['summary']),
    description: text(object['description']) ?? text(pathItem['description']),
    tags: strings(object['tags']),
    deprecated: object['deprecated'] === true,
    parameters,
    body:
      body2 ??
      formBody2(document, entry, parameters) ??
      readBody(document, object['requestBody'], lost),
    responses: readResponses(document, entry, lost),
    servers,
    security: readSecurity(object['security']) ?? readSecurity(root['security']) ?? [],
  };
}

function readParameters(
  document: SourceDocument,
  entry: OperationEntry,
): { readonly parameters: readonly ParameterSource[]; readonly body2: BodySource | undefined } {
  const byKey = new Map<string, ParameterSource>();
  let body2: BodySource | undefined;
  for (const holder of [entry.pathItem, entry.object]) {
    const list = holder['parameters'];
    if (!Array.isArray(list)) continue;
    for (const item of list as readonly Json[]) {
      const object = document.follow(item);
      if (object === undefined) {
        const reference = isJsonObject(item) ? item['$ref'] : undefined;
        const problem = `parameter ${JSON.stringify(reference)} leads nowhere`;
        report(document, 'unresolved_reference', entry.id, problem);
      } else if (object['in'] === 'body' && document.dialect === '2.0') {
        body2 = readBody2(document, object, consumesOf(document, entry));
      } else {
        const parameter = readParameter(document, object);
        if (parameter !== undefined) {
          byKey.set(`${parameter.location} ${parameter.name}`, describe(parameter, item));
        } else {
          const problem = `parameter ${JSON.stringify(object['name'])} is not complete`;
          report(document, 'invalid_parameter', entry.id, problem);
        }
      }
    }
  }
  return { parameters: [...byKey.values()], body2 };
}

/** A reference may carry a description of its own. */
function describe(parameter: ParameterSource, item: Json): ParameterSource {
  const own =
    isJsonObject(item) && item['$ref'] !== undefined ? text(item['description']) : undefined;
  return own === undefined ? parameter : { ...parameter, description: own };
}

/** The body that the formData parameters of 2.0 make together. */
function formBody2(
  document: SourceDocument,
  entry: OperationEntry,
  parameters: readonly ParameterSource[],
): BodySource | undefined {
  const fields = parameters.filter((parameter) => parameter.location === 'formData');
  if (fields.length === 0) return undefined;
  const file = fields.some(({ schema }) => isJsonObject(schema) && schema['type'] === 'file');
  const multipart = file || consumesOf(document, entry).includes('multipart/form-data');
  return {
    mediaType: multipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded',
    required: fields.some((field) => field.required),
    description: undefined,
    schema: {},
    encoding: new Map(),
  };
}

const consumesOf = (document: SourceDocument, entry: OperationEntry): readonly string[] =>
  strings(entry.object['consumes'] ?? document.root['consumes']);

function readResponses(
  document: SourceDocument,
  entry: OperationEntry,
  lost: LostReferences,
): readonly ResponseSource[] {
  const responses = entry.object['responses'];
  if (!isJsonObject(responses)) return [];
  const produces = strings(entry.object['produces'] ?? document.root['produces']);
  const read: ResponseSource[] = [];
  for (const [status, value] of Object.entries(responses)) {
    if (status.startsWith('x-')) continue;
    const response = lost(`response ${status}`, value);
    if (response === undefined) continue;
    const documented = isJsonObject(response['headers']) ? response['headers'] : {};
    const headers = Object.entries(documented).flatMap(([name, header]) =>
      lost(`header "${name}" of response ${status}`, header) === undefined
        ? []
        : [name.toLowerCase()],
    );
    if (document.dialect === '2.0') {
      const mediaType = produces.find(isJsonType) ?? produces[0];
      read.push({ status, mediaType, schema: response['schema'], headers });
      continue;
    }
    const content = isJsonObject(response['content']) ? response['content'] : {};
    const types = Object.keys(content);
    const mediaType = types.find(isJsonType) ?? types.find((type) => !isXmlType(type)) ?? types[0];
    const object =
      mediaType === undefined
        ? undefined
        : lost(`media type ${mediaType} of response ${status}`, content[mediaType]);
    read.push({ status, mediaType, schema: object?.['schema'], headers });
  }
  return read;
}

function report(document: SourceDocument, code: string, operation: string, problem: string): void {
  const severity = code === 'unresolved_reference' ? 'warning' : 'error';
  document.report({ severity, code, operation, text: `In ${operation}, ${problem}.` });
}

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const strings = (value: Json | undefined): readonly string[] =>
  Array.isArray(value)
    ? (value as readonly Json[]).filter((item) => typeof item === 'string')
    : typeof value === 'string'
      ? [value]
      : [];

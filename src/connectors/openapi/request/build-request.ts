import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import {
  contentText,
  expandHeader,
  expandPairs,
  expandPath,
  primitiveText,
} from './expand-value.ts';
import { guardCookie, guardHeader } from './guard-header.ts';
import { assertInsideTemplate, guardPathText } from './guard-path.ts';
import { readJsonText } from './json-text.ts';
import type { BodyPlan, ParameterPlan, RequestPlan } from '../model/request-plan.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import { percentEncode } from './percent-encode.ts';
import { readArguments } from './read-arguments.ts';
import { resolveServer, type RequestBase } from './resolve-server.ts';
import { writeBody, writeForm } from './write-body.ts';

/** One HTTP request, complete but for credentials. */
export interface BuiltRequest {
  readonly method: string;
  readonly url: string;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * Turns tool arguments into the operation's request. Pure. Throws ArgumentError when an argument
 * is missing, unknown, or would reach outside the operation's path, headers or cookies.
 */
export function buildRequest(
  operation: CompiledOperation,
  input: JsonObject,
  base: RequestBase,
): BuiltRequest {
  const { plan } = operation;
  const values = readArguments(operation, input);
  const server = resolveServer(plan.servers, base);
  const path = buildPath(plan, values, base);
  const query = buildQuery(plan, values);
  const root = `${server.origin}${server.pathname.replace(/\/+$/, '')}`;
  const url = `${root}${path}${query === '' ? '' : `?${query}`}`;
  assertInsideTemplate(url, server, literal(settledTemplate(plan, values)));
  const headers = buildHeaders(plan, values);
  const body = plan.body === undefined ? undefined : buildBody(plan.body, values);
  if (body === undefined) return { method: plan.method, url, headers };
  return {
    method: plan.method,
    url,
    headers: { ...headers, 'content-type': body.contentType },
    body: body.bytes,
  };
}

type Values = ReadonlyMap<string, Json>;

function buildPath(plan: RequestPlan, values: Values, base: RequestBase): string {
  const byName = new Map(
    plan.parameters.filter(({ location }) => location === 'path').map((it) => [it.name, it]),
  );
  const pieces = plan.path.split(/(\{[^{}]+\})/);
  return pieces
    .map((piece, at) => {
      const parameter = at % 2 === 1 ? byName.get(piece.slice(1, -1)) : undefined;
      if (parameter !== undefined) return pathValue(parameter, values, base);
      return literal(piece).replace(/[{}]/g, percentEncode);
    })
    .join('');
}

function pathValue(parameter: ParameterPlan, values: Values, base: RequestBase): string {
  const value = shaped(parameter, values.get(parameter.argument) ?? '');
  const slash = base.pathSlash ?? 'encode';
  if (parameter.contentType !== undefined) {
    const text = contentText(value, parameter.contentType);
    guardPathText(parameter, text, slash);
    return filled(parameter, percentEncode(text));
  }
  for (const text of leaves(value)) guardPathText(parameter, text, slash);
  if (typeof value === 'string' && parameter.listed?.includes(value) === true) {
    // The document itself lists this text; it alone decides what may stand unencoded, or empty.
    return literal(value);
  }
  const text = expandPath(parameter.name, value, parameter);
  return filled(parameter, text);
}

/** An empty value would join the segments around it. */
function filled(parameter: ParameterPlan, text: string | undefined): string {
  if (text !== undefined && text !== '') return text;
  throw new ArgumentError(parameter.argument, 'must not be empty: it is part of a path');
}

/** The template with those values in it that the document itself lists. */
function settledTemplate(plan: RequestPlan, values: Values): string {
  let template = plan.path;
  for (const { location, listed, name, argument } of plan.parameters) {
    const value = values.get(argument);
    if (location !== 'path' || listed === undefined || typeof value !== 'string') continue;
    if (listed.includes(value)) template = template.replaceAll(`{${name}}`, () => value);
  }
  return template;
}

/** All strings in a value, keys included. */
function leaves(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => leaves(item));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => [key, ...leaves(inner)]);
  }
  return value === null ? [] : [primitiveText(value)];
}

/** Literal text of a template: what a URL cannot hold is encoded, the rest stays. */
const literal = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-._~:/@!$&'()*+,;=%{}]/gu, (char) => percentEncode(char));

function buildQuery(plan: RequestPlan, values: Values): string {
  const pairs: string[] = [templateQuery(plan, values)];
  for (const parameter of plan.parameters) {
    const value = values.get(parameter.argument);
    if (value === undefined) continue;
    if (parameter.location === 'query') {
      pairs.push(...expandPairs(parameter.name, shaped(parameter, value), parameter));
    } else if (parameter.location === 'querystring') {
      pairs.push(wholeQuery(parameter, shaped(parameter, value)));
    }
  }
  return pairs.filter((pair) => pair !== '').join('&');
}

/** The query of the template; a pair is left out when a value for it is. */
function templateQuery({ fixedQuery, parameters }: RequestPlan, values: Values): string {
  if (!fixedQuery.includes('{')) return literalQuery(fixedQuery);
  const byName = new Map(parameters.map((it) => [`${it.location} ${it.name}`, it]));
  const filledPair = (pair: string): readonly string[] => {
    const pieces = pair.split(/(\{[^{}]+\})/).map((piece, at) => {
      const parameter = at % 2 === 1 ? byName.get(`path ${piece.slice(1, -1)}`) : undefined;
      if (parameter === undefined) return literalQuery(piece).replace(/[{}]/g, percentEncode);
      const value = values.get(parameter.argument);
      if (value === undefined) return undefined;
      const { contentType } = parameter;
      if (contentType !== undefined) return percentEncode(contentText(value, contentType));
      return expandPath(parameter.name, shaped(parameter, value), parameter) ?? '';
    });
    return pieces.includes(undefined) ? [] : [pieces.join('')];
  };
  return fixedQuery.split('&').flatMap(filledPair).join('&');
}

const literalQuery = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%[\]]/gu, (char) => percentEncode(char));

/** `in: querystring` (3.2): the value is the whole query. */
function wholeQuery(parameter: ParameterPlan, value: Json): string {
  const type = parameter.contentType ?? 'application/x-www-form-urlencoded';
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    return typeof value === 'string'
      ? literalQuery(value)
      : writeForm(parameter.argument, value, {});
  }
  return percentEncode(contentText(value, type));
}

function buildHeaders(plan: RequestPlan, values: Values): Readonly<Record<string, string>> {
  const headers = new Map<string, string>([['accept', plan.accept]]);
  const cookies: string[] = [];
  for (const parameter of plan.parameters) {
    const input = values.get(parameter.argument);
    if (input === undefined) continue;
    const { argument, name, location, contentType } = parameter;
    const value = shaped(parameter, input);
    if (location === 'header') {
      const text =
        contentType === undefined
          ? expandHeader(value, parameter)
          : contentText(value, contentType);
      if (text !== undefined) headers.set(name.toLowerCase(), guardHeader(argument, name, text));
    } else if (location === 'cookie') {
      const pairs = expandPairs(name, value, parameter).map((pair) => guardCookie(argument, pair));
      // Style `form` is RFC 6570's, which joins with `&`; style `cookie` was made for cookies.
      if (pairs.length > 0) cookies.push(pairs.join(parameter.style === 'form' ? '&' : '; '));
    }
  }
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
  return Object.fromEntries(headers);
}

function buildBody(
  plan: BodyPlan,
  values: Values,
): { readonly contentType: string; readonly bytes: Buffer } | undefined {
  if (plan.fields === undefined) {
    const value = values.get(plan.argument ?? '');
    return value === undefined ? undefined : writeBody(plan, value);
  }
  const entries = plan.fields.flatMap((field): [string, Json][] => {
    const value = values.get(field.argument);
    return value === undefined ? [] : [[field.name, shaped(field, value)]];
  });
  return entries.length === 0 ? undefined : writeBody(plan, Object.fromEntries(entries));
}

const shaped = ({ acceptsText }: ParameterPlan, value: Json): Json =>
  readJsonText(value, acceptsText);

import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import type { ParameterPlan } from '../model/request-plan.ts';
import type { ApiResponse } from './read-response.ts';

/** What to ask for after an answer that is one page of several. */
export interface NextPage {
  /** Arguments to call the operation with again, besides those of this call. */
  readonly arguments?: JsonObject;
  /** The query of the next page, when it does not fit the operation's arguments. */
  readonly query?: string;
}

const LINK_CHARACTERS_MAX = 8_192;
const QUERY_CHARACTERS = 500;
const VALUE_CHARACTERS_MAX = 2_000;

/** Members that hold the address of the next page, or an object that does. */
const ADDRESSES = [
  'next',
  'nextLink',
  '@odata.nextLink',
  'next_url',
  'nextUrl',
  'next_page_url',
  'nextPageUrl',
  'next_page_uri',
  'next_page',
];
const ADDRESS = /^(?:https?:\/\/[^\s?]*|\/[^\s?]*)?\?\S+$/;
/** Members that hold what the next page goes on from. */
const TOKENS = [
  'next_cursor',
  'nextCursor',
  'next_page_token',
  'nextPageToken',
  'next_token',
  'nextToken',
  'continuation_token',
  'continuationToken',
  'continue',
  'end_cursor',
  'endCursor',
  'offset',
];
/** Members that such members stand in. */
const HOLDERS = [
  'links',
  '_links',
  'meta',
  'metadata',
  'paging',
  'pagination',
  'page_info',
  'pageInfo',
  'response_metadata',
  'next_page',
  'next',
  'data',
];
/** Parameters that take what the next page goes on from. */
const PARAMETERS = [
  'cursor',
  'page_token',
  'pagetoken',
  'next_token',
  'nexttoken',
  'start_cursor',
  'after',
  'starting_after',
  'continuation_token',
  'continuationtoken',
  'continue',
  'marker',
  'next',
  'offset',
];

/**
 * Finds the next page: `Link: <…>; rel="next"` (RFC 8288) first, then what APIs commonly write
 * into their answers. Only arguments that a caller may give are named.
 */
export function nextPage(
  { plan }: CompiledOperation,
  { headers }: ApiResponse,
  value: Json | undefined,
): NextPage | undefined {
  const free = plan.parameters.filter(
    ({ location, argument }) =>
      location === 'query' &&
      !Object.hasOwn(plan.fixed ?? {}, argument) &&
      plan.unseen?.includes(argument) !== true,
  );
  const linked = nextLink(headers['link']);
  if (linked !== undefined) return fromAddress(linked, free);
  if (!isJsonObject(value)) return undefined;
  const places = [value, ...HOLDERS.map((name) => value[name]).filter(isJsonObject)];
  return fromToken(places, free) ?? fromBody(places, free) ?? fromLastItem(value, free);
}

/** The target of the link whose relation is `next`. */
function nextLink(link: string | undefined): string | undefined {
  if (link === undefined || link.length > LINK_CHARACTERS_MAX) return undefined;
  for (const part of link.split(/,(?=\s*<)/)) {
    const target = /<([^<>]*)>([^<>]*)/.exec(part);
    if (target !== null && /;\s*rel="?[^";]*\bnext\b/i.test(target[2] ?? '')) return target[1];
  }
  return undefined;
}

/** The parameters in an address that the operation takes; the whole query when it takes none. */
function fromAddress(address: string, free: readonly ParameterPlan[]): NextPage | undefined {
  const query = address.split('#', 1)[0]?.split('?')[1];
  if (query === undefined || query === '') return undefined;
  const sent = new URLSearchParams(query);
  const known = free.flatMap(({ name, argument }) => {
    const value = sent.get(name);
    return value === null || value.length > VALUE_CHARACTERS_MAX
      ? []
      : [[argument, value] as const];
  });
  return known.length > 0
    ? { arguments: Object.fromEntries(known) }
    : { query: query.slice(0, QUERY_CHARACTERS) };
}

function fromBody(
  places: readonly JsonObject[],
  free: readonly ParameterPlan[],
): NextPage | undefined {
  for (const place of places) {
    for (const name of ADDRESSES) {
      const found = place[name];
      const inner = isJsonObject(found) ? (found['href'] ?? found['uri'] ?? found['url']) : found;
      if (typeof inner === 'string' && ADDRESS.test(inner)) return fromAddress(inner, free);
    }
  }
  return undefined;
}

function fromToken(
  places: readonly JsonObject[],
  free: readonly ParameterPlan[],
): NextPage | undefined {
  for (const [at, place] of places.entries()) {
    for (const name of TOKENS) {
      // A bare "offset" tells where this page starts, unless it stands under "next_page".
      if (name === 'offset' && (at === 0 || !isJsonObject(places[0]?.['next_page']))) continue;
      const token = place[name];
      const usable = (typeof token === 'string' && token !== '') || typeof token === 'number';
      const parameter = usable ? parameterFor(name, free) : undefined;
      if (parameter !== undefined) return { arguments: { [parameter.argument]: token as Json } };
    }
  }
  return undefined;
}

/** The parameter of the same name, or the one that commonly takes such a value. */
function parameterFor(name: string, free: readonly ParameterPlan[]): ParameterPlan | undefined {
  const plain = name.replace(/^(?:next|end)_?/i, '').toLowerCase();
  return (
    free.find((parameter) => parameter.name.toLowerCase() === plain) ??
    PARAMETERS.map((known) =>
      free.find((parameter) => parameter.name.toLowerCase() === known),
    ).find((parameter) => parameter !== undefined)
  );
}

/** `{"has_more": true, "data": [… {"id": …}]}` goes on after its last item. */
function fromLastItem(value: JsonObject, free: readonly ParameterPlan[]): NextPage | undefined {
  const parameter = free.find(({ name }) => name === 'starting_after' || name === 'after_id');
  const { data, has_more: more } = value;
  const last = Array.isArray(data) ? (data.at(-1) as Json | undefined) : undefined;
  const id = isJsonObject(last) ? last['id'] : undefined;
  if (parameter === undefined || more !== true || typeof id !== 'string') return undefined;
  return { arguments: { [parameter.argument]: id } };
}

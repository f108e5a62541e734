import type { JsonObject } from '../../../kernel/json.ts';
import { isJsonObject, stringMember } from '../../../kernel/json.ts';
import { encodeHeaderValue } from '../../wire/header-value.ts';
import { addMirroredHeaders, type HeaderPlan } from '../../wire/header-plan.ts';
import { isTraceParent } from '../../wire/trace-context.ts';

/** HTTP headers of a request; one object is used for many requests and never changes. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** Where `Mcp-Name` comes from (2026-07-28 streamable-http, "Standard Request Headers"). */
const nameMembers: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/** Sets of headers kept; beyond it they are made anew. */
const KEPT_MAX = 2_048;

/** The headers of modern requests to one endpoint, made once per method and name. */
export class HeaderCache {
  readonly #base: RequestHeaders;
  readonly #kept = new Map<string, RequestHeaders>();

  /** `configured` are the endpoint's own headers, in lower case. */
  constructor(configured: RequestHeaders, protocolVersion: string) {
    this.#base = {
      ...configured,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': protocolVersion,
    };
  }

  /** The headers for a request; `plan` adds what the tool wants mirrored. */
  headersFor(method: string, params: JsonObject, plan: HeaderPlan | undefined): RequestHeaders {
    const member = nameMembers.get(method);
    const name = member === undefined ? undefined : stringMember(params, member);
    const headers = this.#named(method, name);
    const { _meta: meta } = params;
    const trace = isJsonObject(meta) ? stringMember(meta, 'traceparent') : undefined;
    const isTraced = isTraceParent(trace);
    if (plan === undefined && !isTraced) return headers;
    const own: Record<string, string> = { ...headers };
    if (isTraced) own['traceparent'] = trace;
    if (plan !== undefined) addMirroredHeaders(plan, params['arguments'], own);
    return own;
  }

  #named(method: string, name: string | undefined): RequestHeaders {
    const key = name === undefined ? method : `${method} ${name}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const headers: Record<string, string> = { ...this.#base, 'mcp-method': encodeMethod(method) };
    if (name !== undefined) headers['mcp-name'] = encodeHeaderValue(name);
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, headers);
    return headers;
  }
}

/** A method that cannot be a header is one no server knows. */
function encodeMethod(method: string): string {
  return /^[\u0021-\u007e]+$/.test(method) ? method : 'unknown';
}

import type { Egress } from '../../../kernel/egress.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { oauthUrl } from './oauth-url.ts';

/** What libraries hand to `fetch`. */
export interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string | null | undefined;
}

/** `fetch` as oauth4webapi asks for it. */
export type OAuthFetch = (url: string, options: FetchOptions) => Promise<Response>;

/** Statuses whose answer has no body, whatever was sent (Fetch §2.2.6 "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Lets a library that wants `fetch` go through the guarded egress. Redirects are answers; a body
 * above the limit is an error of the egress.
 */
export function createOAuthFetch(egress: Egress): OAuthFetch {
  return async (url, { method, headers, body }) => {
    oauthUrl(url, 'address');
    // The library would name itself.
    const { 'user-agent': _, ...sent } = headers;
    const answer = await egress.request({
      url,
      method,
      headers: sent,
      headersTimeoutMs: limits.oauthAnswerMs,
      ...(body === null || body === undefined ? {} : { body: body.toString() }),
    });
    const { status } = answer;
    const bytes = await answer.bytes(limits.oauthAnswerBytesMax);
    return new Response(BODILESS.has(status) ? null : new Uint8Array(bytes), {
      status,
      headers: answer.headers,
    });
  };
}

/** The JSON object at an address, or undefined when the answer is another. */
export async function fetchJson(fetch: OAuthFetch, url: URL): Promise<JsonObject | undefined> {
  const headers = { accept: 'application/json' };
  const response = await fetch(url.href, { method: 'GET', headers });
  if (response.status !== 200) return undefined;
  return parseJson(await response.text());
}

/** The object that a text is, or undefined. */
export function parseJson(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

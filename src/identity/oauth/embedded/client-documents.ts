import { Cancellation } from '../../../kernel/cancellation.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { RecentMap } from '../../../kernel/recent/recent-map.ts';
import { checkClientMetadata } from '../clients/client-metadata.ts';

/** What fetching needs. */
export interface ClientDocumentsOptions {
  /** Reaches public addresses only: the URL comes from whoever asks. */
  readonly egress: Pick<Egress, 'request'>;
  readonly now: () => number;
}

/** Fetches what clients publish of themselves. */
export interface ClientDocuments {
  /** False when too much is being fetched, or the URL failed a moment ago. */
  mayFetch(url: string): boolean;
  /** Fetches for the provider; a document that is no good is answered as status 422. */
  readonly fetch: (url: string | URL | Request) => Promise<Response>;
}

const FAILED_MS = 30_000;
const FAILED_MAX = 1_000;

/**
 * Makes the one way by which the authorization server reaches clients' documents
 * (draft-ietf-oauth-client-id-metadata-document) and keys: bounded in time, size and number, no
 * redirects, and checked before the provider sees them.
 */
export function createClientDocuments({ egress, now }: ClientDocumentsOptions): ClientDocuments {
  const failedUntilMs = new RecentMap<string, number>(FAILED_MAX);
  let running = 0;
  const fetchDocument = async (url: string): Promise<Response> => {
    const cancellation = new Cancellation();
    const timer = setTimeout(() => cancellation.cancel('deadline'), limits.oauthClientDocumentMs);
    running++;
    try {
      const answer = await egress.request({
        url,
        method: 'GET',
        headers: { accept: 'application/json' },
        cancellation,
        headersTimeoutMs: limits.oauthClientDocumentMs,
      });
      const bytes = await answer.bytes(limits.oauthClientDocumentBytesMax);
      return checked(bytes, answer.status, answer.headers['cache-control']);
    } catch (error) {
      if (error instanceof GatewayError) return new Response(null, { status: 502 });
      throw error;
    } finally {
      running--;
      clearTimeout(timer);
      cancellation.cancel('cancelled');
    }
  };
  return {
    mayFetch: (url) =>
      // Whoever has a host has not every document on it: the URL needs a path.
      (URL.parse(url)?.pathname ?? '/') !== '/' &&
      running < limits.oauthClientFetchesMax &&
      (failedUntilMs.get(url) ?? 0) <= now(),
    fetch: async (input) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await fetchDocument(url);
      if (response.status !== 200) failedUntilMs.set(url, now() + FAILED_MS);
      return response;
    },
  };
}

function checked(bytes: Buffer, status: number, cacheControl: string | undefined): Response {
  const headers = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
  if (status !== 200) return new Response(null, { status: status < 200 ? 502 : status });
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return new Response(null, { status: 422 });
  }
  // A client's keys (RFC 7517) come the same way.
  if (isJsonObject(document) && Array.isArray(document['keys'])) {
    return new Response(JSON.stringify(document), { headers });
  }
  // The draft makes shared secrets impossible, and a name and redirect URIs mandatory.
  const named =
    isJsonObject(document) &&
    typeof document['client_name'] === 'string' &&
    document['client_secret'] === undefined;
  const given = isJsonObject(document)
    ? { token_endpoint_auth_method: 'none', ...document }
    : document;
  const result = checkClientMetadata(given);
  if (!named || 'error' in result) return new Response(null, { status: 422 });
  return new Response(JSON.stringify(result.metadata), { headers });
}

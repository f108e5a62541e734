import type { CustomFetchOptions } from 'oauth4webapi';
import type { Egress } from '../../../kernel/egress.ts';

/** `fetch` as oauth4webapi asks for it. */
export type EgressFetch = (
  url: string,
  options: CustomFetchOptions<'POST', URLSearchParams>,
) => Promise<Response>;

/** Statuses whose answer has no body, whatever was sent (Fetch §2.2.6 "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Lets a library that wants `fetch` send its forms through the guarded egress. Redirects are
 * answers; a body above `bytesMax` is an error of the egress.
 */
export function egressFetch(egress: Egress, bytesMax: number): EgressFetch {
  return async (url, { method, headers, body }) => {
    // The library would name itself.
    const { 'user-agent': _, ...sent } = headers;
    const answer = await egress.request({ url, method, headers: sent, body: body.toString() });
    const { status } = answer;
    const bytes = await answer.bytes(bytesMax);
    return new Response(BODILESS.has(status) ? null : new Uint8Array(bytes), {
      status,
      headers: answer.headers,
    });
  };
}

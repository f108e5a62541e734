import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { readResponse } from '../answer/read-response.ts';

const REDIRECTS_MAX = 3;
const ACCEPT = 'application/json, application/yaml, text/yaml, */*;q=0.5';

/**
 * Reads a document's text from its address through the guarded door. A redirect is followed only
 * within the same origin. Throws GatewayError.
 */
export async function fetchDocument(
  address: string,
  given: Readonly<Record<string, string>>,
  egress: Egress,
): Promise<string> {
  let url = new URL(address);
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const response = await egress.request({
      url: url.href,
      method: 'GET',
      headers: { accept: ACCEPT, ...given },
    });
    const location = response.headers['location'];
    if (response.status >= 300 && response.status < 400 && location !== undefined) {
      response.discard();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next === undefined || next.origin !== url.origin) {
        throw failed(`it redirects to another server; give that address instead`);
      }
      url = next;
      continue;
    }
    const body = await response.bytes(limits.documentBytesMax);
    if (response.status !== 200) throw failed(`HTTP ${response.status}`);
    const headers = { 'content-type': 'text/plain' };
    const content = readResponse({ status: 200, headers, body });
    if (content.kind !== 'text') throw failed('it is empty or not text');
    return content.text;
  }
  throw failed('too many redirects');
}

const failed = (problem: string): GatewayError =>
  new GatewayError('upstream_failed', `The OpenAPI document could not be read: ${problem}.`);

import type { ConnectorContext } from '../../upstream/contract.ts';
import type { Egress, EgressResponse } from '../../upstream/egress.ts';
import { fillSecrets } from '../../upstream/fill-secrets.ts';
import type { HttpConfig } from './http-config.ts';

/** A server's endpoint with everything that is the same for all requests. */
export interface Endpoint {
  readonly url: string;
  /** The configured headers, secrets filled in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly egress: Egress;
}

/** Prepares an endpoint. Throws GatewayError when a secret is missing. */
export async function openEndpoint(
  config: HttpConfig,
  context: ConnectorContext,
): Promise<Endpoint> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.headers)) {
    headers[name.toLowerCase()] = await fillSecrets(value, (secret) => context.secret(secret));
  }
  return { url: wireUrl(config.url), headers, egress: context.egress };
}

/** True when the response is an event stream. */
export function isEventStream(response: EgressResponse): boolean {
  return /^text\/event-stream\b/i.test(response.headers['content-type'] ?? '');
}

/** True when the response says it is JSON. */
export function isJson(response: EgressResponse): boolean {
  return /^application\/json\b/i.test(response.headers['content-type'] ?? '');
}

/** The URL as it goes on the wire: normalised, so that paths hold no bytes that may not. */
function wireUrl(text: string): string {
  return new URL(text).href;
}

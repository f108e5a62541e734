import type { ConnectorContext } from '../../upstream/contract.ts';
import type { Egress, EgressResponse } from '../../kernel/egress.ts';
import { fillHeaders } from '../../upstream/configured-headers.ts';
import type { HttpConfig } from './http-config.ts';
import { timedEgress } from './timed-egress.ts';
import { withoutSession, type SessionCarrier } from './session-carrier.ts';

/** A server's endpoint with everything that is the same for all requests. */
export interface Endpoint {
  readonly url: string;
  /** The URL that sessions of legacy servers are put into. */
  readonly sessionUrl: string;
  readonly session: SessionCarrier;
  /** The configured headers, secrets filled in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly egress: Egress;
}

/** Prepares an endpoint. Throws GatewayError when a secret is missing. */
export async function openEndpoint(
  config: HttpConfig,
  context: ConnectorContext,
): Promise<Endpoint> {
  const headers = await fillHeaders(config.headers, (secret) => context.secret(secret));
  const { session } = config;
  const sessionUrl = wireUrl(config.url);
  const url = withoutSession(sessionUrl, session);
  return {
    url,
    sessionUrl,
    session,
    headers,
    egress: timedEgress(context.egress, config.timeouts),
  };
}

/** True when the response is an event stream. */
export function isEventStream(response: EgressResponse): boolean {
  return /^text\/event-stream\b/i.test(response.headers['content-type'] ?? '');
}

/** What servers say of JSON, nothing included; a page is none of it. */
const JSON_TYPE = /^[ ;]*$|^(?:application|text)\/(?:json|[\w.-]+\+json|json-rpc|plain)\b/i;

/** True when the response says it is JSON, or does not say otherwise. */
export function isJson({ headers }: Pick<EgressResponse, 'headers'>): boolean {
  const type = headers['content-type'] ?? '';
  return type === 'application/json' || JSON_TYPE.test(type);
}

/** The URL as it goes on the wire: normalised, so that paths hold no bytes that may not. */
function wireUrl(text: string): string {
  return new URL(text).href;
}

import type { BodySink, EgressRequest, EgressResponse } from '../kernel/egress.ts';
import type { CancelReason } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { ResponseHead } from './response-head.ts';

/** One request as it goes on the wire. */
export interface WireRequest {
  readonly method: string;
  /** Head and body in one buffer: one write. */
  readonly bytes: Buffer;
  /** Epoch milliseconds by which the response head must have arrived. */
  readonly headersDeadlineMs: number;
  /** Is offered the body; see EgressRequest. */
  readonly sink: BodySink | undefined;
  /** What was asked of the egress, for who sends it again. */
  readonly original: EgressRequest;
  /** Redirects that led here. */
  readonly hops: number;
  /** True when it was lost once: it is not repeated again. */
  readonly isRepeat: boolean;
  readonly owner: ExchangeOwner;
}

/** Who sends an exchange on when its first ending is not the one to hand out. */
export interface ExchangeOwner {
  /** Follows a redirect, or refuses it by name. */
  redirected(request: WireRequest, response: EgressResponse): Promise<EgressResponse>;
  /** Sends it once more, on a new connection. */
  repeat(request: WireRequest): Promise<EgressResponse>;
}

/** How many redirects one request follows. */
const HOPS_MAX = 5;
/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** True when the request does no harm twice. */
export function isSafe({ method, isSafe: isSaid }: EgressRequest): boolean {
  return isSaid ?? SAFE.has(method);
}

/** True for a redirect that keeps method and body (RFC 9110 §15.4.8, §15.4.9). */
export function isRedirect({ status, headers }: ResponseHead): boolean {
  return (status === 307 || status === 308) && headers['location'] !== undefined;
}

/**
 * Where a redirect leads, within the origin it came from: what is sent holds credentials, so no
 * other gets it. Throws GatewayError `upstream_failed` that names the other address.
 */
export function redirectTarget(url: string, location: string, hops: number): string {
  const from = new URL(url);
  const to = URL.parse(location, from);
  if (to === null) throw failed('The service redirects to something that is no address.');
  if (to.origin !== from.origin) {
    throw failed(
      `The service redirects to another origin, ${to.origin}; ` +
        `give ${to.origin}${to.pathname} as its address instead if that is right.`,
    );
  }
  if (hops >= HOPS_MAX) throw failed(`The service redirected more than ${HOPS_MAX} times.`);
  to.hash = '';
  return to.href;
}

/** The error for a service that took a request and did not begin to answer. */
export function silent({ url }: EgressRequest): GatewayError {
  const host = URL.parse(url)?.host ?? 'The service';
  const text = `${host} took the request and did not begin its answer in time (phase: first byte).`;
  return new GatewayError('upstream_timeout', text);
}

/** The error for a service that fell silent within its answer. */
export function stuck({ url, idleTimeoutMs = 0 }: EgressRequest): GatewayError {
  const host = URL.parse(url)?.host ?? 'The service';
  const seconds = idleTimeoutMs / 1_000;
  const text = `${host} said nothing for ${seconds} s within its answer (phase: idle).`;
  return new GatewayError('upstream_timeout', text);
}

/** The error for an exchange that was cut: when its time was over, the service was too slow. */
export function cutShort(
  request: EgressRequest,
  reason: CancelReason,
  isUnanswered: boolean,
): GatewayError {
  if (reason !== 'deadline') return new GatewayError('cancelled');
  if (isUnanswered) return silent(request);
  const host = URL.parse(request.url)?.host ?? 'The service';
  const text = `${host} did not complete its answer in time (phase: total).`;
  return new GatewayError('upstream_timeout', text);
}

function failed(text: string): GatewayError {
  return new GatewayError('upstream_failed', text);
}

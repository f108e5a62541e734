import { Cancellation } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ClientProfile } from '../mcp/message.ts';
import type { Discovery, Upstream, UpstreamCaller } from '../upstream/contract.ts';
import { readListing, type ReadListing } from './lists/listing.ts';
import type { Service } from './store.ts';

/**
 * Asks a service what it is, until `life` ends. Throws GatewayError `upstream_timeout` that names
 * the service when it takes the question and is silent.
 */
export async function discoverInTime(
  upstream: Upstream,
  service: Service,
  life: AbortSignal,
  reader?: UpstreamCaller,
): Promise<Discovery> {
  const late = new AbortController();
  const timeUp = (): void => late.abort(new DOMException('The time is over.', 'TimeoutError'));
  const timer = setTimeout(timeUp, limits.discoverMs);
  timer.unref();
  try {
    return await upstream.discover(AbortSignal.any([life, late.signal]), reader);
  } catch (error) {
    throw late.signal.aborted ? silent(service, 'say what it is', 'discovery', error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads all lists of a service, and throws as `discoverInTime` does. */
export async function listInTime(
  upstream: Upstream,
  service: Service,
  discovery: Discovery,
  client: ClientProfile,
  reader: UpstreamCaller,
): Promise<ReadListing> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel('deadline'), limits.discoverMs);
  timer.unref();
  const deadlineMs = Date.now() + limits.discoverMs;
  const io = { cancellation, deadlineMs, notified: 0, notify: () => undefined };
  try {
    return await readListing(upstream, discovery, client, reader, io);
  } catch (error) {
    const isLate = cancellation.reason !== undefined;
    throw isLate ? silent(service, 'list what it has', 'lists', error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The service's own failure counts, also when it came late; silence is named. */
function silent(service: Service, what: string, phase: string, error: unknown): unknown {
  const isCut = error instanceof GatewayError && SILENCE.has(error.code);
  if (!isCut) return error;
  const name = service.slug || service.title || service.kind;
  const seconds = limits.discoverMs / 1_000;
  const text = `The service ${name} did not ${what} within ${seconds} s (phase: ${phase}).`;
  return new GatewayError('upstream_timeout', text, { cause: error });
}

const SILENCE: ReadonlySet<string> = new Set(['cancelled', 'upstream_timeout']);

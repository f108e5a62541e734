import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ExchangeIo } from '../../../mcp/message.ts';
import type { Egress, EgressResponse } from '../../../kernel/egress.ts';
import type { BuiltRequest } from '../request/build-request.ts';
import { retryAfterSeconds } from '../../../kernel/http/retry-after.ts';

/** How a request is sent. */
export interface SendOptions {
  readonly attemptsMax: number;
  readonly headersTimeoutMs: number | undefined;
  /** Waits; ends early when the exchange is cancelled. */
  readonly wait?: (ms: number, io: ExchangeIo) => Promise<void>;
}

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PUT', 'DELETE']);
const BRIEFLY_UNABLE = new Set([429, 502, 503, 504]);
const FIRST_WAIT_MS = 250;

/**
 * Sends a request, and sends it again when the API is briefly unable and repeating does no harm:
 * the method is idempotent (RFC 9110 §9.2.2) or the request carries an Idempotency-Key.
 */
export async function sendRequest(
  egress: Egress,
  request: BuiltRequest,
  io: ExchangeIo,
  options: SendOptions,
): Promise<EgressResponse> {
  const repeatable = REPEATABLE.has(request.method) || 'idempotency-key' in request.headers;
  const attemptsMax = repeatable ? options.attemptsMax : 1;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(egress, request, io, options);
    const waitMs = attempt < attemptsMax ? pauseMs(outcome, attempt) : undefined;
    const inTime =
      waitMs !== undefined && (io.deadlineMs === 0 || Date.now() + waitMs < io.deadlineMs);
    if (waitMs === undefined || !inTime || io.cancellation.reason !== undefined) {
      if (outcome instanceof GatewayError) throw outcome;
      return outcome;
    }
    if (!(outcome instanceof GatewayError)) outcome.discard();
    await (options.wait ?? sleep)(waitMs, io);
  }
}

async function attemptOnce(
  egress: Egress,
  request: BuiltRequest,
  io: ExchangeIo,
  { headersTimeoutMs }: SendOptions,
): Promise<EgressResponse | GatewayError> {
  try {
    return await egress.request({
      ...request,
      cancellation: io.cancellation,
      ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }),
    });
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** How long to wait before another attempt; undefined when there is to be none. */
function pauseMs(outcome: EgressResponse | GatewayError, attempt: number): number | undefined {
  const backoff = FIRST_WAIT_MS * 2 ** (attempt - 1) * (1 + Math.random());
  if (outcome instanceof GatewayError) {
    const broken = outcome.code === 'upstream_unavailable' || outcome.code === 'upstream_failed';
    return broken ? backoff : undefined;
  }
  if (!BRIEFLY_UNABLE.has(outcome.status)) return undefined;
  const seconds = retryAfterSeconds(outcome.headers);
  if (seconds === undefined) return backoff;
  return seconds * 1000 <= limits.apiRetryWaitMs ? Math.max(seconds * 1000, backoff) : undefined;
}

function sleep(ms: number, io: ExchangeIo): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const undo = io.cancellation.onCancel(() => resolve());
  return promise.finally(() => {
    clearTimeout(timer);
    undo();
  });
}

import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { McpOutcome } from '../mcp/message.ts';
import type { UsageOutcome } from '../metering/usage-fields.ts';
import type { Admitted, Permitted } from './exchange.ts';
import { isTask } from './task-outcome.ts';

/** How an exchange ended, for whoever held something for it or watches. */
export interface Ending {
  /** `refused` never reached its service and has no usage record. */
  readonly outcome: UsageOutcome | 'refused';
  /** What the client was told went wrong, or undefined. */
  readonly error: unknown;
  /** The task that a call became (see `taskText`), or null. */
  readonly task: string | null;
  /** The result's length. */
  readonly bytesOut: number;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  /** Milliseconds of the monotonic clock: all of it, and what the way to the service took. */
  readonly durationMs: number;
  readonly upstreamMs: number;
}

/** The ending of an exchange that came to an outcome. */
export function outcomeEnding(
  permitted: Permitted,
  outcome: McpOutcome,
  calledMonotonicMs: number,
): Ending {
  const measured = measure(permitted, calledMonotonicMs);
  const { request } = permitted;
  const ended = (word: UsageOutcome, bytesOut: number, task: string | null = null): Ending => ({
    outcome: word,
    error: undefined,
    task,
    bytesOut,
    ...measured,
  });
  if (outcome.resultType === 'input_required') return ended('input_required', 0);
  const isCall = request.method === 'tools/call';
  if (outcome.resultType === 'piped') {
    return ended(isCall && outcome.isError ? 'tool_error' : 'ok', outcome.bytes + 1);
  }
  const { result } = outcome;
  const { length } = result.bytes;
  if (outcome.resultType === 'extension') {
    return isTask(outcome) ? ended('task', length, outcome.task) : ended('ok', length);
  }
  if (outcome.isCached === true) return ended('cache_hit', length);
  const isError = isCall && result.has('isError') && result.member('isError') === true;
  return ended(isError ? 'tool_error' : 'ok', length);
}

/** The ending of an exchange that failed on its way or was cut. */
export function failureEnding(
  permitted: Permitted,
  error: unknown,
  calledMonotonicMs: number,
): Ending {
  const outcome = failureOutcome(error);
  const measured = measure(permitted, calledMonotonicMs);
  return { outcome, error, task: null, bytesOut: 0, ...measured };
}

/** The ending of an exchange that was not let on its way. */
export function refusedEnding(admitted: Admitted, error: unknown): Ending {
  const measured = measure(admitted, performance.now());
  return { outcome: 'refused', error, task: null, bytesOut: 0, ...measured, upstreamMs: 0 };
}

function measure(
  { startedAtMs, startedMonotonicMs }: Admitted,
  calledMonotonicMs: number,
): Pick<Ending, 'endedAtMs' | 'durationMs' | 'upstreamMs'> {
  const endedMonotonicMs = performance.now();
  const durationMs = endedMonotonicMs - startedMonotonicMs;
  return {
    endedAtMs: Math.round(startedAtMs + durationMs),
    durationMs: round(durationMs),
    upstreamMs: round(endedMonotonicMs - calledMonotonicMs),
  };
}

/** What a failure is called in a usage record. */
export function failureOutcome(error: unknown): UsageOutcome {
  if (error instanceof RpcError) return 'upstream_error';
  if (!(error instanceof GatewayError)) return 'upstream_error';
  if (error.code === 'cancelled') return 'cancelled';
  if (error.code === 'upstream_timeout') return 'timeout';
  if (error.code === 'upstream_failed') return 'upstream_lost';
  return 'rejected';
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

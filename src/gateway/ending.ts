import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { McpOutcome } from '../mcp/message.ts';
import type { JsonBytes } from '../kernel/json-bytes.ts';
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
  /** The whole result, where there is one to look at. */
  readonly result: JsonBytes | undefined;
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
  const word = outcomeWord(permitted.request.method, outcome);
  return endingOf(permitted, calledMonotonicMs, word, undefined, outcome);
}

/** What an outcome is called in a usage record. */
function outcomeWord(method: string, outcome: McpOutcome): UsageOutcome {
  const isCall = method === 'tools/call';
  switch (outcome.resultType) {
    case 'input_required':
      return 'input_required';
    case 'piped':
      return isCall && outcome.isError ? 'tool_error' : 'ok';
    case 'extension':
      if (outcome.isReplayed === true) return 'replayed';
      return isTask(outcome) ? 'task' : 'ok';
    case 'complete':
      break;
  }
  if (outcome.isCached === true) return 'cache_hit';
  if (outcome.isReplayed === true) return 'replayed';
  const { result } = outcome;
  if (!isCall || !result.has('isError') || result.memberIs('isError', 'false')) return 'ok';
  return result.member('isError') === true ? 'tool_error' : 'ok';
}

function bytesOf(outcome: McpOutcome): number {
  if (outcome.resultType === 'input_required') return 0;
  return outcome.resultType === 'piped' ? outcome.bytes + 1 : outcome.result.bytes.length;
}

/** The ending of an exchange that failed on its way or was cut. */
export function failureEnding(
  permitted: Permitted,
  error: unknown,
  calledMonotonicMs: number,
): Ending {
  return endingOf(permitted, calledMonotonicMs, failureOutcome(error), error, undefined);
}

/** What is known of an exchange whose process ended: that it began, and perhaps was made. */
export function lostEnding({ startedAtMs }: Admitted): Ending {
  const nothing = { error: undefined, task: null, result: undefined };
  const times = { endedAtMs: startedAtMs, durationMs: 0, upstreamMs: 0 };
  return { outcome: 'unknown_crash', ...nothing, bytesOut: 0, ...times };
}

/** What an exchange has come to that goes on. */
export function partEnding(permitted: Permitted, calledMonotonicMs: number): Ending {
  return endingOf(permitted, calledMonotonicMs, 'part', undefined, undefined);
}

/** The ending of an exchange that was not let on its way. */
export function refusedEnding(admitted: Admitted, error: unknown): Ending {
  return endingOf(admitted, performance.now(), 'refused', error, undefined);
}

/** One literal without spreading: every call of the data plane comes through here. */
function endingOf(
  { startedAtMs, startedMonotonicMs, io }: Admitted,
  calledMonotonicMs: number,
  word: Ending['outcome'],
  error: unknown,
  outcome: McpOutcome | undefined,
): Ending {
  const endedMonotonicMs = performance.now();
  const durationMs = endedMonotonicMs - startedMonotonicMs;
  return {
    outcome: word,
    error,
    task: outcome !== undefined && isTask(outcome) ? outcome.task : null,
    result: outcome?.resultType === 'complete' ? outcome.result : undefined,
    // Of what has gone nowhere yet, or broke off, what was passed on.
    bytesOut: outcome === undefined ? (io.pipe?.written ?? 0) : bytesOf(outcome),
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

import type { LiveService } from '../../catalog/live-service.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { UsageLog } from '../../metering/store.ts';
import type { UsageOutcome, UsageRecord } from '../../metering/usage-record.ts';
import type { Permitted, Target } from '../exchange.ts';

/** What the metering step is made from. */
export interface MeterContext {
  readonly usageLog: UsageLog;
  readonly ids: IdSource;
  readonly nodeId: string;
}

/** How an exchange ended, as far as its record is concerned. */
interface Ending {
  readonly outcome: UsageOutcome;
  readonly bytesOut: number;
}

const NAME_LENGTH_MAX = 512;

/** Makes the metering step: one durable record for every permitted exchange. */
export function createMeter(
  context: MeterContext,
): (permitted: Permitted, run: () => Promise<McpOutcome>) => Promise<McpOutcome> {
  return async (permitted, run) => {
    let outcome: McpOutcome;
    const calledMonotonicMs = performance.now();
    try {
      outcome = await run();
    } catch (error) {
      const ending = { outcome: failureOutcome(error), bytesOut: 0 };
      await context.usageLog.append(makeRecord(context, permitted, ending, calledMonotonicMs));
      throw error;
    }
    const ending = endingOf(permitted, outcome);
    await context.usageLog.append(makeRecord(context, permitted, ending, calledMonotonicMs));
    return outcome;
  };
}

function makeRecord(
  context: MeterContext,
  permitted: Permitted,
  ending: Ending,
  calledMonotonicMs: number,
): UsageRecord {
  const { principal, request, target, startedAtMs, startedMonotonicMs } = permitted;
  const endedMonotonicMs = performance.now();
  const durationMs = endedMonotonicMs - startedMonotonicMs;
  const id = context.ids.next('use');
  const live = liveOf(target);
  const isCalled = live !== undefined && isAsked(target, ending.outcome);
  return {
    id,
    tenant: principal.tenant,
    chargeKey: id,
    nodeId: context.nodeId,
    credentialId: principal.credentialId,
    userId: principal.userId,
    sessionId: permitted.sessionId,
    serviceId: live?.service.id ?? null,
    method: request.method,
    tool: 'name' in target ? (target.name?.slice(0, NAME_LENGTH_MAX) ?? null) : null,
    clientEra: request.client.era,
    upstreamEra: live?.discovery?.era ?? null,
    outcome: ending.outcome,
    startedAtMs,
    endedAtMs: Math.round(startedAtMs + durationMs),
    durationMs: round(durationMs),
    upstreamMs: !isCalled ? 0 : round(endedMonotonicMs - calledMonotonicMs),
    bytesIn: permitted.bytesIn,
    bytesOut: ending.bytesOut,
    events: permitted.io.notified,
    upstreamCalled: isCalled,
  };
}

/** The service that the exchange is about, or undefined when it is about several or none. */
function liveOf(target: Target): LiveService | undefined {
  if (target.kind === 'gateway') return undefined;
  return target.kind === 'search' ? target.found : target.live;
}

/** False when the gateway had the answer itself, from its cache or as the keeper of a task. */
function isAsked(target: Target, outcome: UsageOutcome): boolean {
  if (outcome === 'cache_hit') return false;
  return target.kind !== 'task' || target.task.keeper === 'upstream';
}

function endingOf({ request }: Permitted, outcome: McpOutcome): Ending {
  if (outcome.resultType === 'input_required') return { outcome: 'input_required', bytesOut: 0 };
  if (outcome.resultType === 'piped') {
    const failed = request.method === 'tools/call' && outcome.isError;
    return { outcome: failed ? 'tool_error' : 'ok', bytesOut: outcome.bytes + 1 };
  }
  const { result } = outcome;
  if (outcome.resultType === 'complete' && outcome.isCached === true) {
    return { outcome: 'cache_hit', bytesOut: result.bytes.length };
  }
  const failed =
    request.method === 'tools/call' && result.has('isError') && result.member('isError') === true;
  return { outcome: failed ? 'tool_error' : 'ok', bytesOut: result.bytes.length };
}

function failureOutcome(error: unknown): UsageOutcome {
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

import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { actorText } from '../../kernel/principal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { AnnouncingLog, UsageLog } from '../../metering/store.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import { failureEnding, lostEnding, outcomeEnding, type Ending } from '../ending.ts';
import type { Permitted, Target } from '../exchange.ts';
import { quantitiesOf } from '../usage-facts.ts';
import { shownCost, type ShownCosts } from './shown-cost.ts';
import type { Observer } from '../observer.ts';
import type { Hold } from '../spine.ts';

/** What the metering step is made from. */
export interface MeterContext {
  readonly usageLog: UsageLog;
  readonly nodeId: string;
  readonly observers: readonly Observer[];
  /** What results say of their cost; without it nothing. */
  readonly shownCosts?: ShownCosts;
  /** Tells the log of calls before they are made; without it of none. */
  readonly announcing?: Announcing;
}

/** Which calls are announced, and where. */
export interface Announcing {
  readonly usageLog: Pick<AnnouncingLog, 'announce'>;
  /** Whether all are, or those alone that somebody is paid for. */
  readonly isForAll: boolean;
}

const NAME_LENGTH_MAX = 512;

/** Makes the metering step: one durable record for every permitted exchange. */
export function createMeter(
  context: MeterContext,
): (permitted: Permitted, hold: Hold, run: () => Promise<McpOutcome>) => Promise<McpOutcome> {
  const { usageLog, observers, announcing } = context;
  return async (permitted, hold, run) => {
    let ending: Ending | undefined;
    const calledMonotonicMs = performance.now();
    try {
      // A call that nobody could tell of afterwards is not made.
      if (announcing !== undefined && isAnnounced(announcing, permitted)) {
        await announcing.usageLog.announce(recordOf(context, permitted, lostEnding(permitted)));
      }
      const outcome = await run();
      ending = outcomeEnding(permitted, outcome, calledMonotonicMs);
      const record = settledRecord(context, permitted, hold, ending);
      await usageLog.append(record);
      return shownCost(context.shownCosts, permitted, record, outcome);
    } catch (error) {
      // A record that could not be kept is the log's failure, not a second ending.
      if (ending !== undefined) throw error;
      ending = failureEnding(permitted, error, calledMonotonicMs);
      await usageLog.append(settledRecord(context, permitted, hold, ending));
      throw error;
    } finally {
      if (ending !== undefined) {
        const settling = hold.settle(ending);
        if (settling instanceof Promise) await settling;
        for (const observer of observers) observer.observe(permitted, ending);
      }
    }
  };
}

function settledRecord(
  context: MeterContext,
  permitted: Permitted,
  { spending }: Hold,
  ending: Ending,
): UsageRecord {
  const record = recordOf(context, permitted, ending);
  return spending === undefined ? record : { ...record, holds: spending.settle(record) };
}

function isAnnounced({ isForAll }: Announcing, { target, isPaid }: Permitted): boolean {
  if (!isForAll) return isPaid;
  return target.kind === 'upstream' || target.kind === 'search';
}

function recordOf(context: MeterContext, permitted: Permitted, ending: Ending): UsageRecord {
  const { principal, request, target, startedAtMs } = permitted;
  const { outcome } = ending;
  const live = liveOf(target);
  const isCalled = live !== undefined && isAsked(target, outcome);
  const { result } = ending;
  const reports = result !== undefined && permitted.isReportAsked;
  return {
    id: permitted.attemptId,
    tenant: principal.tenant,
    chargeKey: permitted.workId,
    nodeId: context.nodeId,
    credentialId: principal.credentialId,
    userId: principal.subject.id,
    sessionId: permitted.sessionId,
    serviceId: live?.service.id ?? null,
    method: request.method,
    tool: 'name' in target ? (target.name?.slice(0, NAME_LENGTH_MAX) ?? null) : null,
    clientEra: request.client.era,
    upstreamEra: live?.discovery?.era ?? null,
    outcome: outcome as UsageRecord['outcome'],
    startedAtMs,
    endedAtMs: ending.endedAtMs,
    durationMs: ending.durationMs,
    upstreamMs: isCalled ? ending.upstreamMs : 0,
    bytesIn: permitted.bytesIn,
    bytesOut: ending.bytesOut,
    events: permitted.io.notified,
    upstreamCalled: isCalled,
    grantId: principal.grantId,
    actor: actorText(principal),
    task: ending.task,
    attributes: permitted.attributes,
    quantities: reports ? quantitiesOf(result) : null,
    holds: null,
  };
}

/** The service that the exchange is about, or undefined when it is about several or none. */
function liveOf(target: Target): ServiceRuntime | undefined {
  if (target.kind === 'gateway') return undefined;
  return target.kind === 'search' ? target.found : target.live;
}

/** False when the gateway had the answer itself, from its cache or as the keeper of a task. */
function isAsked(target: Target, outcome: Ending['outcome']): boolean {
  if (outcome === 'cache_hit' || outcome === 'replayed') return false;
  return target.kind !== 'task' || target.task.keeper === 'upstream';
}

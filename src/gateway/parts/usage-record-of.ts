import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { actorText } from '../../kernel/principal.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import type { Ending } from '../ending.ts';
import type { Permitted, Target } from '../exchange.ts';
import { quantitiesOf } from '../usage-facts.ts';

const NAME_LENGTH_MAX = 512;

/** What is recorded of an exchange: all that it used, with nothing set aside for it. */
export function usageRecordOf(nodeId: string, permitted: Permitted, ending: Ending): UsageRecord {
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
    nodeId,
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
    part: null,
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

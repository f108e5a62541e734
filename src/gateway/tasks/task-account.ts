import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { actorText } from '../../kernel/principal.ts';
import type { Admitted } from '../exchange.ts';
import type { TaskAccount } from './task-closing.ts';
import type { TaskOrigin } from '../task-reference.ts';

/** What a closing record says of its call, read from the call or from an exchange about it. */
export function taskAccount(
  { principal, sessionId, request }: Admitted,
  live: ServiceRuntime,
  { workId, tool, startedAtMs, attributes }: TaskOrigin,
): TaskAccount {
  return {
    workId,
    tenant: principal.tenant,
    grantId: principal.grantId,
    credentialId: principal.credentialId,
    userId: principal.subject.id,
    actor: actorText(principal),
    sessionId,
    serviceId: live.service.id,
    tool,
    clientEra: request.client.era,
    upstreamEra: live.discovery?.era ?? null,
    startedAtMs,
    attributes,
  };
}

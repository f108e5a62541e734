import { IdSource } from '../../src/kernel/ids.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';

const ids = new IdSource();

/** A usage record with an id of its own. */
export function usageRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  const id = ids.next('use');
  return {
    id,
    tenant: 'ten_a',
    chargeKey: changes.id ?? id,
    nodeId: 'node-1',
    credentialId: 'key_1',
    userId: 'usr_1',
    sessionId: null,
    serviceId: 'svc_1',
    method: 'tools/call',
    tool: 'search',
    clientEra: 'modern',
    upstreamEra: null,
    outcome: 'ok',
    startedAtMs: 1,
    endedAtMs: 2,
    durationMs: 1.5,
    upstreamMs: 1,
    bytesIn: 10,
    bytesOut: 20,
    events: 0,
    upstreamCalled: true,
    grantId: 'key_1',
    actor: null,
    task: null,
    attributes: null,
    quantities: null,
    holds: null,
    part: null,
    ...changes,
  };
}

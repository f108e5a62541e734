import type { AuditEvent } from '../../../src/audit/store.ts';
import { IdSource } from '../../../src/kernel/ids.ts';
import { encodeUsageLine, type UsageRecord } from '../../../src/metering/store.ts';

/** A noon of the past. */
export const NOON_MS = 1_763_640_000_000;
const ids = new IdSource(() => NOON_MS);

/** An event of that noon. */
export const eventOf = (
  tenant: AuditEvent['tenant'],
  changes: Partial<AuditEvent> = {},
): AuditEvent => ({
  id: ids.next('aud'),
  tenant,
  atMs: NOON_MS,
  nodeId: 'node-1',
  kind: 'control',
  action: 'updateService',
  outcome: 'ok',
  subject: 'user:usr_1',
  actor: null,
  grantId: 'key_1',
  credentialId: 'key_1',
  target: 'orders',
  rule: null,
  detail: { status: 200, 'a "name"': ['ü', 1.5, null] },
  ...changes,
});

/** The record of a call of that noon. */
export function callOf(tenant: AuditEvent['tenant'], tool: string): UsageRecord {
  const id = ids.next('use');
  const at = { startedAtMs: NOON_MS, endedAtMs: NOON_MS + 3, durationMs: 3, upstreamMs: 2.25 };
  const call = { id, tenant, chargeKey: id, nodeId: 'node-1', credentialId: 'key_1' };
  const what = { userId: 'usr_1', sessionId: null, serviceId: 'svc_1', method: 'tools/call', tool };
  const how = { clientEra: 'modern', upstreamEra: null, outcome: 'ok', events: 0 } as const;
  const size = { bytesIn: 10, bytesOut: 20, upstreamCalled: true };
  const more = { task: null, attributes: null, quantities: null, holds: null, part: null };
  const whose = { grantId: 'grt_1', actor: null, ...more };
  return { ...call, ...what, ...how, ...at, ...size, ...whose };
}

/** Records as they come from the write-ahead log. */
export const linesOf = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

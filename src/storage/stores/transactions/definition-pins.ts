import type {
  DefinitionDecision,
  DefinitionPin,
  SeenDefinition,
} from '../../../catalog/pins/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { toPin, type PinRow } from '../rows/stored-pins.ts';
import { allRows, change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

interface Place {
  readonly tenant: TenantId;
  readonly serviceId: string;
}

/** Keeps what is new of a service's tools; see `PinStore.observe`. */
export function* observeDefinitions({
  tenant,
  serviceId,
  seen,
  atMs,
  isFirst,
}: Place & {
  readonly seen: readonly SeenDefinition[];
  readonly atMs: number;
  readonly isFirst: boolean;
}): Steps<null> {
  const stored = yield* firstRow(sql`SELECT id FROM service
    WHERE tenant_id = ${tenant} AND id = ${serviceId}`);
  if (stored === undefined) return null;
  const rows = yield* allRows<PinRow>(sql`SELECT tool, hash, definition, pending_hash,
      pending_state FROM definition_pin
    WHERE tenant_id = ${tenant} AND service_id = ${serviceId}`);
  const known = new Map(rows.map((row) => [row.tool, row]));
  // Another instance was first: what it has not seen is no first sight any more.
  if (isFirst && known.size > 0) return null;
  let isTold = false;
  for (const one of seen) {
    const row = known.get(one.tool);
    if (row?.hash === one.hash) continue;
    if (one.accept) yield* pin({ tenant, serviceId }, one, row, atMs);
    else if (row?.pending_hash === one.hash) continue;
    else yield* hold({ tenant, serviceId }, one, atMs);
    isTold ||= !isFirst;
  }
  if (isTold) yield* bumpVersion('services', tenant);
  return null;
}

function* pin(
  { tenant, serviceId }: Place,
  { tool, hash, definition }: SeenDefinition,
  before: PinRow | undefined,
  atMs: number,
): Steps<number> {
  return yield* change(sql`INSERT INTO definition_pin (tenant_id, service_id, tool, hash,
      definition, pinned_at_ms, previous_hash, previous_definition)
    VALUES (${tenant}, ${serviceId}, ${tool}, ${hash}, ${definition}, ${atMs},
      ${before?.hash ?? null}, ${before?.definition ?? null})
    ON CONFLICT (tenant_id, service_id, tool) DO UPDATE SET hash = excluded.hash,
      definition = excluded.definition, pinned_at_ms = excluded.pinned_at_ms, pinned_by = NULL,
      previous_hash = excluded.previous_hash, previous_definition = excluded.previous_definition,
      pending_hash = NULL, pending_definition = NULL, pending_since_ms = NULL,
      pending_state = NULL, pending_by = NULL`);
}

function* hold(
  { tenant, serviceId }: Place,
  { tool, hash, definition }: SeenDefinition,
  atMs: number,
): Steps<number> {
  return yield* change(sql`INSERT INTO definition_pin (tenant_id, service_id, tool, pending_hash,
      pending_definition, pending_since_ms, pending_state)
    VALUES (${tenant}, ${serviceId}, ${tool}, ${hash}, ${definition}, ${atMs}, ${'waiting'})
    ON CONFLICT (tenant_id, service_id, tool) DO UPDATE SET pending_hash = excluded.pending_hash,
      pending_definition = excluded.pending_definition,
      pending_since_ms = excluded.pending_since_ms, pending_state = excluded.pending_state,
      pending_by = NULL`);
}

/** Approves or rejects a definition that waits; see `PinStore.decide`. */
export function* decideDefinition({
  tenant,
  serviceId,
  decision,
}: Place & { readonly decision: DefinitionDecision }): Steps<DefinitionPin | undefined> {
  const { tool, hash, verdict, by, atMs } = decision;
  const decided =
    verdict === 'approve'
      ? yield* change(sql`UPDATE definition_pin SET previous_hash = hash,
          previous_definition = definition, hash = pending_hash, definition = pending_definition,
          pinned_at_ms = ${atMs}, pinned_by = ${by}, pending_hash = NULL,
          pending_definition = NULL, pending_since_ms = NULL, pending_state = NULL,
          pending_by = NULL
        WHERE tenant_id = ${tenant} AND service_id = ${serviceId} AND tool = ${tool}
          AND pending_hash = ${hash}`)
      : yield* change(sql`UPDATE definition_pin SET pending_state = ${'rejected'},
          pending_by = ${by}
        WHERE tenant_id = ${tenant} AND service_id = ${serviceId} AND tool = ${tool}
          AND pending_hash = ${hash}`);
  if (decided === 0) return undefined;
  yield* bumpVersion('services', tenant);
  const row = yield* firstRow<PinRow>(sql`SELECT * FROM definition_pin
    WHERE tenant_id = ${tenant} AND service_id = ${serviceId} AND tool = ${tool}`);
  return row === undefined ? undefined : toPin(row);
}

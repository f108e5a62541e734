import { checkVersion } from '../../../kernel/check-version.ts';
import type { Fence } from '../../../kernel/fence.ts';
import { limits } from '../../../kernel/limits.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { ToolSearchSetting, ToolUse, UseFilter } from '../../../tool-search/store.ts';
import { sql, tuples } from '../sql.ts';
import { allRows, change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';
import { holdsFence } from './leases.ts';

/** A use, with what stands for its words in the key. */
export type HashedUse = ToolUse & { readonly hash: string };

interface Key {
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly hash: string;
}

interface ToolPlace {
  readonly serviceId: string;
  readonly tool: string;
}

/** Adds uses of who is in the tenant; see `ToolUseStore.add`. */
export function* addToolUses({
  tenant,
  uses,
}: {
  readonly tenant: TenantId;
  readonly uses: readonly HashedUse[];
}): Steps<null> {
  if (!(yield* settingOf(tenant)).learns) return null;
  const known = yield* thereOf(tenant, uses);
  const own = uses.filter(({ subject }) => known.has(nameOf(subject)));
  if (own.length === 0) return null;
  yield* bumpVersion('tool-uses', tenant);
  // PostgreSQL refuses to change a row twice in one statement.
  const latest = new Map<string, HashedUse>();
  for (const use of own) {
    const key = `${use.serviceId}\n${use.tool}\n${nameOf(use.subject)}\n${use.hash}`;
    if (use.atMs >= (latest.get(key)?.atMs ?? 0)) latest.set(key, use);
  }
  const rows = [...latest.values()].map(({ serviceId, tool, subject, hash, query, atMs }) => {
    return [tenant, serviceId, tool, subject.kind, subject.id, hash, query, atMs];
  });
  yield* change(sql`INSERT INTO tool_use (tenant_id, service_id, tool, subject_kind, subject_id,
      query_hash, query, used_at_ms) VALUES ${tuples(rows)}
    ON CONFLICT (tenant_id, service_id, tool, subject_kind, subject_id, query_hash) DO UPDATE
    SET used_at_ms = excluded.used_at_ms WHERE tool_use.used_at_ms < excluded.used_at_ms`);
  const tools = new Map(own.map((use) => [`${use.serviceId}\n${use.tool}`, use]));
  for (const place of tools.values()) yield* keepLatest(tenant, place);
  yield* keepTools(tenant);
  return null;
}

const nameOf = ({ kind, id }: ToolUse['subject']): string => `${kind} ${id}`;

/** Whoever was removed or erased meanwhile leaves nothing behind. */
function* thereOf(tenant: TenantId, uses: readonly ToolUse[]): Steps<ReadonlySet<string>> {
  const there = new Set<string>();
  for (const [name, { kind, id }] of new Map(
    uses.map((use) => [nameOf(use.subject), use.subject]),
  )) {
    const row = yield* firstRow(
      kind === 'user'
        ? sql`SELECT 1 AS one FROM membership WHERE tenant_id = ${tenant} AND user_id = ${id}`
        : sql`SELECT 1 AS one FROM service_account WHERE tenant_id = ${tenant} AND id = ${id}`,
    );
    if (row !== undefined) there.add(name);
  }
  return there;
}

/** Of a tool the latest uses stay, and of one user for it fewer. */
function* keepLatest(tenant: TenantId, { serviceId, tool }: ToolPlace): Steps<null> {
  const rows = yield* allRows<Key>(sql`SELECT subject_kind AS "subjectKind",
      subject_id AS "subjectId", query_hash AS hash
    FROM tool_use WHERE tenant_id = ${tenant} AND service_id = ${serviceId} AND tool = ${tool}
    ORDER BY used_at_ms DESC, query_hash`);
  const counts = new Map<string, number>();
  let kept = 0;
  for (const { subjectKind, subjectId, hash } of rows) {
    const own = (counts.get(subjectId) ?? 0) + 1;
    counts.set(subjectId, own);
    if (own <= limits.usesPerUserAndToolMax && kept < limits.usesPerToolMax) {
      kept += 1;
      continue;
    }
    yield* change(sql`DELETE FROM tool_use WHERE tenant_id = ${tenant}
      AND service_id = ${serviceId} AND tool = ${tool} AND subject_kind = ${subjectKind}
      AND subject_id = ${subjectId} AND query_hash = ${hash}`);
  }
  return null;
}

/** The tools that nobody has used for the longest go, where there are too many. */
function* keepTools(tenant: TenantId): Steps<null> {
  const old = yield* allRows<ToolPlace>(sql`SELECT service_id AS "serviceId", tool FROM tool_use
    WHERE tenant_id = ${tenant} GROUP BY service_id, tool
    ORDER BY max(used_at_ms) DESC, service_id, tool
    LIMIT ${limits.toolUsesWrittenMax} OFFSET ${limits.learntToolsPerTenantMax}`);
  for (const { serviceId, tool } of old) {
    yield* change(sql`DELETE FROM tool_use WHERE tenant_id = ${tenant}
      AND service_id = ${serviceId} AND tool = ${tool}`);
  }
  return null;
}

/** Forgets what a tenant's searches learnt, or a part of it; how many uses that was. */
export function* clearToolUses({
  tenant,
  filter: { serviceId, tool },
}: {
  readonly tenant: TenantId;
  readonly filter: UseFilter;
}): Steps<number> {
  yield* bumpVersion('tool-uses', tenant);
  return yield* change(sql`DELETE FROM tool_use WHERE tenant_id = ${tenant}
    AND service_id = coalesce(${serviceId ?? null}, service_id)
    AND tool = coalesce(${tool ?? null}, tool)`);
}

/** Says whether a tenant's searches learn; what is set then. */
export function* putToolSearchSetting({
  tenant,
  learns,
  ifVersion,
}: {
  readonly tenant: TenantId;
  readonly learns: boolean;
  readonly ifVersion: number | undefined;
}): Steps<ToolSearchSetting> {
  // First, because it locks: there may be no row yet that could be.
  yield* bumpVersion('tool-uses', tenant);
  const before = yield* settingOf(tenant);
  checkVersion(before.version, ifVersion);
  const version = before.version + 1;
  yield* change(sql`INSERT INTO tool_search_setting (tenant_id, learns, version)
    VALUES (${tenant}, ${learns ? 1 : 0}, ${version})
    ON CONFLICT (tenant_id) DO UPDATE SET learns = excluded.learns, version = excluded.version`);
  return { learns, version };
}

function* settingOf(tenant: TenantId): Steps<ToolSearchSetting> {
  const row = yield* firstRow<{
    readonly learns: number;
    readonly version: number;
  }>(sql`SELECT learns, version FROM tool_search_setting WHERE tenant_id = ${tenant}`);
  return row === undefined
    ? { learns: true, version: 0 }
    : { learns: row.learns === 1, version: row.version };
}

/** Deletes every tenant's old uses; false when there are any and another holds the job. */
export function* removeExpiredToolUses({
  beforeMs,
  fence,
}: {
  readonly beforeMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  const tenants = yield* allRows<{ readonly tenant: TenantId }>(sql`SELECT DISTINCT tenant_id
      AS tenant FROM tool_use WHERE used_at_ms < ${beforeMs}`);
  // The fence is a write: a quiet disk is left alone.
  if (tenants.length === 0) return true;
  if (!(yield* holdsFence(fence))) return false;
  for (const { tenant } of tenants) yield* bumpVersion('tool-uses', tenant);
  yield* change(sql`DELETE FROM tool_use WHERE used_at_ms < ${beforeMs}`);
  return true;
}

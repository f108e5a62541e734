import type { Capture, CaptureStore } from '../../../gateway/captures/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';

/** What is captured of tenants' calls. */
export function createCaptureStore({ query, transact }: Database): CaptureStore {
  const select = (tenant: TenantId, nowMs: number) =>
    query
      .selectFrom('capture')
      .select(['id', 'tenant_id as tenant', 'at_ms as atMs', 'expires_at_ms as expiresAtMs'])
      .select(['user_id as userId', 'grant_id as grantId', 'service_id as serviceId'])
      .select(['service_slug as serviceSlug', 'method', 'tool', 'outcome', 'work_id as workId'])
      .select('bytes')
      .where('tenant_id', '=', tenant)
      .where('expires_at_ms', '>', nowMs);
  return {
    setting: async (tenant) => {
      const row = await query
        .selectFrom('capture_setting')
        .select(['services', 'tools', 'sample_rate as sampleRate', 'until_ms as untilMs'])
        .select(['keep_hours as keepHours', 'version'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { ...row, services: namesIn(row.services), tools: namesIn(row.tools) };
    },
    putSetting: (tenant, setting) => transact('putCaptureSetting', { tenant, setting }),
    deleteSetting: (tenant) => transact('removeCaptureSetting', { tenant }),
    insert: (tenant, capture, sealed, bytesMax) =>
      transact('insertCapture', { tenant, capture, sealed, bytesMax }),
    list: (tenant, { before, userId, nowMs, rowsMax }): Promise<readonly Capture[]> =>
      select(tenant, nowMs)
        .$if(before !== undefined, (rows) => rows.where('id', '<', before as string))
        .$if(userId !== undefined, (rows) => rows.where('user_id', '=', userId as string))
        .orderBy('id', 'desc')
        .limit(rowsMax)
        .execute(),
    get: (tenant, id, nowMs) => select(tenant, nowMs).where('id', '=', id).executeTakeFirst(),
    totals: async (tenant) => {
      const row = await query
        .selectFrom('capture')
        .select(({ fn }) => fn.countAll<number>().as('captures'))
        .select(({ fn }) => fn.sum<number | string | null>('bytes').as('bytes'))
        .where('tenant_id', '=', tenant)
        .executeTakeFirstOrThrow();
      return { captures: row.captures, bytes: Number(row.bytes ?? 0) };
    },
    deleteAll: (tenant) => transact('removeCaptures', { tenant }),
    deleteExpired: (nowMs, fence) => transact('removeExpiredCaptures', { nowMs, fence }),
  };
}

function namesIn(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as readonly string[]);
}

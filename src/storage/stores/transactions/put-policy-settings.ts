import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { firstSettings, type PolicySettings, type SettingsUpdate } from '../../../policy/store.ts';
import { toPolicySettings, type PolicySettingRow } from '../rows/policy-rows.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Changes a tenant's settings of policy; what they are then. */
export function* putPolicySettings({
  tenant,
  update,
}: {
  readonly tenant: TenantId;
  readonly update: SettingsUpdate;
}): Steps<PolicySettings> {
  // First, because it locks: there may be no row yet that could be.
  yield* bumpVersion('policy', tenant);
  const row = yield* firstRow<PolicySettingRow>(sql`SELECT mode, bounds,
      updated_at_ms AS "updatedAtMs", version
    FROM policy_setting WHERE tenant_id = ${tenant}`);
  const before = row === undefined ? firstSettings : toPolicySettings(row);
  checkVersion(before.version, update.ifVersion);
  const { mode = before.mode, bounds = before.bounds, updatedAtMs } = update;
  const version = before.version + 1;
  yield* change(sql`INSERT INTO policy_setting (tenant_id, mode, bounds, updated_at_ms, version)
    VALUES (${tenant}, ${mode}, ${JSON.stringify(bounds)}, ${updatedAtMs}, ${version})
    ON CONFLICT (tenant_id) DO UPDATE
    SET mode = excluded.mode, bounds = excluded.bounds,
      updated_at_ms = excluded.updated_at_ms, version = excluded.version`);
  return { mode, bounds, updatedAtMs, version };
}

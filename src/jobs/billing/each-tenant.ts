import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** Work for one tenant; false when another instance holds the job. */
export type TenantWork = (tenant: TenantId) => Promise<boolean>;

/**
 * Does the work for each tenant. One that fails keeps no other waiting; the first failure is thrown
 * at the end, so that the job is tried again.
 */
export async function eachTenant(
  job: string,
  tenants: readonly TenantId[],
  signal: AbortSignal,
  log: Log,
  work: TenantWork,
): Promise<void> {
  let failure: unknown;
  for (const tenant of tenants) {
    if (signal.aborted) return;
    try {
      if (await work(tenant)) continue;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ job, tenant, reason }, 'a tenant could not be billed');
      failure ??= error;
      continue;
    }
    throw new GatewayError('conflict', 'Another instance holds this job.');
  }
  if (failure !== undefined) throw failure;
}

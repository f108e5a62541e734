import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** Work for one tenant; false when another instance holds the job. */
export type TenantWork = (tenant: TenantId) => Promise<boolean>;

/** One step of work for a tenant; undefined when another instance holds the job. */
export type TenantStep = (tenant: TenantId) => Promise<{ readonly hasMore: boolean } | undefined>;

/** Does the work for each tenant step by step, until there is no more or it is told to stop. */
export async function stepTenants(
  job: string,
  tenants: readonly TenantId[],
  signal: AbortSignal,
  log: Log,
  step: TenantStep,
): Promise<void> {
  await eachTenant(job, tenants, signal, log, async (tenant) => {
    for (;;) {
      const done = await step(tenant);
      if (done === undefined) return false;
      if (!done.hasMore || signal.aborted) return true;
    }
  });
}

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

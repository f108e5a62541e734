import type { OwnService } from '../../gateway/own-service.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import type { LazyApi } from './lazy-api.ts';

/** The name of the gateway among its services. */
const SLUG = 'gateway';

/**
 * The gateway's API as a service, when the configuration wants it; nothing of it is loaded
 * otherwise. `controlPlane` is filled in later: what clients reach is built last.
 */
export async function buildOwnService(
  { server: { adminTools } }: Config,
  log: Log,
  baseUrl: () => string,
  controlPlane: Partial<Pick<LazyApi, 'load'>>,
): Promise<OwnService | undefined> {
  if (!adminTools) return undefined;
  const { AdminService } = await import('../../admin/admin-service.ts');
  const api = async () => {
    const opened = await controlPlane.load?.();
    if (opened === undefined) throw new GatewayError('shutting_down');
    return opened.api;
  };
  return new AdminService({ slug: SLUG, api, baseUrl, log });
}

import { buildSso } from '../../src/app/parts/build-sso.ts';
import type { SsoDeps } from '../../src/http/api/framework/api-deps.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Stores } from '../../src/storage/storage.ts';
import type { SignInWorld } from './sign-in-world.ts';

/** Signing in at providers of which none can be reached. */
export function memorySso({ authentication, clock }: SignInWorld, stores: Stores): SsoDeps {
  const refuse = () => Promise.reject(new GatewayError('upstream_unavailable'));
  const now = () => clock.ms;
  const built = buildSso({
    storage: { ...stores, appliedMigrations: [], close: () => Promise.resolve() },
    authentication,
    sealRing: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    egress: { request: refuse, connect: refuse, openWebSocket: refuse },
    lookupTxt: refuse,
    revoked: () => {},
    ids: new IdSource(now),
    log: silentLog,
    now,
  });
  return { ...built, connections: stores.ssoConnections };
}

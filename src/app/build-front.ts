import type { ServiceState } from '../catalog/service-view.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { ManagedSessions } from '../gateway/sessions/managed-sessions.ts';
import type { ApiDeps } from '../http/api/api-deps.ts';
import { createDoors } from '../http/create-doors.ts';
import { createOriginGuard, type OriginGuard } from '../http/origin-guard.ts';
import { HttpServer } from '../http/server.ts';
import type { Authenticator } from '../identity/create-authenticator.ts';
import { issueKey, type KeyMaker } from '../identity/issue-key.ts';
import type { TenantId } from '../kernel/principal.ts';
import { implementation } from '../mcp/protocol.ts';
import type { Parts } from './parts.ts';
import type { Config } from './config-schema.ts';
import { lazyApi } from './lazy-api.ts';

/** What the front stands on. */
export type FrontBase = Pick<
  Parts,
  | 'config'
  | 'log'
  | 'storage'
  | 'usageLog'
  | 'catalog'
  | 'bundles'
  | 'registry'
  | 'gateway'
  | 'phase'
> & { readonly authenticator: Authenticator; readonly maker: KeyMaker };

/** Builds what clients reach: the doors, the sessions they make, the control plane, the port. */
export function buildFront(base: FrontBase): Pick<Parts, 'doors' | 'sessions' | 'server'> {
  const { config, log, storage, catalog, bundles, gateway, maker } = base;
  const originGuard = createOriginGuard(originPolicy(config));
  const snapshotOf = (tenant: TenantId) => catalog.snapshot(tenant);
  const sessions = new ManagedSessions({
    store: storage.sessions,
    hasService: (tenant, slug) => snapshotOf(tenant).bySlug.has(slug),
    log,
  });
  const shared = { sessions, basePath: basePath(config) };
  const doors = createDoors({ gateway, originGuard, log, ids: maker.ids, ...shared });
  const api = lazyApi({ ...apiDeps(base, originGuard), ...shared, bundles, snapshotOf });
  return { doors, sessions, server: new HttpServer(doors, api) };
}

function apiDeps(base: FrontBase, originGuard: OriginGuard): ApiDeps {
  const { storage, usageLog, registry, catalog, authenticator, maker, log, phase } = base;
  const startedAtMs = Date.now();
  return {
    registry,
    usage: storage.usage,
    drainUsage: () => usageLog.drain(),
    identity: storage.identity,
    authenticate: (token) => authenticator.authenticate(token),
    issueKey: ({ tenant, userId, name, expiresAtMs }) =>
      issueKey(
        { ...maker, store: storage.identity },
        tenant,
        userId,
        name,
        expiresAtMs ?? undefined,
      ),
    revokeKey: async (tenant, keyId) => {
      const revoked = await storage.identity.revokeKey(tenant, keyId, Date.now());
      authenticator.forget(keyId);
      return revoked;
    },
    originGuard,
    status: () => ({
      phase: phase.current,
      startedAtMs,
      version: implementation.version,
      services: countStates(catalog),
    }),
    log,
    ids: maker.ids,
    now: Date.now,
  };
}

function countStates(catalog: Catalog): Readonly<Record<ServiceState, number>> {
  const counts = { disabled: 0, starting: 0, ready: 0, failed: 0 };
  for (const live of catalog.allLives()) counts[live.health.state]++;
  return counts;
}

/** The path of the public URL, without a slash at the end. */
function basePath({ server: { publicUrl } }: Config): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

function originPolicy({ server }: Config): Parameters<typeof createOriginGuard>[0] {
  const { publicUrl, allowedHosts: hosts, allowedOrigins } = server;
  if (publicUrl === undefined) return { allowedHosts: hosts, allowedOrigins };
  const { host, origin } = new URL(publicUrl);
  return { allowedHosts: [...hosts, host], allowedOrigins: [...allowedOrigins, origin] };
}

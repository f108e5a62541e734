import type { ServiceState } from '../catalog/service-view.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { ManagedSessions } from '../gateway/sessions/managed-sessions.ts';
import type { ApiDeps } from '../http/api/framework/api-deps.ts';
import { createDoors } from '../http/doors/create-doors.ts';
import { createOriginGuard, type OriginGuard } from '../http/listener/origin-guard.ts';
import { HttpServer } from '../http/listener/server.ts';
import type { Admission } from '../identity/create-admission.ts';
import { issueKey, type KeyMaker } from '../identity/issue-key.ts';
import { implementation } from '../mcp/protocol.ts';
import type { GatewayApp } from './gateway-app.ts';
import type { Config } from './config/config-schema.ts';
import { lazyApi } from './lazy-api.ts';

/** What the front stands on. */
export type FrontBase = Pick<
  GatewayApp,
  | 'config'
  | 'log'
  | 'storage'
  | 'usageLog'
  | 'catalog'
  | 'bundles'
  | 'registry'
  | 'gateway'
  | 'viewOf'
  | 'bus'
  | 'phase'
> & { readonly admission: Admission; readonly maker: KeyMaker };

/** Builds what clients reach: the doors, the sessions they make, the control plane, the port. */
export function buildFront(base: FrontBase): Pick<GatewayApp, 'doors' | 'sessions' | 'server'> {
  const { config, log, storage, viewOf, bundles, gateway, admission, maker } = base;
  const originGuard = createOriginGuard(originPolicy(config));
  const sessions = new ManagedSessions({
    store: storage.sessions,
    hasService: (principal, slug) => viewOf(principal).bySlug.has(slug),
  });
  const shared = { sessions, basePath: basePath(config) };
  const doors = createDoors({
    gateway,
    admit: admission.admit,
    originGuard,
    log,
    ids: maker.ids,
    ...shared,
  });
  const api = lazyApi({ ...apiDeps(base, originGuard), ...shared, bundles, viewOf });
  return { doors, sessions, server: new HttpServer(doors, api) };
}

function apiDeps(base: FrontBase, originGuard: OriginGuard): ApiDeps {
  const { storage, usageLog, registry, catalog, admission, bus, maker, log, phase } = base;
  const startedAtMs = Date.now();
  return {
    registry,
    usage: storage.usage,
    drainUsage: () => usageLog.drain(),
    identity: storage.identity,
    admit: admission.admit,
    issueKey: (tenant, request) => issueKey({ ...maker, store: storage.identity }, tenant, request),
    revokeKey: async (tenant, keyId) => {
      const revoked = await storage.identity.revokeKey(tenant, keyId, Date.now());
      admission.forget(keyId);
      if (revoked) bus.emit('grant.revoked', { tenant, grantId: keyId });
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

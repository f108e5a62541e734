import type { BuiltSpending } from './billing/build-spending.ts';
import { knownAtOnce } from './billing/known-at-once.ts';
import { SEARCH_SLUG } from '../../gateway/finder/tool-finder.ts';
import type { ServiceState } from '../../catalog/service-view.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { ManagedSessions } from '../../gateway/sessions/managed-sessions.ts';
import type { ConnectionDeps } from '../../http/api/api-listener.ts';
import type { ApiDeps } from '../../http/api/framework/api-deps.ts';
import { createDoors } from '../../http/doors/create-doors.ts';
import { createOriginGuard, type OriginGuard } from '../../http/listener/origin-guard.ts';
import { createBaseUrl } from '../../http/listener/base-url.ts';
import { createEdge } from '../../http/listener/edge/edge.ts';
import { HttpServer, type TlsListener } from '../../http/listener/server.ts';
import { createAddressRate } from '../../identity/authentication/address-rate.ts';
import type { Admission } from '../../identity/admission/create-admission.ts';
import type { KeyMaker } from '../../identity/keys/make-key.ts';
import { implementation } from '../../mcp/protocol.ts';
import { policyDeps } from './policy-deps.ts';
import type { GatewayApp } from './gateway-app.ts';
import type { Config } from '../config/config-schema.ts';
import { lazyApi, type LazyApi } from './lazy-api.ts';
import { sellerOf } from '../config/seller-of.ts';

/** What the front stands on. */
export type FrontBase = Pick<
  GatewayApp,
  | 'config'
  | 'log'
  | 'storage'
  | 'usageLog'
  | 'audit'
  | 'catalog'
  | 'bundles'
  | 'registry'
  | 'gateway'
  | 'viewOf'
  | 'managedViewOf'
  | 'policies'
  | 'restrictionOf'
  | 'offerOf'
  | 'bus'
  | 'planBook'
  | 'phase'
  | 'guardRules'
  | 'approvals'
  | 'captureDesk'
  | 'definitions'
  | 'vault'
  | 'credentials'
  | 'baseUrl'
  | 'authentication'
  | 'oauth'
  | 'sso'
  | 'own'
  | 'webhooks'
  | 'exporters'
  | 'models'
  | 'chat'
> &
  Pick<BuiltSpending, 'budgetBook'> & { readonly admission: Admission; readonly maker: KeyMaker };

/** Builds what clients reach: the doors, the sessions they make, the control plane, the port. */
export function buildFront(
  base: FrontBase,
  tls: TlsListener | undefined,
): Pick<GatewayApp, 'doors' | 'sessions' | 'server'> & Pick<LazyApi, 'load'> {
  const { config, log, storage, viewOf, own, bundles, gateway, admission, maker } = base;
  const originGuard = createOriginGuard(originPolicy(config));
  const sessions = new ManagedSessions({
    store: storage.sessions,
    hasService: async (principal, slug) => {
      await own?.waitFor({ kind: 'service', slug });
      if (slug === SEARCH_SLUG) return true;
      return viewOf(principal).bySlug.has(slug);
    },
  });
  const baseUrlOf = createBaseUrl(config.server.publicUrl, tls === undefined ? 'http' : 'https');
  const shared = { sessions, basePath: basePath(config), baseUrlOf };
  const doors = createDoors({
    gateway,
    admit: admission.admit,
    originGuard,
    log,
    ids: maker.ids,
    ...shared,
    ...oauthDoor(base),
  });
  const { guardRules, approvals, definitions, webhooks, exporters } = base;
  const api = lazyApi({
    ...apiDeps(base, originGuard, sessions),
    ...connectionDeps(base),
    ...shared,
    bundles,
    viewOf: base.managedViewOf,
    guardRules,
    approvals,
    definitions,
    webhooks,
    exporters,
    models: () => base.models.load(),
    toolUses: storage.toolUses,
    learnsAtAll: config.toolSearch.learning,
    chat: () => base.chat.load(),
    agents: () => base.chat.agents(),
    evaluations: () => base.chat.evaluations(),
    training: () => base.chat.training(),
  });
  const { trustedProxies } = config.server;
  const { allowedOrigins } = originPolicy(config);
  const edge = createEdge({ trustedProxies, allowedOrigins, originGuard });
  const front = tls === undefined ? { edge } : { edge, tls };
  return { doors, sessions, server: new HttpServer(doors, api.listener, front), load: api.load };
}

function apiDeps(
  base: FrontBase,
  originGuard: OriginGuard,
  sessions: ManagedSessions,
): Omit<ApiDeps, 'baseUrlOf'> {
  const { storage, usageLog, audit, registry, catalog, admission, bus, maker, log, phase } = base;
  const startedAtMs = Date.now();
  return {
    registry,
    usage: storage.usage,
    drainUsage: () => usageLog.drain(),
    identity: storage,
    admit: admission.admit,
    keyMaker: maker,
    revoked: (tenant, grantId) => {
      admission.forget(grantId);
      bus.emit('grant.revoked', { tenant, grantId });
    },
    policy: policyDeps(base),
    audit,
    auditStore: storage.audit,
    retention: storage.retention,
    privacy: {
      ...storage,
      store: storage.privacy,
      conversations: storage.chats.conversations,
      captures: base.captureDesk,
      forget: async (tenant) => {
        admission.forgetTenant(tenant);
        base.credentials.reload(tenant);
        await sessions.reload(tenant);
      },
    },
    reconciliations: storage.reconciliations,
    authentication: base.authentication,
    signInRate: createAddressRate(Date.now),
    oauth: {
      clients: storage.oauthClients,
      grants: storage.grants,
      listed: storage.oauthGrants,
      seal: base.oauth.seal,
    },
    billing: { ...storage, ...knownAtOnce(storage, base) },
    seller: sellerOf(base.config),
    sso: { ...base.sso, connections: storage.ssoConnections },
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

function connectionDeps({ storage, vault, credentials, baseUrl }: FrontBase): ConnectionDeps {
  const { tenants, accounts } = storage;
  return {
    connections: credentials.connections,
    connectedService: credentials.service,
    connectSubject: credentials.connectSubject,
    rotateVault: (options) => vault.rotate(options),
    isOperators: async (tenant) => (await tenants.list())[0]?.id === tenant,
    publicUrl: () => baseUrl.current,
    userName: async (_tenant, userId) => (await accounts.get(userId))?.name ?? userId,
  };
}

/** Others first: who configured them wants their tokens. */
function oauthDoor({ config: { auth }, oauth: { server } }: FrontBase) {
  const others = auth.issuers.map(({ issuer }) => issuer);
  return {
    authorizationServers: (baseUrl: string) =>
      server === undefined ? others : [...others, baseUrl],
    ...(server === undefined ? {} : { authorizationServer: server }),
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

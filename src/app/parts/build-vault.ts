import type { Catalog } from '../../catalog/catalog.ts';
import type { Service } from '../../catalog/store.ts';
import type { CallerCredentials } from '../../gateway/ask-upstream.ts';
import type { UserConnections } from '../../gateway/connect-user.ts';
import type { ConnectedService } from '../../identity/vault/connected-service.ts';
import { Connections } from '../../identity/vault/connections.ts';
import type { OAuthClient } from '../../identity/vault/oauth/oauth-client.ts';
import type { Connection } from '../../identity/store.ts';
import { createRenew, grantForSubject } from '../../identity/vault/renew-tokens.ts';
import { ServiceTokens } from '../../identity/vault/service-tokens.ts';
import { needed, UserTokens } from '../../identity/vault/user-tokens.ts';
import { secretRow, type Vault } from '../../identity/vault/vault.ts';
import type { Bus } from '../../kernel/bus.ts';
import type { Egress } from '../../kernel/egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import { isPersonal, type RefusedCredential } from '../../kernel/oauth/upstream-oauth.ts';
import type { Storage } from '../../storage/storage.ts';
import type { UpstreamCaller } from '../../upstream/contract.ts';
import { oauthOf } from '../../upstream/credentials/oauth-of.ts';
import { fillSecrets } from '../../upstream/fill-secrets.ts';
import { createUserConnections } from './user-connections.ts';

/** What credentials for services are made from. */
export interface CredentialsBase {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly egress: Egress;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly log: Log;
  /** The gateway's address for users. */
  publicUrl(): string;
  /** The catalog, once there is one. */
  catalog(): Catalog;
}

/** Everything by which services and their users prove their right. */
export interface BuiltCredentials {
  readonly connections: Connections;
  readonly callerCredentials: CallerCredentials;
  readonly userConnections: UserConnections;
  /** The service as an OAuth resource; undefined when it wants no tokens. */
  service(tenant: TenantId, serviceId: string): ConnectedService | undefined;
  /** The service itself as a caller. */
  ownCaller(service: Service, secret: (name: string) => Promise<string>): UpstreamCaller;
  /** Connects a user by a token that says who the user is. */
  connectSubject(
    principal: Principal,
    service: ConnectedService,
    subjectToken: string,
  ): Promise<Connection>;
  /** A user whose account the service's lists may be read with. */
  reader(service: Service): Promise<UpstreamCaller | undefined>;
  /** Another instance changed connections of a tenant. */
  reload(tenant: TenantId): void;
}

const CHALLENGES_KEPT = 1_000;

/** Builds the OAuth client, the tokens and the connections. */
export function buildCredentials(base: CredentialsBase): BuiltCredentials {
  const { storage, vault, bus, ids, log } = base;
  const now = Date.now;
  const store = storage.connections;
  const oauth = loadOAuthClient(base);
  const challenges = createChallenges(base);
  const changed = (tenant: TenantId): void => {
    bus.emit('domain.changed', { domain: 'connections', tenant });
    dropResults(base, tenant);
  };
  const tokens = new UserTokens({
    store,
    vault,
    oauth,
    renew: createRenew(oauth, now),
    changed,
    now,
  });
  const serviceTokens = new ServiceTokens(oauth, now);
  const find = createFind(base);
  const connections = new Connections({
    store,
    vault,
    tokens,
    ids,
    log,
    oauth,
    service: find,
    challengeOf: challenges.of,
    publicUrl: () => base.publicUrl(),
    made: (tenant, serviceId) => base.catalog().connectionMade(tenant, serviceId),
    changed,
    now,
  });
  return {
    connections,
    service: find,
    ...createCallers(base, { tokens, serviceTokens, challenges, find }),
    userConnections: createUserConnections(find, connections, tokens),
    connectSubject: async ({ subject }, service, subjectToken) => {
      const client = await oauth();
      const header = await challenges.of(service);
      const granted = await grantForSubject(client, service, subjectToken, header);
      return await connections.keep(service, subject.id, granted.tokens, granted, subjectToken);
    },
    reload: (tenant) => {
      tokens.forget(tenant);
      dropResults(base, tenant);
      base.catalog().connectionMade(tenant);
    },
  };
}

interface CallerParts {
  readonly tokens: UserTokens;
  readonly serviceTokens: ServiceTokens;
  readonly challenges: ReturnType<typeof createChallenges>;
  readonly find: BuiltCredentials['service'];
}

/** Users, services and readers of lists as callers with credentials. */
function createCallers(
  { storage, vault }: CredentialsBase,
  { tokens, serviceTokens, challenges, find }: CallerParts,
): Pick<BuiltCredentials, 'callerCredentials' | 'ownCaller' | 'reader'> {
  const userOf = (service: ConnectedService, userId: string) => ({
    credential: (scheme: string, refused?: RefusedCredential) =>
      scheme === 'bearer' ? tokens.token(service, userId, refused) : Promise.resolve(undefined),
    account: () => tokens.account(service, userId),
  });
  return {
    callerCredentials: {
      of: ({ tenant, subject }, serviceId) => {
        const service = find(tenant, serviceId);
        const isWanted = service !== undefined && isPersonal(service.oauth);
        return isWanted ? userOf(service, subject.id) : undefined;
      },
    },
    ownCaller: (service, secret) => ({
      tenant: service.tenant,
      grantId: `service:${service.id}`,
      account: () => Promise.resolve(''),
      credential: async (_scheme, refused) => {
        const connected = connectedService(service, secret);
        if (connected === undefined) return undefined;
        if (!isPersonal(connected.oauth)) return await serviceTokens.token(connected, refused);
        if (refused === undefined) return undefined;
        challenges.remember(service.id, refused.challenge);
        throw needed(connected, [], refused.challenge);
      },
    }),
    reader: async (service) => {
      const secret = (name: string) => keptSecret(vault, service, name);
      const connected = connectedService(service, secret);
      const latest = await storage.connections.latest(service.tenant, service.id);
      if (connected === undefined || latest === undefined) return undefined;
      const { tenant, id, userId } = latest;
      return { tenant, grantId: `connection:${id}`, ...userOf(connected, userId) };
    },
  };
}

/** Finds services as OAuth resources; every call asks, so what a configuration says is kept. */
function createFind({ catalog, vault }: CredentialsBase): BuiltCredentials['service'] {
  const known = new WeakMap<Service, { readonly found: ConnectedService | undefined }>();
  return (tenant, serviceId) => {
    const service = catalog().service(tenant, serviceId);
    if (service === undefined) return undefined;
    let kept = known.get(service);
    if (kept === undefined) {
      const secret = (name: string) => keptSecret(vault, service, name);
      kept = { found: connectedService(service, secret) };
      known.set(service, kept);
    }
    return kept.found;
  };
}

/** The secret of a service that is kept. Throws GatewayError `invalid_configuration`. */
export async function keptSecret(
  vault: Vault,
  { tenant, id, slug }: Service,
  name: string,
): Promise<string> {
  const value = await vault.read(secretRow(tenant, id, name));
  if (value !== undefined) return value;
  const text = `The service ${slug} has no secret named ${name}.`;
  throw new GatewayError('invalid_configuration', text);
}

function connectedService(
  { tenant, id, slug, title, config }: Service,
  secret: (name: string) => Promise<string>,
): ConnectedService | undefined {
  const oauth = oauthOf(config);
  if (oauth === undefined) return undefined;
  const shown = title === '' ? slug : title;
  return { tenant, id, slug, title: shown, oauth, fill: (text) => fillSecrets(text, secret) };
}

/** Loaded with the first service that wants it. */
function loadOAuthClient(base: CredentialsBase): () => Promise<OAuthClient> {
  let loading: Promise<OAuthClient> | undefined;
  const { egress, vault } = base;
  return () =>
    (loading ??= import('../../identity/vault/oauth/oauth-client.ts').then(
      (module) =>
        new module.OAuthClient({
          egress,
          vault,
          redirectUri: () => `${base.publicUrl()}/connect/callback`,
          metadataUrl: () => {
            const url = base.publicUrl();
            return url.startsWith('https:') ? `${url}/connect/client.json` : undefined;
          },
          now: Date.now,
        }),
    ));
}

/** What services said when they refused a request without a token. */
function createChallenges({ egress }: CredentialsBase) {
  const kept = new RecentMap<string, string>(CHALLENGES_KEPT);
  return {
    remember: (serviceId: string, challenge: string | undefined): void => {
      if (challenge !== undefined) kept.set(serviceId, challenge);
    },
    of: async ({ id, oauth }: ConnectedService): Promise<string | undefined> => {
      const known = kept.get(id);
      if (known !== undefined) return known;
      const headers = { accept: '*/*' };
      const asked = egress.request({ url: oauth.resource, method: 'GET', headers });
      // A service that does not answer may still publish its metadata.
      const answer = await asked.catch(() => undefined);
      answer?.discard();
      return answer?.status === 401 ? answer.headers['www-authenticate'] : undefined;
    },
  };
}

/** Results that were kept for a user may be another account's. */
function dropResults({ catalog, bus }: CredentialsBase, tenant: TenantId): void {
  for (const { service } of catalog().lives(tenant)) {
    const oauth = oauthOf(service.config);
    if (oauth === undefined || !isPersonal(oauth)) continue;
    bus.emit('connection.changed', { tenant, serviceId: service.id });
  }
}

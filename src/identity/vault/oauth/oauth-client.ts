import { calculatePKCECodeChallenge, type AuthorizationServer } from 'oauth4webapi';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { RecentMap } from '../../../kernel/recent/recent-map.ts';
import type { OAuthClientSettings } from '../../../kernel/oauth/upstream-oauth.ts';
import type { ConnectedService } from '../connected-service.ts';
import type { VaultRow } from '../../store.ts';
import type { Vault } from '../vault.ts';
import type { Challenge } from './challenge.ts';
import { preregistered, register, type RegisteredClient } from './client.ts';
import { discoverServer, discoverTarget, type AuthorizationTarget } from './discover.ts';
import { createOAuthFetch, type OAuthFetch } from './oauth-http.ts';
import { oauthUrl } from './oauth-url.ts';
import {
  redeemCode,
  renewTokens,
  requestTokens,
  revokeToken,
  type TokenRequest,
  type TokenSet,
} from './tokens.ts';

/** What the client is made from. */
export interface OAuthClientContext {
  readonly egress: Egress;
  readonly vault: Vault;
  /** Where users come back to. */
  redirectUri(): string;
  /** Where authorization servers read who the gateway is; undefined when they cannot. */
  metadataUrl(): string | undefined;
  now(): number;
}

/** What a user's browser takes along to the authorization server. */
export interface AuthorizationWish {
  readonly state: string;
  readonly verifier: string;
  readonly scopes: readonly string[];
}

const SERVERS_KEPT = 200;
const SERVER_MS = 600_000;
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The gateway as an OAuth client of other people's authorization servers. */
export class OAuthClient {
  readonly #context: OAuthClientContext;
  readonly #fetch: OAuthFetch;
  readonly #servers = new RecentMap<string, { server: AuthorizationServer; atMs: number }>(
    SERVERS_KEPT,
  );

  constructor(context: OAuthClientContext) {
    this.#context = context;
    this.#fetch = createOAuthFetch(context.egress);
  }

  /** Finds out, anew each time, where a service's tokens come from. */
  async discover(service: ConnectedService, challenge: Challenge): Promise<AuthorizationTarget> {
    const target = await discoverTarget(this.#fetch, service.oauth, challenge);
    const { server } = target;
    this.#servers.set(server.issuer, { server, atMs: this.#context.now() });
    return target;
  }

  /** The server of an issuer that tokens are from; its metadata are believed for a while. */
  async serverOf(service: ConnectedService, issuer: string): Promise<AuthorizationServer> {
    const known = this.#servers.get(issuer);
    if (known !== undefined && known.atMs + SERVER_MS > this.#context.now()) return known.server;
    const { tokenUrl } = service.oauth;
    if (tokenUrl !== undefined && service.oauth.issuer === issuer) {
      return { issuer, token_endpoint: tokenUrl };
    }
    const server = await discoverServer(this.#fetch, issuer);
    this.#servers.set(issuer, { server, atMs: this.#context.now() });
    return server;
  }

  /**
   * The gateway as this server knows it: by the service's settings, else by its own metadata
   * document, else registered once and kept under the issuer's name.
   */
  async clientOf(
    service: ConnectedService,
    server: AuthorizationServer,
  ): Promise<RegisteredClient> {
    const { oauth } = service;
    const redirectUri = this.#context.redirectUri();
    if (oauth.clientId !== undefined) {
      // They were given for one server; a service that moved to another does not take them along.
      if (oauth.issuer !== undefined && oauth.issuer !== server.issuer) throw otherIssuer();
      return preregistered(await filled(service, oauth), server, redirectUri);
    }
    const metadataUrl = oauth.clientMetadataUrl ?? this.#context.metadataUrl();
    if (server['client_id_metadata_document_supported'] === true && metadataUrl !== undefined) {
      return { clientId: metadataUrl, method: 'none', redirectUri };
    }
    const row = clientRow(service, server.issuer);
    const kept = await this.#context.vault.read(row);
    const known = kept === undefined ? undefined : (JSON.parse(kept) as RegisteredClient);
    const isGood = (known?.expiresAtMs ?? Number.POSITIVE_INFINITY) > this.#context.now();
    if (known?.redirectUri === redirectUri && isGood) return known;
    const made = await register(this.#fetch, server, redirectUri);
    await this.#context.vault.write(row, JSON.stringify(made));
    return made;
  }

  /** Where the user's browser goes to say yes. Throws when the server does not do S256. */
  async authorizationUrl(
    { server, resource }: AuthorizationTarget,
    client: RegisteredClient,
    { state, verifier, scopes }: AuthorizationWish,
  ): Promise<URL> {
    // What the server says may be of any type: a text would include another.
    const methods: unknown = server.code_challenge_methods_supported;
    if (!Array.isArray(methods) || !methods.includes('S256')) {
      throw new GatewayError(
        'upstream_failed',
        'The authorization server does not say that it does PKCE with S256, so it is not used.',
      );
    }
    const url = oauthUrl(server.authorization_endpoint, 'authorization_endpoint');
    const parameters = {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      resource,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  /** The tokens for the code that a browser brought back. */
  async redeem(
    server: AuthorizationServer,
    client: RegisteredClient,
    callback: { readonly parameters: URLSearchParams; readonly state: string },
    { verifier, resource }: { readonly verifier: string; readonly resource: string },
  ): Promise<TokenSet> {
    return await redeemCode(this.#request(server, client), callback, verifier, resource);
  }

  /** New tokens for a refresh token, from the server that gave it and no other. */
  async renew(
    service: ConnectedService,
    issuer: string,
    { refreshToken, resource }: { readonly refreshToken: string; readonly resource: string },
  ): Promise<TokenSet> {
    const server = await this.serverOf(service, issuer);
    const client = await this.clientOf(service, server);
    return await renewTokens(this.#request(server, client), refreshToken, resource);
  }

  /** Revokes what is held; false when the server has no way to. */
  async revoke(
    service: ConnectedService,
    issuer: string,
    { token, hint }: { readonly token: string; readonly hint: 'refresh_token' | 'access_token' },
  ): Promise<boolean> {
    const server = await this.serverOf(service, issuer);
    const client = await this.clientOf(service, server);
    return await revokeToken(this.#request(server, client), token, hint);
  }

  /** A token for the service itself (OAuth 2.1 §4.2). */
  async clientCredentials(
    service: ConnectedService,
    target: AuthorizationTarget,
    scopes: readonly string[],
  ): Promise<TokenSet> {
    const client = await this.clientOf(service, target.server);
    return await requestTokens(this.#request(target.server, client), 'client_credentials', {
      resource: target.resource,
      scope: scopes.join(' '),
      audience: service.oauth.audience,
    });
  }

  /** A user's token for the service in exchange for one that says who the user is (RFC 8693). */
  async exchange(
    service: ConnectedService,
    target: AuthorizationTarget,
    subjectToken: string,
    scopes: readonly string[],
  ): Promise<TokenSet> {
    const client = await this.clientOf(service, target.server);
    return await requestTokens(this.#request(target.server, client), EXCHANGE, {
      subject_token: subjectToken,
      subject_token_type: `${TOKEN_TYPE}:access_token`,
      resource: target.resource,
      scope: scopes.join(' '),
      audience: service.oauth.audience,
    });
  }

  /**
   * A user's token by an identity assertion: the identity provider turns the user's ID token into
   * a grant for the service's authorization server
   * (draft-ietf-oauth-identity-assertion-authz-grant).
   */
  async assertIdentity(
    service: ConnectedService,
    target: AuthorizationTarget,
    idToken: string,
    scopes: readonly string[],
  ): Promise<TokenSet> {
    const { identityProvider: given } = service.oauth;
    if (given?.clientId === undefined || given.tokenUrl === undefined) throw noProvider();
    const provider = { issuer: given.tokenUrl, token_endpoint: given.tokenUrl };
    const asked = preregistered(await filled(service, given), provider, '');
    const scope = scopes.join(' ');
    const grant = await requestTokens(this.#request(provider, asked), EXCHANGE, {
      subject_token: idToken,
      subject_token_type: `${TOKEN_TYPE}:id_token`,
      requested_token_type: `${TOKEN_TYPE}:id-jag`,
      audience: target.server.issuer,
      resource: target.resource,
      // A public client is known by its name alone, which the library sends.
      scope,
    });
    const client = await this.clientOf(service, target.server);
    return await requestTokens(this.#request(target.server, client), JWT_BEARER, {
      assertion: grant.accessToken,
      resource: target.resource,
      scope,
    });
  }

  #request(server: AuthorizationServer, client: RegisteredClient): TokenRequest {
    return { fetch: this.#fetch, server, client, now: () => this.#context.now() };
  }
}

/** The row of the gateway's registration at one issuer, for one service. */
function clientRow({ tenant, id }: ConnectedService, issuer: string): VaultRow {
  return { tenant, owner: 'client', serviceId: id, name: issuer };
}

async function filled(
  service: ConnectedService,
  { clientId = '', clientSecret, privateKey, tokenUrl }: OAuthClientSettings,
) {
  const fill = async (text: string | undefined) =>
    text === undefined ? undefined : await service.fill(text);
  return {
    clientId: await service.fill(clientId),
    clientSecret: await fill(clientSecret),
    privateKey: await fill(privateKey),
    tokenUrl,
  };
}

function otherIssuer(): GatewayError {
  return new GatewayError(
    'invalid_configuration',
    'The service now names another authorization server than the issuer of its credentials.',
  );
}

function noProvider(): GatewayError {
  return new GatewayError(
    'invalid_configuration',
    'credentials.identityProvider needs a clientId and a tokenUrl.',
  );
}

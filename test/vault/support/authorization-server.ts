import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, type Configuration } from 'oidc-provider';

/** An authorization server that says yes to everybody, each time as another account. */
export interface AuthorizationServer {
  /** Serves one request. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whose token it is and what it may do; undefined when it is no good. */
  look(token: string): Promise<TokenHolder | undefined>;
  /** How often tokens were renewed. */
  readonly refreshes: () => number;
}

/** What a token stands for. */
export interface TokenHolder {
  readonly account: string;
  readonly scopes: readonly string[];
}

/** Makes one; access tokens live for `lifeSeconds`. */
export function createAuthorizationServer(
  issuer: string,
  resource: string,
  lifeSeconds: () => number,
): AuthorizationServer {
  let accounts = 0;
  let refreshes = 0;
  const provider = new Provider(issuer, settings(resource, lifeSeconds));
  provider.on('grant.success', ({ oidc }) => {
    if (oidc.params?.['grant_type'] === 'refresh_token') refreshes++;
  });
  const agree = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params } = await provider.interactionDetails(request, response);
    accounts++;
    const accountId = `account-${accounts}`;
    const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
    const scope = typeof params['scope'] === 'string' ? params['scope'] : '';
    grant.addOIDCScope(scope);
    grant.addResourceScope(resource, scope);
    const consent = { grantId: await grant.save() };
    await provider.interactionFinished(request, response, { login: { accountId }, consent });
  };
  const serve = provider.callback();
  return {
    handle: async (request, response) => {
      if (request.url?.startsWith('/agree/') === true) await agree(request, response);
      else await serve(request, response);
    },
    look: async (token) => {
      const found =
        (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
      if (found === undefined || found.isExpired) return undefined;
      const account = 'accountId' in found ? found.accountId : 'machine';
      return { account, scopes: (found.scope ?? '').split(' ') };
    },
    refreshes: () => refreshes,
  };
}

function settings(resource: string, lifeSeconds: () => number): Configuration {
  return {
    scopes: ['openid', 'offline_access', 'read', 'write'],
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'read write',
          accessTokenFormat: 'opaque',
          accessTokenTTL: lifeSeconds(),
        }),
      },
    },
    clients: [
      {
        client_id: 'machine',
        client_secret: 'CANARY-machine-secret-0123456789',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    interactions: { url: (_context, { uid }) => `/agree/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    pkce: { required: () => true },
    cookies: { keys: ['a test needs no secret'] },
  };
}

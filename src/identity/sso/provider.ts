import type { Configuration } from 'openid-client';
import type { Egress } from '../../kernel/egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Log } from '../../kernel/log.ts';
import { createOAuthFetch } from '../vault/oauth/oauth-http.ts';
import type { SsoConnection } from './store.ts';

/** What one way to a provider and back is bound to. */
export interface SsoChecks {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE verifier (RFC 7636). */
  readonly verifier: string;
}

/** A connection with what authenticates the gateway there. */
export interface SsoClient extends Pick<SsoConnection, 'issuer' | 'clientId'> {
  readonly secret: string;
  readonly redirectUri: string;
}

/** Providers, as the gateway talks to them. */
export interface SsoProviders {
  /** Where a browser goes to sign in. */
  authorizeUrl(client: SsoClient, checks: SsoChecks): Promise<string>;
  /**
   * The claims of the ID token that an answer leads to. Throws GatewayError `forbidden` for an
   * answer, or a token, that is not for this very way.
   */
  claims(client: SsoClient, answer: URLSearchParams, checks: SsoChecks): Promise<JsonObject>;
}

/** What talking to providers needs. */
export interface SsoProvidersOptions {
  readonly egress: Egress;
  readonly log: Log;
}

/** Providers of OpenID Connect Core 1.0 by the authorization code flow, found by their issuer. */
export function createSsoProviders({ egress, log }: SsoProvidersOptions): SsoProviders {
  const fetch = createOAuthFetch(egress);
  const discover = async ({ issuer, clientId, secret }: SsoClient): Promise<Configuration> => {
    const library = await import('openid-client');
    const isLocal = new URL(issuer).protocol === 'http:';
    const found = await library.discovery(
      new URL(issuer),
      clientId,
      secret,
      library.ClientSecretPost(secret),
      {
        [library.customFetch]: (url, options) => fetch(url, options as Parameters<typeof fetch>[1]),
        // Only an address of this machine gets here without encryption: see `oauthUrl`.
        // The library calls it deprecated to make it stand out.
        // oxlint-disable-next-line typescript/no-deprecated
        ...(isLocal ? { execute: [library.allowInsecureRequests] } : {}),
      },
    );
    // A slash more would be another name for the same people.
    if (found.serverMetadata().issuer !== issuer) {
      const text = 'The provider calls itself otherwise than the issuer of this connection.';
      throw new GatewayError('invalid_configuration', text);
    }
    // Its signature counts too, not only where the token came from.
    library.enableNonRepudiationChecks(found);
    return found;
  };
  return {
    authorizeUrl: async (client, { state, nonce, verifier }) => {
      try {
        const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
        const url = buildAuthorizationUrl(await discover(client), {
          redirect_uri: client.redirectUri,
          scope: 'openid profile email',
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        return url.href;
      } catch (error) {
        throw refused(log, error, client.issuer);
      }
    },
    claims: async (client, answer, { state, nonce, verifier }) => {
      try {
        const { authorizationCodeGrant } = await import('openid-client');
        // The address that was asked may be another's; the one that was registered counts.
        const tokens = await authorizationCodeGrant(
          await discover(client),
          new URL(`${client.redirectUri}?${answer}`),
          {
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: verifier,
            idTokenExpected: true,
          },
        );
        return { ...tokens.claims() } as JsonObject;
      } catch (error) {
        throw refused(log, error, client.issuer);
      }
    },
  };
}

function refused(log: Log, error: unknown, issuer: string): GatewayError {
  const known = gatewayErrorIn(error);
  if (known !== undefined) return known;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  log.warn({ issuer, code }, 'the answer of a provider was refused');
  return new GatewayError('forbidden', 'The provider’s answer is not accepted; sign in again.');
}

/** The library wraps what its `fetch` throws. */
function gatewayErrorIn(error: unknown): GatewayError | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof GatewayError) return one;
  }
  return undefined;
}

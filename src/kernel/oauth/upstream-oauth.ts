import { GatewayError } from '../errors.ts';

/** Where a client is known at an authorization server, and how it proves that it is itself. */
export interface OAuthClientSettings {
  readonly clientId?: string | undefined;
  /** May hold `${NAME}`, as every text of a credential. */
  readonly clientSecret?: string | undefined;
  /** A private key (PKCS #8, PEM) for `private_key_jwt`, instead of a secret. */
  readonly privateKey?: string | undefined;
  /** The token endpoint; found out from the resource when absent. */
  readonly tokenUrl?: string | undefined;
}

/** How the access tokens of a service are got. */
export interface UpstreamOAuth extends OAuthClientSettings {
  readonly grant:
    | 'authorization_code'
    | 'client_credentials'
    | 'token_exchange'
    | 'identity_assertion';
  /** The protected resource (RFC 8707): what tokens are asked for. */
  readonly resource: string;
  /** The authorization server; the resource's own metadata says which when absent. */
  readonly issuer?: string | undefined;
  /** The address of a client id metadata document that stands for the gateway. */
  readonly clientMetadataUrl?: string | undefined;
  /** What to ask for; what the service asks for when absent. */
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: string | undefined;
  /** The identity provider that vouches for users (identity assertion). */
  readonly identityProvider?: OAuthClientSettings | undefined;
}

/** A credential that a service refused, with what it said. */
export interface RefusedCredential {
  /** What was sent; absent when nothing was. */
  readonly token?: string | undefined;
  readonly status: number;
  /** The header `WWW-Authenticate`, as it came. */
  readonly challenge?: string | undefined;
}

/** True when each user has a token of their own. */
export function isPersonal({ grant }: UpstreamOAuth): boolean {
  return grant !== 'client_credentials';
}

/** A request needs an account of its user's at the service, and there is none that will do. */
export class ConnectionNeeded extends GatewayError {
  /** What the service wants beyond what was granted; empty for a first connection. */
  readonly scopes: readonly string[];
  /** What the service said when it refused, as it came. */
  readonly challenge: string | undefined;

  constructor(text?: string, scopes: readonly string[] = [], challenge?: string) {
    super('connection_required', text);
    this.name = 'ConnectionNeeded';
    this.scopes = scopes;
    this.challenge = challenge;
  }
}

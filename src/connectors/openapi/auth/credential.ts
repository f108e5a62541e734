/** OAuth 2 client credentials of one security scheme (RFC 6749 §4.4). */
export interface ClientCredential {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenUrl?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: string | undefined;
}

/** What proves the service's right to one security scheme; `${NAME}` in a text is a secret. */
export type Credential =
  | { readonly value: string }
  | { readonly username: string; readonly password: string }
  | ClientCredential
  /** What each user has for themselves; it is added on the way out. */
  | { readonly type: 'authorizationCode' | 'tokenExchange' | 'identityAssertion' };

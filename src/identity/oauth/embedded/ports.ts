import type { Permission } from '../../../kernel/permissions.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { ScopeLimits } from '../scope-limits.ts';

/** A tenant that a person may act in, and what it may do there. */
export interface PersonMembership {
  readonly tenant: TenantId;
  readonly tenantName: string;
  readonly actions: ReadonlySet<Permission>;
}

/** What a person typed to sign in. */
export interface SignInAttempt {
  readonly login: string;
  readonly password: string;
  /** A one-time code, for who has a second factor. */
  readonly code?: string;
  readonly address: string;
}

/** Who may sign in, and what they may grant. */
export interface OAuthPeople {
  /**
   * Who it is. Throws GatewayError `unauthenticated` (with the same text whatever is wrong) or
   * `too_many`; `second_factor` asks for the code that is missing.
   */
  signIn(attempt: SignInAttempt): Promise<{ readonly userId: string } | 'second_factor'>;
  /** A person who may sign in. */
  get(userId: string): Promise<{ readonly userId: string; readonly login: string } | undefined>;
  /** The active memberships in active tenants. */
  memberships(userId: string): Promise<readonly PersonMembership[]>;
}

/** A tenant's own provider, at which its people sign in. */
export interface LoginWay {
  /** The id of the connection. */
  readonly id: string;
  readonly name: string;
}

/** Who has signed in at a tenant's provider, and is logged in at the gateway since. */
export interface ProviderLogin {
  readonly userId: string;
  /** The login is good in this tenant alone. */
  readonly tenant: TenantId;
  readonly connectionId: string;
  readonly createdAtMs: number;
}

/** Signing in at the tenants' own providers, at a gateway that is asked under `baseUrl`. */
export interface ProviderLogins {
  /** The one way there is, when everybody may be shown it. */
  only(baseUrl: string): Promise<LoginWay | undefined>;
  /** The way of an e-mail address's domain. Throws GatewayError `too_many`. */
  discover(email: string, baseUrl: string, address: string): Promise<LoginWay | undefined>;
  /** Whose login the cookies of a browser (a `Cookie` header) stand for. */
  loggedIn(cookies: string | undefined, baseUrl: string): Promise<ProviderLogin | undefined>;
}

/** What a person granted to a client. */
export interface OAuthGrant extends ScopeLimits {
  readonly id: string;
  readonly tenant: TenantId;
  readonly userId: string;
  readonly clientId: string;
  /** The URL of the one endpoint that its tokens are good at. */
  readonly resource: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Which consents of a person are looked for. */
export type ConsentQuery = Pick<OAuthGrant, 'userId' | 'clientId' | 'resource'>;

/** Grants to clients; only those that are in force are found. */
export interface OAuthGrants {
  create(grant: Omit<OAuthGrant, 'id' | 'createdAtMs' | 'expiresAtMs'>): Promise<OAuthGrant>;
  get(tenant: TenantId, id: string): Promise<OAuthGrant | undefined>;
  /** What a person granted this client for this resource, the newest first. */
  consents(query: ConsentQuery): Promise<readonly OAuthGrant[]>;
  /** Ends a grant, on every instance. */
  revoke(tenant: TenantId, id: string): Promise<void>;
}

/** What became of a refresh token that was presented. */
export type RefreshOutcome =
  | { readonly kind: 'rotated'; readonly token: string }
  /** It is not known, or its time is over. */
  | { readonly kind: 'refused' }
  /** It was used long ago: the grant is revoked. */
  | { readonly kind: 'reused' };

/** Refresh tokens: those that follow from one another are the family of one grant. */
export interface RefreshFamilies {
  /** Begins the family of a grant with a token. */
  begin(grant: OAuthGrant, token: string): Promise<void>;
  /** Whose token it is. */
  find(token: string): Promise<{ readonly tenant: TenantId; readonly grantId: string } | undefined>;
  /**
   * Takes a token and gives its successor; the same successor to whoever repeats it at once,
   * for its answer may have been lost.
   */
  rotate(token: string): Promise<RefreshOutcome>;
}

/** The keys that sign access tokens, as the provider takes them. */
export interface ProviderKeys {
  /** Changes when they do. */
  readonly version: string;
  /** Private JSON Web Keys (RFC 7517) for EdDSA, the one that signs first. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

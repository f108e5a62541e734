import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { CredentialLimits, Permissions } from '../../../kernel/permissions.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { CredentialKind } from '../../admission/credential-kind.ts';
import { findResource } from '../protected-resource.ts';
import { scopeLimits } from '../scope-limits.ts';
import { createRemoteKeys, type RemoteKeys } from './remote-keys.ts';

/** An authorization server of somebody else whose tokens are taken. */
export interface ExternalIssuer {
  /** Exactly as its tokens say it. */
  readonly issuer: string;
  /** The name of the only tenant that its tokens are good in. */
  readonly tenant: string;
  /** What its tokens say they are for; the URL of the very endpoint when absent. */
  readonly audience?: string;
  readonly jwksUrl?: string;
  /** Where roles are in a token, parts divided by dots: `realm_access.roles`. */
  readonly rolesClaim?: string;
  /** Which of the gateway's roles those give. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Whether a token is limited to the gateway's scopes in it. */
  readonly scopes: 'enforce' | 'ignore';
}

/** Who a subject of an issuer is here. */
export interface ExternalSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly tenantName: string;
  readonly name: string;
  /** Roles that its token gives; undefined when tokens of this issuer give none. */
  readonly roles: readonly string[] | undefined;
}

/** A person of an issuer, as the gateway knows it. */
export interface LinkedPerson {
  readonly tenant: TenantId;
  readonly userId: string;
  permissionsBy(credential: CredentialLimits): Permissions;
}

/** What admitting tokens of others needs. */
export interface ExternalCredentialsOptions {
  readonly issuers: readonly ExternalIssuer[];
  readonly egress: Pick<Egress, 'request'>;
  /** The gateway's base URL, without a slash at the end. */
  baseUrl(): string;
  /** Who it is; makes its user when its token gives it a role; undefined for nobody. */
  link(subject: ExternalSubject): Promise<LinkedPerson | undefined>;
  readonly now: () => number;
}

const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256'];
const SHAPE = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
const SECOND_MS = 1_000;

/** Tokens of other authorization servers as credentials (RFC 9068). */
export function createExternalCredentials(options: ExternalCredentialsOptions): CredentialKind {
  const { issuers, now } = options;
  const keys = new Map<string, RemoteKeys>(
    issuers.map((one) => [
      one.issuer,
      createRemoteKeys({ ...options, issuer: one.issuer, jwksUrl: one.jwksUrl }),
    ]),
  );
  return {
    // Who it says it is from only chooses the keys that it is checked with.
    recognises: (token) => {
      if (token.length > limits.externalTokenCharactersMax || !SHAPE.test(token)) return false;
      const issuer = claimedIssuer(token);
      return issuer !== undefined && keys.has(issuer);
    },
    lookUp: async (token, resource) => {
      const issuer = issuers.find((one) => one.issuer === claimedIssuer(token));
      const remote = issuer && keys.get(issuer.issuer);
      if (issuer === undefined || remote === undefined) return undefined;
      const claims = await verified(token, issuer, remote, now());
      const { sub, exp } = claims ?? {};
      if (claims === undefined || sub === undefined || exp === undefined) return undefined;
      const audience = issuer.audience ?? `${options.baseUrl()}${resource}`;
      if (!isFor(claims, audience)) return undefined;
      const person = await options.link({
        issuer: issuer.issuer,
        subject: sub,
        tenantName: issuer.tenant,
        name: nameOf(claims, sub),
        roles: issuer.rolesClaim === undefined ? undefined : rolesOf(claims, issuer),
      });
      if (person === undefined) return undefined;
      const principal = {
        tenant: person.tenant,
        subject: { kind: 'user' as const, id: person.userId },
        grantId: `ext_${digest(issuer.issuer, sub, clientOf(claims))}`,
        credentialId: `ext_${digest(token)}`,
        permissions: person.permissionsBy(limitsOf(claims, issuer)),
      };
      const endsAtMs = exp * SECOND_MS + limits.externalTokenSkewMs;
      return { principal, endsAtMs, resource: issuer.audience === undefined ? resource : null };
    },
  };
}

async function verified(
  token: string,
  { issuer }: ExternalIssuer,
  remote: RemoteKeys,
  nowMs: number,
): Promise<JWTPayload | undefined> {
  const { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify } = await import('jose');
  try {
    const { kid } = decodeProtectedHeader(token);
    const { payload } = await jwtVerify(token, createLocalJWKSet(await remote.get(kid)), {
      issuer,
      algorithms: ALGORITHMS,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
      clockTolerance: limits.externalTokenSkewMs / SECOND_MS,
      currentDate: new Date(nowMs),
    });
    // An ID token shows to a client who somebody is; it lets nobody in.
    if (payload['nonce'] !== undefined || payload['at_hash'] !== undefined) return undefined;
    // The library looks at `iat` only where an age is bounded; one of tomorrow is a forgery.
    const { iat = 0 } = payload;
    return iat * SECOND_MS > nowMs + limits.externalTokenSkewMs ? undefined : payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Everything that a token says it is for must be this gateway: membership is not enough. */
function isFor({ aud }: JWTPayload, audience: string): boolean {
  const named = typeof aud === 'string' ? [aud] : (aud ?? []);
  return named.length > 0 && named.every((one) => one === audience);
}

function limitsOf(claims: JWTPayload, { scopes }: ExternalIssuer): CredentialLimits {
  if (scopes === 'ignore') return { scopes: null, access: [] };
  const given = claims['scope'] ?? claims['scp'];
  const text = typeof given === 'string' ? given : '';
  const listed: readonly unknown[] = Array.isArray(given) ? given : text.split(' ');
  const known = findResource('/api');
  return scopeLimits(
    listed.filter((scope) => typeof scope === 'string').filter((one) => known?.mayCarry(one)),
  );
}

function rolesOf(claims: JWTPayload, { rolesClaim = '', roles }: ExternalIssuer): string[] {
  let value: unknown = claims[rolesClaim];
  if (value === undefined) {
    value = rolesClaim
      .split('.')
      .reduce<unknown>((one, part) => (isJsonObject(one) ? one[part] : undefined), claims);
  }
  const named: readonly unknown[] = Array.isArray(value) ? value : [value];
  const given = named.flatMap((one) =>
    typeof one === 'string' && Object.hasOwn(roles, one) ? (roles[one] ?? []) : [],
  );
  return [...new Set(given)].toSorted();
}

function nameOf(claims: JWTPayload, subject: string): string {
  const named = [claims['name'], claims['preferred_username'], subject];
  const name = named.find((one) => typeof one === 'string' && one.trim() !== '');
  return String(name).slice(0, limits.titleLengthMax);
}

function clientOf(claims: JWTPayload): string {
  const client = claims['client_id'] ?? claims['azp'];
  return typeof client === 'string' ? client : '';
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The issuer that a token names, unchecked. */
function claimedIssuer(token: string): string | undefined {
  const text = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const issuer: unknown = isJsonObject(claims) ? claims['iss'] : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses a configuration in which one issuer stands for two tenants. */
export function checkIssuers(issuers: readonly ExternalIssuer[], ownUrl: string): void {
  const seen = new Set<string>([ownUrl]);
  for (const { issuer } of issuers) {
    if (seen.has(issuer)) {
      const text = `auth.issuers: ${issuer} is listed twice, or is this gateway itself.`;
      throw new GatewayError('invalid_configuration', text);
    }
    seen.add(issuer);
  }
}

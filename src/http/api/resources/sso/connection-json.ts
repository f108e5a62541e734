import { z } from '@hono/zod-openapi';
import type { SsoConnection } from '../../../../identity/sso/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { roleNames, shownName } from '../../grants/identity-fields.ts';

const claimText = z.string().min(1).max(limits.ssoClaimLengthMax);
const clientSecret = z
  .string()
  .min(1)
  .max(limits.ssoSecretLengthMax)
  .describe('The client secret; no answer shows it.');

/** An e-mail domain, in lower case. */
export const domainName = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/, 'must be a domain like acme.example');

/** Small bounded maps: a record of zod counts nothing itself. */
const atMost = (max: number, what: string) =>
  [
    (map: object) => Object.keys(map).length <= max,
    { error: `has more than ${max} ${what}` },
  ] as const;

const settings = {
  name: shownName.describe('Shown to who signs in.'),
  clientId: z.string().min(1).max(limits.ssoClaimLengthMax),
  domains: z
    .array(domainName)
    .max(limits.ssoDomainsMax)
    .describe('E-mail domains; found by them once they are verified.'),
  groupsClaim: claimText
    .nullable()
    .describe('Where groups are in the ID token, parts divided by dots.'),
  roles: z
    .record(claimText, roleNames)
    .refine(...atMost(limits.ssoGroupsMax, 'groups'))
    .describe('The roles that each group gives.'),
  jit: z.boolean().describe('Whether who comes for the first time becomes a user.'),
  defaultRoles: roleNames.describe('Roles of everybody who signs in.'),
  requiredClaims: z
    .record(claimText, claimText)
    .refine(...atMost(limits.ssoRequiredClaimsMax, 'claims'))
    .describe('Claims that the ID token must have with exactly these values.'),
  enabled: z.boolean(),
};

/** A connection, without its secret. */
export const connectionSchema = z
  .strictObject({
    id: z.string(),
    issuer: z.string(),
    ...settings,
    domainsVerified: z.boolean().describe('Said of all by the operator of the gateway.'),
    verifiedDomains: z.array(z.string()).describe('Those whose TXT record was seen.'),
    startUrl: z.string().describe('Where a browser begins.'),
    callbackUrl: z.string().describe('The redirect URI to register at the provider.'),
    logoutUrl: z.string().describe('The back-channel logout URI to register there.'),
    createdAtMs: z.int(),
    version: z.int(),
  })
  .openapi('SsoConnection');

/** All of a tenant. */
export const connectionsSchema = z
  .strictObject({ connections: z.array(connectionSchema) })
  .openapi('SsoConnections');

/** A new one. */
export const connectionRequestSchema = z
  .strictObject({
    ...settings,
    issuer: z.url().max(1024).describe('Exactly as the provider says it; it cannot be changed.'),
    clientSecret,
    domains: settings.domains.default([]),
    groupsClaim: settings.groupsClaim.default(null),
    roles: settings.roles.default({}),
    jit: settings.jit.default(false),
    defaultRoles: settings.defaultRoles.default([]),
    requiredClaims: settings.requiredClaims.default({}),
    enabled: settings.enabled.default(true),
  })
  .openapi('SsoConnectionRequest');

/** What is to be different. */
export const connectionChangeSchema = z
  .strictObject({ ...settings, clientSecret })
  .partial()
  .openapi('SsoConnectionChange');

/** A connection as the API shows it. */
export function connectionJson(
  connection: SsoConnection,
  baseUrl: string,
): z.output<typeof connectionSchema> {
  const { tenant: _tenant, secretSealed: _sealed, ...shown } = connection;
  return {
    ...shown,
    domains: [...shown.domains],
    verifiedDomains: [...shown.verifiedDomains],
    roles: Object.fromEntries(
      Object.entries(shown.roles).map(([group, roles]) => [group, [...roles]]),
    ),
    defaultRoles: [...shown.defaultRoles],
    requiredClaims: { ...shown.requiredClaims },
    startUrl: `${baseUrl}/auth/sso/${shown.id}/start`,
    callbackUrl: `${baseUrl}/auth/sso/callback`,
    logoutUrl: `${baseUrl}/auth/sso/backchannel-logout`,
  };
}

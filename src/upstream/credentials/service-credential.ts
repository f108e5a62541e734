import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import { headerName } from '../configured-headers.ts';

const text = z.string().min(1).max(limits.secretLengthMax);

/** A secret is never written into a configuration: it is referred to. */
const secretText = text
  .regex(/\$\{[A-Za-z0-9_.-]+\}/, 'must refer to a secret of the service as ${NAME}')
  .describe('`${NAME}` in it is the secret of the service of that name.');

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http: or https: URL' });
const scopes = z.array(z.string().regex(/^[\u0021\u0023-\u005b\u005d-\u007e]+$/)).max(100);

const parameterName = z.string().regex(/^[^\s&=;,#]{1,256}$/, 'must be a parameter name');

const client = {
  clientId: text.describe('The name the authorization server gave the gateway.'),
  clientSecret: secretText.optional(),
  privateKey: secretText.optional().describe('A private key (PKCS #8, PEM) instead of a secret.'),
};

const authority = {
  issuer: webUrl.optional().describe('The authorization server; default: the service says it.'),
  scopes: scopes.optional().describe('What to ask for; default: what the service asks for.'),
  resource: webUrl.optional().describe('What tokens are for; default: the address of the service.'),
};

const apiKey = z.discriminatedUnion('in', [
  z.strictObject({
    type: z.literal('apiKey'),
    in: z.literal('header'),
    name: headerName,
    value: secretText,
  }),
  z.strictObject({
    type: z.literal('apiKey'),
    in: z.enum(['query', 'cookie']),
    name: parameterName,
    value: secretText,
  }),
]);

const fixed = [
  apiKey,
  z.strictObject({ type: z.literal('basic'), username: text, password: secretText }),
  z.strictObject({ type: z.literal('bearer'), token: secretText }),
] as const;

const clientCredentials = z
  .strictObject({
    type: z.literal('clientCredentials'),
    ...client,
    ...authority,
    tokenUrl: webUrl.optional(),
    audience: text.optional(),
  })
  .describe('One token for the service itself (OAuth 2.1 §4.2).');

const authorizationCode = z
  .strictObject({
    type: z.literal('authorizationCode'),
    ...client,
    ...authority,
    clientId: client.clientId.optional().describe('Default: the gateway registers itself.'),
    clientMetadataUrl: z
      .url({ protocol: /^https$/, error: 'must be an https: URL' })
      .optional()
      .describe('A client id metadata document elsewhere that stands for the gateway.'),
  })
  .refine((it) => it.clientId === undefined || it.issuer !== undefined, {
    path: ['issuer'],
    error: 'is needed beside clientId: a client is known to one authorization server',
  })
  .describe('Each user connects an account of their own.');

const tokenExchange = z
  .strictObject({
    type: z.literal('tokenExchange'),
    ...client,
    ...authority,
    tokenUrl: webUrl.optional(),
    audience: text.optional(),
  })
  .describe("Each user's token is exchanged for one for the service (RFC 8693).");

const identityAssertion = z
  .strictObject({
    type: z.literal('identityAssertion'),
    ...client,
    ...authority,
    identityProvider: z.strictObject({ ...client, tokenUrl: webUrl }),
  })
  .describe("Each user's identity provider vouches for them.");

/** What proves a service's or its user's right, as configurations have it. */
export const serviceCredential = z.union([
  ...fixed,
  clientCredentials,
  authorizationCode,
  tokenExchange,
  identityAssertion,
]);

/** The kinds that each user has for themselves. */
export const personalCredential = z.union([authorizationCode, tokenExchange, identityAssertion]);

/** What proves a service's or its user's right. */
export type ServiceCredential = z.output<typeof serviceCredential>;

/** What each user has for themselves. */
export type PersonalCredential = z.output<typeof personalCredential>;

/** True when each user has one for themselves. */
export function isPersonalCredential(one: ServiceCredential): one is PersonalCredential {
  return (
    one.type === 'authorizationCode' ||
    one.type === 'tokenExchange' ||
    one.type === 'identityAssertion'
  );
}

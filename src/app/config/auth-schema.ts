import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';

const issuer = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: 'must be an http: or https: URL' })
    .describe('The issuer, exactly as its tokens name it.'),
  tenant: z.string().min(1).describe('Name of the only tenant that its tokens are good in.'),
  audience: z
    .string()
    .min(1)
    .exactOptional()
    .describe('What its tokens must be for; the URL of the very endpoint when absent.'),
  jwksUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http: or https: URL' })
    .exactOptional()
    .describe('Where its keys are; found by its metadata when absent.'),
  rolesClaim: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Where roles are in its tokens, for example realm_access.roles.'),
  roles: z
    .record(z.string(), z.array(z.string().min(1)))
    .default({})
    .describe('Which roles of the gateway each of those roles gives.'),
  scopes: z
    .enum(['enforce', 'ignore'])
    .default('enforce')
    .describe('Whether a token is limited to the scopes of the gateway that it carries.'),
});

const oauth = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the gateway is an authorization server for MCP clients.'),
  dynamicRegistration: z
    .boolean()
    .default(true)
    .describe('Whether clients that publish no metadata document may register themselves.'),
});

/** Who may make tokens for the gateway. */
export const authSchema = z.strictObject({
  oauth: oauth.prefault({}).describe('The authorization server of the gateway itself.'),
  issuers: z
    .array(issuer)
    .max(limits.issuersMax)
    .default([])
    .describe('Authorization servers of others whose tokens are taken.'),
});

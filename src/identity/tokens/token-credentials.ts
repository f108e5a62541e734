import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { CredentialKind } from '../admission/credential-kind.ts';
import type { FindHolder } from '../grants/grant-holders.ts';
import type { AccessClaims, AccessTokens } from './access-tokens.ts';

/** A JWS in compact form whose header is JSON (RFC 7515, section 7.1). */
const SHAPE = /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}$/;

/** Access tokens as credentials; their grant is read, so a revoked one ends them. */
export function createTokenCredentials(
  tokens: AccessTokens,
  findHolder: FindHolder,
): CredentialKind {
  return {
    recognises: (token) => token.length <= limits.accessTokenCharactersMax && SHAPE.test(token),
    lookUp: async (token) => {
      const claims = await verified(tokens, token);
      const resource = claims && resourceOf(claims.audience, tokens.issuer());
      if (claims === undefined || resource === undefined) return undefined;
      const holder = await findHolder(claims.tenant, claims.grantId, claims.id);
      if (holder === undefined || holder.grant.userId !== claims.userId) return undefined;
      const endsAtMs = claims.expiresAtMs + limits.accessTokenSkewMs;
      return { principal: holder.principal, endsAtMs, resource };
    },
  };
}

async function verified(tokens: AccessTokens, token: string): Promise<AccessClaims | undefined> {
  try {
    return await tokens.verify(token);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}

/** The path of the one endpoint that an audience means, null for all; undefined for no one's. */
function resourceOf(audience: string, issuer: string): string | null | undefined {
  if (audience === issuer) return null;
  return audience.startsWith(`${issuer}/`) ? audience.slice(issuer.length) : undefined;
}

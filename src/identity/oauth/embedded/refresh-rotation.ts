import type { KoaContextWithOIDC } from 'oidc-provider';
import { isJsonObject } from '../../../kernel/json.ts';
import type { RefreshFamilies } from './ports.ts';

/**
 * A step after the provider's own: the provider checks a refresh and makes the access token, this
 * gives the successor of the refresh token, in one transaction that several instances may run at
 * once. An answer is sent only when it did.
 */
export function createRefreshRotation(
  families: RefreshFamilies,
): (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  return async (context, next) => {
    await next();
    const { body, oidc } = context as { body?: unknown; oidc?: KoaContextWithOIDC['oidc'] };
    if (oidc?.route !== 'token' || context.status !== 200 || !isJsonObject(body)) return;
    const { params } = oidc;
    if (params?.['grant_type'] !== 'refresh_token') return;
    const outcome = await families.rotate(String(params['refresh_token']));
    if (outcome.kind === 'rotated') {
      context.body = { ...body, refresh_token: outcome.token };
      return;
    }
    context.status = 400;
    const text = outcome.kind === 'reused' ? 'was used before' : 'is not known or has ended';
    context.body = {
      error: 'invalid_grant',
      error_description: `The refresh token ${text}; sign in again.`,
    };
  };
}

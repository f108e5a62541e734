import type { UpstreamOAuth } from '../../kernel/oauth/upstream-oauth.ts';
import type { Challenge } from './oauth/challenge.ts';
import type { AuthorizationTarget } from './oauth/discover.ts';

/**
 * What to ask the user for (2026-07-28 basic/authorization, "Scope Selection Strategy"): what the
 * settings say, else what the service's refusal names, else what its metadata list, else nothing;
 * on the way up together with `more`. A refresh token is asked for where the server offers one.
 */
export function newestScopes(
  oauth: UpstreamOAuth,
  more: readonly string[],
  challenge: Challenge,
  { server, scopesSupported }: AuthorizationTarget,
): readonly string[] {
  const named = challenge.scopes.length > 0 ? challenge.scopes : scopesSupported;
  const wanted = new Set([...(oauth.scopes ?? named), ...more]);
  if (wanted.size > 0 && server.scopes_supported?.includes('offline_access') === true) {
    wanted.add('offline_access');
  }
  return [...wanted];
}

import { ConnectionNeeded } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectedService } from './connected-service.ts';
import { readChallenge } from './oauth/challenge.ts';
import type { OAuthClient } from './oauth/oauth-client.ts';
import type { TokenSet } from './oauth/tokens.ts';
import { newestScopes } from './wanted-scopes.ts';
import type { HeldConnection, HeldTokens, Renew } from './user-tokens.ts';

/** What a grant that the user need not be present for brought. */
export interface Granted {
  readonly tokens: TokenSet;
  readonly issuer: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** Asks for a user's tokens in exchange for one that says who the user is. */
export async function grantForSubject(
  oauth: OAuthClient,
  service: ConnectedService,
  subjectToken: string,
  header: string | undefined,
): Promise<Granted> {
  const challenge = readChallenge(header);
  const target = await oauth.discover(service, challenge);
  const scopes = newestScopes(service.oauth, [], challenge, target).filter((scope) => {
    return scope !== 'offline_access';
  });
  const ask =
    service.oauth.grant === 'token_exchange'
      ? oauth.exchange(service, target, subjectToken, scopes)
      : oauth.assertIdentity(service, target, subjectToken, scopes);
  const { server, resource } = target;
  return { tokens: await ask, issuer: server.issuer, resource, scopes };
}

/** Makes the function that gets new tokens for a connection; undefined when the user has to. */
export function createRenew(load: () => Promise<OAuthClient>, now: () => number): Renew {
  return async (service, held) => {
    const { GrantRefused } = await import('./oauth/tokens.ts');
    try {
      return await renew(await load(), service, held, now);
    } catch (error) {
      if (error instanceof GrantRefused || error instanceof ConnectionNeeded) return undefined;
      throw error;
    }
  };
}

async function renew(
  oauth: OAuthClient,
  service: ConnectedService,
  { connection, tokens }: HeldConnection,
  now: () => number,
): Promise<HeldConnection | undefined> {
  const { issuer, resource } = connection;
  const { refreshToken, subjectToken } = tokens;
  if (refreshToken !== undefined) {
    const fresh = await oauth.renew(service, issuer, { refreshToken, resource });
    return merged(connection, tokens, fresh, now);
  }
  if (subjectToken === undefined) return undefined;
  const granted = await grantForSubject(oauth, service, subjectToken, undefined);
  // What one server gave is never asked of another unseen.
  return granted.issuer === issuer ? merged(connection, tokens, granted.tokens, now) : undefined;
}

function merged(
  connection: HeldConnection['connection'],
  before: HeldTokens,
  fresh: TokenSet,
  now: () => number,
): HeldConnection {
  const { accessToken, refreshToken, expiresAtMs, scopes = connection.scopes } = fresh;
  return {
    connection: { ...connection, scopes, expiresAtMs, updatedAtMs: now() },
    tokens: { ...before, accessToken, refreshToken, gotAtMs: now() },
  };
}
